"""Live hosts: each reached by its own way, many at once."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Final

from ringfence.connections.commands import Runner
from ringfence.foundation.errors import RingfenceError, SourceError, UsageError
from ringfence.foundation.progress import Progress
from ringfence.sources.linux.bundle import Answer, Bundle
from ringfence.sources.linux.gathering import gather

_AT_ONCE: Final = 40
UNREACHED: Final = "connection"
"""The answer that a bundle has, and no other, where its host was not reached at all."""


@dataclass(frozen=True, slots=True)
class HostToRead:
    """A host under the name that it has in the snapshot, and how to reach it.

    ``reach`` gives a runner for as long as it is entered. ``machines`` are the names of
    its machines by their network namespace; ``None`` takes every namespace for one.
    """

    name: str
    reach: Callable[[], AbstractAsyncContextManager[Runner]]
    machines: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class LinuxHosts:
    """Hosts to read together; ``clock`` tells the moment, UTC in ISO 8601."""

    hosts: Sequence[HostToRead]
    clock: Callable[[], str]


def gather_hosts(wanted: LinuxHosts, progress: Progress) -> tuple[Bundle, ...]:
    """Return the bundle of every host, in the order given.

    A host that was not reached gives a bundle that says so. Raises ``UsageError`` where two have
    one name, and the error of the first where none was reached.
    """
    names = [host.name for host in wanted.hosts]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise UsageError(f"The host {twice} was named twice.", "Name each host once.")
    progress.step("reading hosts", len(wanted.hosts))
    return asyncio.run(_all(wanted, progress))


async def _all(wanted: LinuxHosts, progress: Progress) -> tuple[Bundle, ...]:
    turns = asyncio.Semaphore(_AT_ONCE)
    failures: list[RingfenceError] = []

    async def one(host: HostToRead) -> Bundle:
        async with turns:
            try:
                async with host.reach() as runner:
                    bundle = await gather(host.name, runner, wanted.clock, host.machines)
            except SourceError as error:
                failures.append(error)
                bundle = Bundle(host.name, {UNREACHED: Answer((), None, b"", "", str(error))})
        progress.advance()
        return bundle

    bundles = await asyncio.gather(*map(one, wanted.hosts))
    if failures and len(failures) == len(wanted.hosts):
        raise failures[0]
    return tuple(bundles)
