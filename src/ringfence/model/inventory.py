"""A snapshot indexed for look-ups: objects by id, what is attached to what."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TypeVar

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
