"""Ids of records: the server's short name, then what the server itself calls stable."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

_ESCAPES: Final = (("%2f", "/"), ("%2F", "/"), ("%5c", "\\"), ("%5C", "\\"), ("%25", "%"))


@dataclass(frozen=True)
class Ids:
    """Makes ids of one server; ``server`` is the start of its instance UUID, or its name.

    ``switches`` are the managed object ids of distributed switches by UUID, as far as they were
    read: switches are read before what refers to them.
    """

    server: str
    switches: dict[str, str] = field(default_factory=dict)

    def of(self, moid: str) -> str:
        """Return the id of a managed object: ``{server}/{moid}``."""
        return f"{self.server}/{moid}"

    def port_group(self, host: str, name: str) -> str:
        """Return the id of a standard port group, which is known by its name on its host."""
        return f"{self.server}/{host}/pg/{name}"

    def standard_switch(self, host: str, name: str) -> str:
        """Return the id of a standard switch, which is known by its name on its host."""
        return f"{self.server}/{host}/switch/{name}"

    def on_host(self, host: str, device: str) -> str:
        """Return the id of a physical NIC or kernel interface: ``{host id}/vmnic0``."""
        return f"{self.server}/{host}/{device}"

    def distributed_switch(self, uuid: str) -> str:
        """Return the id of a distributed switch by its UUID, also where only hosts tell of it."""
        moid = self.switches.get(uuid)
        return self.of(moid) if moid else f"{self.server}/switch/{uuid.replace(' ', '')}"

    def live_port(self, uuid: str, key: str) -> str:
        """Return the id of a live port: ``{switch id}/port/{key}``."""
        return f"{self.distributed_switch(uuid)}/port/{key}"

    def nic(self, machine: str, key: str) -> str:
        """Return the id of a machine's device by its key, never by its position."""
        return f"{self.server}/{machine}/{key}"

    def opaque(self, network: str) -> str:
        """Return the id of an overlay network by its own id there."""
        return f"{self.server}/overlay/{network}"


def short_server(uuid: str, name: str) -> str:
    """Return the short name of a server: eight digits of its UUID, its name where it has none."""
    return uuid.replace("-", "")[:8].lower() or name


def unescaped(name: str) -> str:
    """Return an object's name as its users know it: the API writes ``/`` as ``%2f``."""
    for escape, character in _ESCAPES:
        name = name.replace(escape, character)
    return name
