"""The options that say which Linux hosts to read, and whether to save what they say."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from cyclopts import Group, Parameter

from ringfence.operations.linux_hosts import LOCAL, NamedHosts

_HOSTS = Group("Linux hosts")


@Parameter(name="*", group=_HOSTS)
@dataclass(frozen=True)
class HostOptions:
    """What was said of Linux hosts on the command line."""

    host: Annotated[
        tuple[str, ...],
        Parameter(
            negative=(),
            help="A host as ssh would name it, or 'local' for this machine; may be repeated.",
        ),
    ] = ()
    sudo: Annotated[
        bool, Parameter(negative=(), help="Put 'sudo -n' before every command there.")
    ] = False
    bundle: Annotated[
        Path | None,
        Parameter(help="Save what the hosts say to this folder, and write no snapshot."),
    ] = None

    def chosen(self) -> NamedHosts:
        """Return the hosts that were asked for: this machine where none was named."""
        return NamedHosts(self.host or (LOCAL,), sudo=self.sudo)
