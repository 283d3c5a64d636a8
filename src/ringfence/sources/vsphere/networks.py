"""Networks by name: what the server calls one object and each host has as a port group."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

import msgspec

from ringfence.model.facts import NotRead
from ringfence.model.hosts import Host
from ringfence.model.machines import Machine
from ringfence.model.network import PortGroup, VirtualSwitch
from ringfence.sources.vsphere import gaps
from ringfence.sources.vsphere.distributed_switches import GroupsOfSwitches
from ringfence.sources.vsphere.names import unescaped
from ringfence.sources.vsphere.places import Tree
from ringfence.sources.vsphere.values import text, texts

if TYPE_CHECKING:
    from ringfence.sources.vsphere.assembly import Assembly


class Networks:
    """Joins network objects of the server to port groups of hosts, by name and host."""

    def __init__(self, assembly: Assembly, tree: Tree) -> None:
        self._assembly = assembly
        self._tree = tree
        self._ids = assembly.ids
        self._folders: dict[tuple[str, str], str] = {}
        self._groups: dict[str, list[str]] = {}
        for content in assembly.of_type("Network"):
            name = unescaped(content.text("name"))
            parent = content.text("parent")
            self._groups[content.id] = []
            for host in texts(content.items("host")) or self._hosts_near(content.id):
                self._groups[content.id].append(self._ids.port_group(host, name))
                if parent:
                    self._folders[host, name] = self._ids.of(parent)

    def standard_port_groups(self) -> Iterator[PortGroup]:
        """Yield the standard port groups of all hosts, each with its network's folder."""
        for moid, parts in self._assembly.hosts.items():
            if isinstance(parts.port_groups, NotRead):
                continue
            for group in parts.port_groups:
                folder = self._folders.get((moid, group.name))
                yield msgspec.structs.replace(group, folder=folder)

    def overlay_port_groups(self) -> Iterator[PortGroup]:
        """Yield a port group for each overlay network; what it joins only its own system tells."""
        for content in self._assembly.of_type("OpaqueNetwork"):
            network = content.text("summary.opaqueNetworkId") or content.id
            identity = self._ids.opaque(network)
            unread = gaps.unread_port_group(identity, self._overlay_switch(), _OVERLAY)
            parent = content.text("parent")
            yield msgspec.structs.replace(
                unread,
                name=unescaped(content.text("name")) or network,
                backing="overlay",
                logical_switch=network,
                folder=self._ids.of(parent) if parent else None,
            )

    def unread_port_groups(
        self,
        machines: Iterable[Machine],
        hosts: Iterable[Host],
        known: Mapping[str, PortGroup],
        groups: GroupsOfSwitches,
    ) -> dict[str, PortGroup]:
        """Return a port group for each that something is attached to and that was not read."""
        wanted: dict[str, str] = {}
        for machine in machines:
            for nic in () if isinstance(machine.nics, NotRead) else machine.nics:
                if isinstance(nic.port_group, str):
                    wanted.setdefault(nic.port_group, _switch_of(nic.port))
        for host in hosts:
            interfaces = host.kernel_interfaces
            for interface in () if isinstance(interfaces, NotRead) else interfaces:
                if isinstance(interface.port_group, str):
                    wanted.setdefault(interface.port_group, _switch_of(interface.port))
        found = {}
        for identity, switch in wanted.items():
            if identity in known:
                continue
            overlay = identity.startswith(f"{self._ids.server}/overlay/")
            named = groups.named_switch(identity.rpartition("/")[2])
            fallback = self._overlay_switch() if overlay else f"{self._ids.server}/switch/unread"
            stub = gaps.unread_port_group(
                identity, switch or (self._ids.of(named) if named else fallback)
            )
            if overlay:
                logical = identity.rpartition("/")[2]
                stub = msgspec.structs.replace(stub, backing="overlay", logical_switch=logical)
            found[identity] = stub
        return found

    def unread_switches(
        self, port_groups: Iterable[PortGroup], known: Mapping[str, VirtualSwitch]
    ) -> dict[str, VirtualSwitch]:
        """Return a switch for each that a port group belongs to and that was not read."""
        missing = {group.switch for group in port_groups} - known.keys()
        return {identity: gaps.unread_switch(identity, "") for identity in missing}

    def stand_ins(self, moid: str) -> tuple[str, ...]:
        """Return the ids that an object of the server has in the snapshot.

        A standard network is one object and a port group on each host; a host that stands alone
        has an object above it that says nothing more.
        """
        content = self._assembly.contents.get(moid)
        if content is not None and content.reference.type == "ComputeResource":
            return tuple(self._ids.of(text(host)) for host in content.items("host"))
        return tuple(self._groups.get(moid) or ()) or (self._ids.of(moid),)

    def _hosts_near(self, moid: str) -> list[str]:
        """Return the hosts of a network's datacenter, for servers that do not list its hosts."""
        where = self._tree.datacenter(moid)
        return [
            host
            for host, parts in self._assembly.hosts.items()
            if self._tree.datacenter(parts.parent) == where
        ]

    def _overlay_switch(self) -> str:
        return f"{self._ids.server}/switch/overlay"


_OVERLAY = NotRead(
    reason="not-collected", detail="only the system that makes the overlay network tells it"
)


def _switch_of(port: object) -> str:
    """Return the switch that a live port's id starts with, empty where there is no port."""
    return text(port).partition("/port/")[0] if isinstance(port, str) else ""
