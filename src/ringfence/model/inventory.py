"""A snapshot indexed for look-ups: objects by id, what is attached to what."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final, TypeVar

from ringfence.model.changed import table_change
from ringfence.model.facts import NotRead
from ringfence.model.hosts import Host, KernelInterface, PhysicalNic
from ringfence.model.machines import Machine, VirtualNic
from ringfence.model.network import Port, PortGroup, SwitchMember, VirtualSwitch
from ringfence.model.places import Cluster, Datacenter, Folder, ResourcePool
from ringfence.model.rights import Role
from ringfence.model.rules import Device, PortFilter
from ringfence.model.snapshot import Snapshot

R = TypeVar(
    "R",
    Host,
    Machine,
    PortGroup,
    VirtualSwitch,
    Cluster,
    Datacenter,
    Folder,
    ResourcePool,
    Device,
    Port,
    PortFilter,
    Role,
)


_BY_ID: Final = (
    "hosts",
    "clusters",
    "datacenters",
    "folders",
    "machines",
    "switches",
    "port_groups",
    "ports",
    "port_filters",
    "pools",
    "devices",
    "roles",
)
_FROM: Final = {
    "standard_port_groups": "port_groups",
    "physical_nics": "hosts",
    "members": "switches",
}


def _by_id(records: tuple[R, ...]) -> Mapping[str, R]:
    return {record.id: record for record in records}


@dataclass(frozen=True)
class Inventory:
    """Read-only indexes over one snapshot, each made when first asked for."""

    snapshot: Snapshot

    @cached_property
    def hosts(self) -> Mapping[str, Host]:
        """Hosts by id."""
        return _by_id(self.snapshot.hosts)

    def host_name(self, identity: str) -> str:
        """Return the name of a host, its id where it is not among those that were read."""
        host = self.hosts.get(identity)
        return identity if host is None else host.name

    @cached_property
    def clusters(self) -> Mapping[str, Cluster]:
        """Clusters by id."""
        return _by_id(self.snapshot.clusters)

    @cached_property
    def datacenters(self) -> Mapping[str, Datacenter]:
        """Datacenters by id."""
        return _by_id(self.snapshot.datacenters)

    @cached_property
    def folders(self) -> Mapping[str, Folder]:
        """Folders by id."""
        return _by_id(self.snapshot.folders)

    @cached_property
    def machines(self) -> Mapping[str, Machine]:
        """Machines by id."""
        return _by_id(self.snapshot.machines)

    @cached_property
    def switches(self) -> Mapping[str, VirtualSwitch]:
        """Virtual switches by id."""
        return _by_id(self.snapshot.switches)

    @cached_property
    def port_groups(self) -> Mapping[str, PortGroup]:
        """Port groups by id."""
        return _by_id(self.snapshot.port_groups)

    @cached_property
    def standard_port_groups(self) -> Mapping[tuple[str, str], PortGroup]:
        """Port groups that belong to one host, by host id and name, which is unique there."""
        return {
            (group.host, group.name): group
            for group in self.snapshot.port_groups
            if group.host is not None
        }

    @cached_property
    def ports(self) -> Mapping[str, Port]:
        """Live ports by id; empty where they were not read."""
        ports = self.snapshot.ports
        return {} if isinstance(ports, NotRead) else _by_id(ports)

    @cached_property
    def port_filters(self) -> Mapping[str, PortFilter]:
        """Filters at virtual NICs by id."""
        return _by_id(self.snapshot.port_filters)

    @cached_property
    def pools(self) -> Mapping[str, ResourcePool]:
        """Resource pools by id."""
        return _by_id(self.snapshot.pools)

    @cached_property
    def devices(self) -> Mapping[str, Device]:
        """Devices by id."""
        return _by_id(self.snapshot.devices)

    @cached_property
    def roles(self) -> Mapping[str, Role]:
        """Roles by id; empty where they were not read."""
        roles = self.snapshot.roles
        return {} if isinstance(roles, NotRead) else _by_id(roles)

    @cached_property
    def physical_nics(self) -> Mapping[str, tuple[Host, PhysicalNic]]:
        """Physical NICs by id, each with its host."""
        return {
            nic.id: (host, nic)
            for host in self.snapshot.hosts
            if not isinstance(host.physical_nics, NotRead)
            for nic in host.physical_nics
        }

    @cached_property
    def members(self) -> Mapping[tuple[str, str], SwitchMember]:
        """Members of switches by (switch id, host id)."""
        return {
            (switch.id, member.host): member
            for switch in self.snapshot.switches
            if not isinstance(switch.members, NotRead)
            for member in switch.members
        }

    @cached_property
    def attached(self) -> Mapping[str, frozenset[str]]:
        """Ids of the machines and hosts attached to each port group and live port, by its id."""
        found: dict[str, set[str]] = {}
        owners: tuple[Machine | Host, ...] = (*self.snapshot.machines, *self.snapshot.hosts)
        for owner in owners:
            for where in attachments(owner):
                found.setdefault(where, set()).add(owner.id)
        return {where: frozenset(owners) for where, owners in found.items()}

    def virtual_nics(self) -> Iterator[tuple[Machine, VirtualNic]]:
        """Yield every virtual NIC that was read, with its machine."""
        for machine in self.snapshot.machines:
            if not isinstance(machine.nics, NotRead):
                for nic in machine.nics:
                    yield machine, nic

    def kernel_interfaces(self) -> Iterator[tuple[Host, KernelInterface]]:
        """Yield every kernel interface that was read, with its host."""
        for host in self.snapshot.hosts:
            if not isinstance(host.kernel_interfaces, NotRead):
                for interface in host.kernel_interfaces:
                    yield host, interface

    def folder_path(self, machine: Machine) -> str | None:
        """Return the path of the folder that holds ``machine``, ``None`` where not known."""
        if isinstance(machine.folder, NotRead) or machine.folder is None:
            return None
        folder = self.folders.get(machine.folder)
        return None if folder is None else folder.path

    def edited(self, snapshot: Snapshot) -> Inventory:
        """Return the inventory of an edited snapshot, with what is known of records that stay."""
        after = Inventory(snapshot)
        for name in _BY_ID:
            if name in vars(self):
                before = getattr(self.snapshot, name)
                known = _patched(vars(self)[name], before, getattr(snapshot, name))
                vars(after)[name] = known
        for name, table in _FROM.items():
            if name in vars(self) and getattr(snapshot, table) is getattr(self.snapshot, table):
                vars(after)[name] = vars(self)[name]
        if "attached" in vars(self):
            vars(after)["attached"] = self._attached_after(snapshot)
        return after

    def _attached_after(self, snapshot: Snapshot) -> Mapping[str, frozenset[str]]:
        found: dict[str, frozenset[str]] = {}
        for name in ("machines", "hosts"):
            change = table_change(getattr(self.snapshot, name), getattr(snapshot, name))
            found = found or (dict(self.attached) if change else {})
            for identity, record in change.old.items():
                for where in attachments(record):
                    found[where] = found[where] - {identity}
            for identity, record in change.new.items():
                for where in attachments(record):
                    found[where] = found.get(where, frozenset()) | {identity}
        return found or self.attached


def attachments(record: Machine | Host) -> Iterator[str]:
    """Yield the ids of the port groups and live ports that a machine or host is attached to."""
    several = record.nics if isinstance(record, Machine) else record.kernel_interfaces
    for one in () if isinstance(several, NotRead) else several:
        yield from (where for where in (one.port_group, one.port) if isinstance(where, str))


def _patched(known: Mapping[str, Any], before: Any, after: Any) -> Mapping[str, Any]:
    if before is after:
        return known
    change = table_change(before, after)
    patched = dict(known)
    for identity in change.old.keys() - change.new.keys():
        del patched[identity]
    patched.update(change.new)
    return patched
