"""Running programs that read: on this machine, behind a prefix, or wherever a runner leads."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Final, Protocol

WHERE_PROGRAMS_ARE: Final = "/usr/sbin:/usr/bin:/sbin:/bin"
"""Searched after the account's own path, which often lacks what only administrators use."""


@dataclass(frozen=True, slots=True)
class Output:
    """What a program answered.

    ``status`` is its exit status; ``None`` where it was not run to its end, and ``problem`` is
    then a phrase that says why (``did not answer within 20 s``). ``lost`` tells that whatever
    leads to the host is gone, so that nothing more can be asked.
    """

    status: int | None
    stdout: bytes = b""
    stderr: str = ""
    problem: str = ""
    lost: bool = False


class Runner(Protocol):
    """Runs programs on one host, or in one part of it; several at once."""

    async def run(self, argv: Sequence[str], seconds: float, given: bytes = b"") -> Output:
        """Return what a program answered; it is ended where it takes longer than ``seconds``.

        ``given`` is its standard input. Nothing is raised for what goes wrong there: the
        ``Output`` says it.
        """


@dataclass(frozen=True, slots=True)
class LocalRunner:
    """Runs programs on this machine, as this account, in the language that parsers expect."""

    async def run(self, argv: Sequence[str], seconds: float, given: bytes = b"") -> Output:
        """Return what a program answered; see ``Runner``."""
        path = f"{os.environ.get('PATH', '')}:{WHERE_PROGRAMS_ARE}".lstrip(":")
        try:
            process = await asyncio.create_subprocess_exec(
                *argv,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.PIPE,
                env={**os.environ, "PATH": path, "LC_ALL": "C"},
                start_new_session=True,
            )
        except FileNotFoundError:
            return Output(None, problem=not_installed(argv[0]))
        except OSError as error:
            return Output(None, problem=f"{argv[0]} cannot be run: {error.strerror}")
        try:
            async with asyncio.timeout(seconds):
                stdout, stderr = await process.communicate(given)
        except TimeoutError:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            await process.wait()
            return Output(None, problem=too_slow(seconds))
        return Output(process.returncode, stdout, stderr.decode(errors="replace"))


@dataclass(frozen=True, slots=True)
class PrefixRunner:
    """Puts words before every command: ``sudo -n``, or ``ip netns exec hv1``."""

    prefix: tuple[str, ...]
    inner: Runner = LocalRunner()

    async def run(self, argv: Sequence[str], seconds: float, given: bytes = b"") -> Output:
        """Return what a program answered; see ``Runner``."""
        return await self.inner.run((*self.prefix, *argv), seconds, given)


def not_installed(program: str) -> str:
    """Return the phrase for a program that is not there."""
    return f"{program} is not installed"


def too_slow(seconds: float) -> str:
    """Return the phrase for a program that was ended."""
    return f"did not answer within {seconds:g} s"
