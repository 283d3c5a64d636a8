"""Linux hosts as they are named on a command line: this machine, or others over SSH."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from ringfence.connections.commands import LocalRunner, PrefixRunner, Runner
from ringfence.connections.ssh import ssh_runner
from ringfence.foundation.errors import UsageError
from ringfence.foundation.progress import Progress
from ringfence.foundation.text import counted
from ringfence.operations.clock import now
from ringfence.sources.linux.bundle import Bundle
from ringfence.sources.linux.bundle_folder import write_bundle
from ringfence.sources.linux.hosts_to_read import HostToRead, LinuxHosts, gather_hosts

LOCAL: Final = "local"
_CONNECTING: Final = 10.0  # seconds
_SUDO: Final = ("sudo", "-n")


@dataclass(frozen=True, slots=True)
class Saved:
    """The folders that hosts were saved in."""

    folders: tuple[Path, ...]
    failed: int

    def as_plain(self) -> dict[str, Any]:
        """Return what was saved as JSON would hold it."""
        return {"folders": [str(folder) for folder in self.folders], "failed": self.failed}

    def lines(self) -> Iterator[str]:
        """Yield what was saved as sentences."""
        for folder in self.folders:
            yield f"Saved a host in {folder}. 'ringfence collect {folder}' reads it."
        if self.failed:
            yield (
                f"{counted(self.failed, 'command')} could not be answered, and what depends on "
                "them will be UNKNOWN: each manifest says why."
            )


@dataclass(frozen=True, slots=True)
class NamedHosts:
    """Hosts by their addresses; ``local`` is this machine.

    ``sudo`` puts ``sudo -n`` before every command.
    """

    addresses: tuple[str, ...]
    sudo: bool = False

    def to_read(self) -> LinuxHosts:
        """Return them with the way to each; raises ``UsageError`` for what is no address."""
        for address in self.addresses:
            # One with a hyphen in front would be an option to some.
            if not address or address.startswith("-"):
                message = f"{address!r} is no host."
                raise UsageError(message, "Name it as ssh would, or 'local' for this machine.")
        return LinuxHosts(tuple(_host(each, sudo=self.sudo) for each in self.addresses), now)


def host_by(name: str, runner: Runner, machines: Mapping[str, str]) -> HostToRead:
    """Return a part of this machine that is a host of its own, where ``runner`` runs programs.

    ``machines`` are the names of its machines by their network namespace.
    """

    @asynccontextmanager
    async def reach() -> AsyncIterator[Runner]:
        yield runner

    return HostToRead(name, reach, machines)


def save_hosts(named: NamedHosts, folder: Path, progress: Progress) -> Saved:
    """Save hosts to ``folder``: one into it, several into folders of their names in it.

    Raises ``SourceError`` where none was reached, or a folder cannot be written.
    """
    bundles = gather_hosts(named.to_read(), progress)
    folders = []
    for bundle in bundles:
        target = folder if len(bundles) == 1 else folder / _file_name(bundle.host)
        write_bundle(bundle, target)
        folders.append(target)
    return Saved(tuple(folders), sum(map(_failed, bundles)))


def _failed(bundle: Bundle) -> int:
    """Return how many commands failed, those of programs that are not installed left out."""
    failures = (answer.failure() for answer in bundle.answers.values())
    return sum(why is not None and why.reason != "not-supported" for why in failures)


def _file_name(host: str) -> str:
    return host.replace("/", "-").lstrip(".") or "host"


def _host(address: str, *, sudo: bool) -> HostToRead:
    local = address == LOCAL

    @asynccontextmanager
    async def reach() -> AsyncIterator[Runner]:
        if local:
            yield _with_rights(LocalRunner(), sudo=sudo)
            return
        async with ssh_runner(address, _CONNECTING) as runner:
            yield _with_rights(runner, sudo=sudo)

    name = os.uname().nodename if local else address.rpartition("@")[2]
    return HostToRead(name, reach)


def _with_rights(runner: Runner, *, sudo: bool) -> Runner:
    return PrefixRunner(_SUDO, runner) if sudo else runner
