"""Objects come in as they are read; a snapshot with every reference resolved comes out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

import msgspec
from lxml import etree

from ringfence.connections.soap import Reference
from ringfence.model.facts import Fact, NotRead, Setting
from ringfence.model.hosts import Host
from ringfence.model.machines import Machine, Tag
from ringfence.model.network import MirrorSession, Port, PortGroup, SwitchMember, VirtualSwitch
from ringfence.model.rights import Permission, Role
from ringfence.model.snapshot import ReadingSource, Snapshot
from ringfence.sources.vsphere import gaps
from ringfence.sources.vsphere.catalogue import READ_ORDER
from ringfence.sources.vsphere.content import Content
from ringfence.sources.vsphere.distributed_switches import (
    GroupsOfSwitches,
    distributed_port_group,
    distributed_switch,
    mirror_sessions,
)
from ringfence.sources.vsphere.hosts import HostParts, host_parts
from ringfence.sources.vsphere.machines import machine
from ringfence.sources.vsphere.names import Ids
from ringfence.sources.vsphere.networks import Networks
from ringfence.sources.vsphere.places import Tree, cluster, datacenter, folder, pool
from ringfence.sources.vsphere.port_settings import Base
from ringfence.sources.vsphere.ports import LivePorts
from ringfence.sources.vsphere.rights import permissions
from ringfence.sources.vsphere.unread import unread_properties
from ringfence.sources.vsphere.values import items, text

SWITCHES: Final = frozenset({"DistributedVirtualSwitch", "VmwareDistributedVirtualSwitch"})
_POOLS: Final = frozenset({"ResourcePool", "VirtualApp"})
_STABLE: Final = frozenset({"name", "parent", "uuid", "key"})
_NO_PORTS: Final = NotRead(reason="not-collected", detail="live ports were not read")


class Assembly:
    """Everything that was read of one server so far, by the server's own ids."""

    def __init__(self, ids: Ids) -> None:
        self.ids = ids
        self.contents: dict[str, Content] = {}
        self.hosts: dict[str, HostParts] = {}
        self.machines: dict[str, Machine] = {}
        self.ports: dict[str, Fact[list[Port]]] = {}
        self.lockdown_exceptions: dict[str, Fact[tuple[str, ...]]] = {}
        self.roles: Fact[tuple[Role, ...]] = _not_collected("roles were not read")
        self.permission_entries: Fact[list[Any]] = _not_collected("permissions were not read")
        self.settings: Fact[tuple[Setting, ...]] = _not_collected("settings were not read")
        self.tags: Fact[Mapping[str, tuple[Tag, ...]]] = _not_collected("tags were not read")
        self._missing: dict[str, tuple[Reference, str, dict[str, NotRead]]] = {}
        self._pci: dict[str, dict[str, str]] = {}

    def add(self, content: Content) -> None:
        """Take in an object, or take it in again as it is now."""
        moid = content.id
        if content.missing:
            self._missing[moid] = content.reference, content.text("name"), content.missing
        else:
            self._missing.pop(moid, None)
        match content.reference.type:
            case "VirtualMachine":
                self.machines[moid] = machine(content, self.ids, self._pci)
            case "HostSystem":
                parts = host_parts(content, self.ids)
                self.hosts[moid] = parts
                self._pci[moid] = _nics_by_bus(parts.host)
            case kind:
                self.contents[moid] = content
                if kind in SWITCHES:
                    self.ids.switches[content.text("uuid")] = moid

    def add_ports(self, switch: str, entries: Fact[Iterable[etree._Element]]) -> None:
        """Take in the live ports of a switch; its port groups have been taken in before.

        Ports of uplinks and those that nothing is attached to say nothing about a machine.
        """
        if isinstance(entries, NotRead):
            self.ports[switch] = entries
            return
        content = self.contents[switch]
        groups = GroupsOfSwitches([content], self.ids)
        live = LivePorts(content, self.ids)
        bases: dict[str, Base | None] = {}
        found: list[Port] = []
        for entry in entries:
            key = entry.findtext("{*}portgroupKey") or ""
            if key not in bases:
                group = self.contents.get(key)
                uplink = group is not None and groups.is_for_uplinks(group)
                bases[key] = None if uplink else groups.base_for_ports(switch, group, self.ids)
            base = bases[key]
            if base is not None:
                port = live.record(entry, base)
                if port is not None:
                    found.append(port)
        self.ports[switch] = found

    def remove(self, moid: str) -> None:
        """Forget an object that is gone."""
        for table in (self.contents, self.hosts, self.machines, self.ports, self._missing):
            table.pop(moid, None)

    def give_up(self, reference: Reference) -> None:
        """Leave an object unread that would not stand still."""
        identity = self.ids.of(reference.value)
        if reference.type == "VirtualMachine":
            self.machines[reference.value] = gaps.unread_machine(identity, None, gaps.CHANGED)
        elif reference.value in self.hosts:
            parts = self.hosts[reference.value]
            self.hosts[reference.value] = HostParts(
                host=gaps.unread_host(identity, None, gaps.CHANGED),
                parent=parts.parent,
                switches=gaps.CHANGED,
                port_groups=gaps.CHANGED,
                proxies=gaps.CHANGED,
                machines=parts.machines,
            )
        elif reference.value in self.contents:
            kept = self.contents[reference.value]
            known = {path: kept.values[path] for path in kept.values if path in _STABLE}
            missing = dict.fromkeys(set(kept.values) - set(known), gaps.CHANGED)
            self.contents[reference.value] = Content(reference, known, missing)
        self._missing[reference.value] = reference, "", {"everything": gaps.CHANGED}

    def of_type(self, *types: str) -> list[Content]:
        """Return the objects of the given types, in order of id."""
        found = (content for content in self.contents.values() if content.reference.type in types)
        return sorted(found, key=lambda content: self.ids.of(content.id))

    def finish(self, source: ReadingSource) -> Snapshot:
        """Return the snapshot of what was read."""
        ids, tree = self.ids, Tree(self.contents, self.ids)
        groups = GroupsOfSwitches(self.of_type(*SWITCHES), ids)
        networks = Networks(self, tree)
        port_groups = {group.id: group for group in networks.standard_port_groups()}
        for content in self.of_type("DistributedVirtualPortgroup"):
            group = distributed_port_group(content, groups, ids)
            port_groups[group.id] = group
        port_groups.update((group.id, group) for group in networks.overlay_port_groups())
        hosts = self._placed_hosts(tree)
        machines = self._machines(port_groups)
        port_groups.update(networks.unread_port_groups(machines, hosts, port_groups, groups))
        switches = {switch.id: switch for switch in self._switches(tree)}
        switches.update(networks.unread_switches(port_groups.values(), switches))
        pools = {content.id: content for content in self.of_type(*_POOLS)}
        return Snapshot(
            sources=(source,),
            datacenters=tuple(datacenter(c, tree, ids) for c in self.of_type("Datacenter")),
            folders=tuple(folder(c, tree, ids) for c in self.of_type("Folder")),
            clusters=tuple(cluster(c, tree, ids) for c in self.of_type("ClusterComputeResource")),
            hosts=tuple(hosts),
            switches=_sorted(switches.values()),
            port_groups=_sorted(port_groups.values()),
            ports=self._ports(machines, hosts),
            mirror_sessions=self._mirrors(),
            machines=tuple(machines),
            pools=tuple(pool(content, pools, ids) for content in pools.values()),
            roles=self.roles,
            permissions=self._permissions(networks),
            settings=self.settings,
            unread=unread_properties([*self._missing.values(), *self._hidden()], ids),
        )

    def _hidden(self) -> Iterator[tuple[Reference, str, dict[str, NotRead]]]:
        """Yield what folders hold and the account may not read: it cannot be told of at all."""
        for content in self.of_type("Folder"):
            for child in content.items("childEntity"):
                seen = child.value in self.contents or child.value in self.machines
                if child.type in READ_ORDER and not seen:
                    yield child, "", {"everything": gaps.HIDDEN}

    def _placed_hosts(self, tree: Tree) -> list[Host]:
        found: dict[str, Host] = {}
        for moid, parts in self.hosts.items():
            above = self.contents.get(parts.parent)
            clustered = above is not None and above.reference.type == "ClusterComputeResource"
            host = msgspec.structs.replace(
                parts.host,
                cluster=self.ids.of(parts.parent) if clustered else None,
                folder=tree.parent(above) if above is not None and not clustered else None,
                datacenter=tree.datacenter(parts.parent),
                lockdown_exceptions=self.lockdown_exceptions.get(
                    moid, parts.host.lockdown_exceptions
                ),
            )
            found[host.id] = host
        for content in self.of_type("ClusterComputeResource", "ComputeResource"):
            in_cluster = content.reference.type == "ClusterComputeResource"
            for moid in items(content.items("host")):
                identity = self.ids.of(text(moid))
                cluster_id = self.ids.of(content.id) if in_cluster else None
                found.setdefault(identity, gaps.unread_host(identity, cluster_id))
        return [found[identity] for identity in sorted(found)]

    def _machines(self, port_groups: Mapping[str, PortGroup]) -> list[Machine]:
        unread_hosts = {
            parts.host.id: parts.port_groups
            for parts in self.hosts.values()
            if isinstance(parts.port_groups, NotRead)
        }
        found: dict[str, Machine] = {}
        vapps = {content.id for content in self.of_type("VirtualApp")}
        for moid, record in self.machines.items():
            # Most machines need none of this: a record is made again only where it changes.
            standing = gaps.with_standing_networks(record, port_groups, unread_hosts)
            tags = self.tags if isinstance(self.tags, NotRead) else self.tags.get(moid, ())
            if standing.tags != tags:
                standing = msgspec.structs.replace(standing, tags=tags)
            if vapps and isinstance(record.folder, str):
                folder = self._folder_of(record.folder, vapps)
                standing = msgspec.structs.replace(standing, folder=folder)
            found[record.id] = standing
        for moid, parts in self.hosts.items():
            for hidden in parts.machines:
                identity = self.ids.of(hidden)
                found.setdefault(identity, gaps.unread_machine(identity, self.ids.of(moid)))
        for content in self.of_type("Folder"):
            for child in content.items("childEntity"):
                if isinstance(child, Reference) and child.type == "VirtualMachine":
                    identity = self.ids.of(child.value)
                    found.setdefault(identity, gaps.unread_machine(identity, None))
        return [found[identity] for identity in sorted(found)]

    def _folder_of(self, folder: str, vapps: set[str]) -> str | None:
        """Return the folder of a machine; one in a vApp stands where the outermost vApp does."""
        moid = folder.rpartition("/")[2]
        for _ in vapps:
            if moid not in vapps:
                break
            vapp = self.contents[moid]
            moid = vapp.text("parentFolder") or vapp.text("parent")
        return self.ids.of(moid) if moid else None

    def _switches(self, tree: Tree) -> list[VirtualSwitch]:
        found: list[VirtualSwitch] = []
        members: dict[str, dict[str, SwitchMember]] = {}
        names: dict[str, str] = {}
        for parts in self.hosts.values():
            if not isinstance(parts.switches, NotRead):
                found.extend(parts.switches)
            if not isinstance(parts.proxies, NotRead):
                for proxy in parts.proxies:
                    names[proxy.uuid] = proxy.name
                    members.setdefault(proxy.uuid, {})[proxy.member.host] = proxy.member
        for content in self.of_type(*SWITCHES):
            seen = members.pop(content.text("uuid"), {})
            found.append(distributed_switch(content, seen, tree, self.ids))
        for uuid, seen in members.items():
            unread = gaps.unread_switch(self.ids.distributed_switch(uuid), names[uuid])
            by_host = tuple(seen[host] for host in sorted(seen))
            found.append(msgspec.structs.replace(unread, members=by_host))
        return found

    def _ports(self, machines: list[Machine], hosts: list[Host]) -> Fact[tuple[Port, ...]]:
        switches = self.of_type(*SWITCHES)
        if switches and not any(isinstance(ports, list) for ports in self.ports.values()):
            return next((p for p in self.ports.values() if isinstance(p, NotRead)), _NO_PORTS)
        found = {
            port.id: port
            for ports in self.ports.values()
            if not isinstance(ports, NotRead)
            for port in ports
        }
        by_switch = {self.ids.of(moid): ports for moid, ports in self.ports.items()}

        def why(switch: str) -> NotRead:
            ports = by_switch.get(switch)
            return ports if isinstance(ports, NotRead) else _NO_PORTS

        found.update(gaps.missing_ports(machines, hosts, found, why))
        return _sorted(found.values())

    def _mirrors(self) -> Fact[tuple[MirrorSession, ...]]:
        found: list[MirrorSession] = []
        for content in self.of_type(*SWITCHES):
            sessions = mirror_sessions(content, self.ids)
            if isinstance(sessions, NotRead):
                # A session that cannot be seen could copy any zone of that switch.
                return sessions
            found.extend(sessions)
        return _sorted(found)

    def _permissions(self, networks: Networks) -> Fact[tuple[Permission, ...]]:
        entries = self.permission_entries
        if isinstance(entries, NotRead):
            return entries
        try:
            found = {
                permission.id: permission
                for entry in entries
                for permission in permissions(entry, self.ids, networks.stand_ins)
            }
        except ValueError as error:
            return NotRead(reason="not-understood", detail=f"permissions: {error}")
        return _sorted(found.values())


def _nics_by_bus(host: Host) -> dict[str, str]:
    if isinstance(host.physical_nics, NotRead):
        return {}
    return {nic.pci.lower(): nic.id for nic in host.physical_nics if nic.pci}


def _not_collected(detail: str) -> NotRead:
    return NotRead(reason="not-collected", detail=detail)


def _sorted(records: Iterable[Any]) -> tuple[Any, ...]:
    return tuple(sorted(records, key=lambda record: str(record.id)))
