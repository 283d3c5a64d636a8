"""Other programs, run to their end: what they write, or why they failed in a sentence."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from typing import Final

from ringfence.foundation.errors import LabError

_SECONDS: Final = 20  # no program of the lab has that much to do; one that hangs is told


def run(*words: str, given: str | None = None, environment: Mapping[str, str] | None = None) -> str:
    """Run a program and return what it writes on its standard output.

    ``given`` is its standard input, ``environment`` is set for it besides that of this process.
    Raises ``LabError`` with what it wrote on its standard error where it fails, is not installed,
    or does not come to an end.
    """
    try:
        done = subprocess.run(  # noqa: S603 (programs that the lab names, without a shell)
            words,
            input=given,
            env={**os.environ, **(environment or {})},
            capture_output=True,
            text=True,
            check=False,
            timeout=_SECONDS,
        )
    except FileNotFoundError as error:
        raise LabError(f"{words[0]} is not installed.", "Install its package.") from error
    except subprocess.TimeoutExpired as error:
        message = f"'{' '.join(words)}' did not come to its end within {_SECONDS} s."
        raise LabError(message, "Run 'ringfence lab down', and try again.") from error
    if done.returncode != 0:
        why = (done.stderr.strip() or done.stdout.strip()).splitlines()
        raise LabError(f"'{' '.join(words)}' failed: {why[0] if why else done.returncode}.")
    return done.stdout


def run_inside(
    namespace: str,
    *words: str,
    given: str | None = None,
    environment: Mapping[str, str] | None = None,
) -> str:
    """Run a program in a network namespace; raises ``LabError`` as ``run`` does."""
    return run("ip", "netns", "exec", namespace, *words, given=given, environment=environment)
