"""Reads a lab's hosts from inside their namespaces, without a program that leads into them."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from ringfence.connections.commands import Output, not_installed, too_slow
from ringfence.foundation.errors import LabError
from ringfence.lab.namespaces import entered

_INTO: Final = ("ip", "netns", "exec")
_NOT_THEIRS: Final = frozenset({"virsh"})
"""Programs that would ask what belongs to this whole machine, and not to a namespace of it."""


@dataclass(frozen=True, slots=True)
class NamespaceRunner:
    """Runs programs in a network namespace of this machine, with settings of their environment.

    What ``ip netns exec`` does besides (mounts of its own, for each program) takes longer than what
    a reading asks, and nothing that is asked needs it. Commands that lead into another namespace
    are run there likewise.
    """

    namespace: str
    environment: Mapping[str, str] = field(default_factory=dict)

    async def run(self, argv: Sequence[str], seconds: float, given: bytes = b"") -> Output:
        """Return what a program answered; see ``Runner``."""
        namespace, words = self.namespace, tuple(argv)
        if words[:3] == _INTO:
            namespace, words = words[3], words[4:]
        if words[0] in _NOT_THEIRS:
            return Output(None, problem=not_installed(words[0]))
        # A thread of its own enters the namespace; all others stay where they are.
        return await asyncio.to_thread(self._run, namespace, words, seconds, given)

    def _run(self, namespace: str, argv: Sequence[str], seconds: float, given: bytes) -> Output:
        try:
            with entered(namespace):
                process = subprocess.Popen(  # noqa: S603 (commands of the reading, without a shell)
                    argv,
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.PIPE,
                    env={**os.environ, **self.environment, "LC_ALL": "C"},
                    start_new_session=True,
                )
        except LabError as error:
            return Output(None, problem=str(error))
        except FileNotFoundError:
            return Output(None, problem=not_installed(argv[0]))
        with process:
            try:
                stdout, stderr = process.communicate(given, timeout=seconds)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                return Output(None, problem=too_slow(seconds))
        return Output(process.returncode, stdout, stderr.decode(errors="replace"))
