"""Objects as checks speak of them: the name an operator knows, the host, the zones."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from ipaddress import ip_address

from ringfence.audit.attached import Attached
from ringfence.audit.check import Target
from ringfence.model.hosts import Host, KernelInterface
from ringfence.model.inventory import Inventory
from ringfence.model.machines import Machine, VirtualNic
from ringfence.model.network import Port, PortGroup, VirtualSwitch
from ringfence.model.places import Cluster, Datacenter, ResourcePool
from ringfence.model.rights import Permission
from ringfence.model.rules import Device
from ringfence.rights.effective import Principal

Named = Datacenter | Cluster | Host | VirtualSwitch | PortGroup | Machine | ResourcePool


@dataclass(frozen=True)
class Targets:
    """Makes a ``Target`` of each kind of record."""

    inventory: Inventory
    attached: Attached

    @cached_property
    def short_names(self) -> Mapping[str, str]:
        """Each host's id with its name, without the domain where that leaves no doubt."""
        hosts = self.inventory.hosts.values()
        shorts = {host.id: _short(host.name) for host in hosts}
        count = Counter(shorts.values())
        return {
            host.id: shorts[host.id] if count[shorts[host.id]] == 1 else host.name for host in hosts
        }

    def host(self, host: Host) -> Target:
        """Return a host."""
        label = f"host {self.short_names[host.id]}"
        return Target(id=host.id, name=host.name, label=label, table="hosts", host=host.name)

    def cluster(self, cluster: Cluster) -> Target:
        """Return a cluster."""
        label = f"cluster {cluster.name}"
        return Target(id=cluster.id, name=cluster.name, label=label, table="clusters")

    def switch(self, switch: VirtualSwitch, on: str | None = None) -> Target:
        """Return a switch; a standard one, or one looked at on one host, with that host."""
        host = on or self._only_host(switch)
        if switch.kind == "distributed":
            label = f"distributed switch {switch.name}{self._on(host)}"
        else:
            label = f"switch {switch.name}{self._on(host)}"
        return Target(
            id=switch.id,
            name=switch.name,
            label=label,
            table="switches",
            host=self._host_name(host),
            zones=self.attached.zones_of_switch(switch.id),
        )

    def port_group(self, group: PortGroup) -> Target:
        """Return a port group, with the zones of its network."""
        return Target(
            id=group.id,
            name=group.name,
            label=f"port group {group.name}{self._on(group.host)}",
            table="port_groups",
            host=self._host_name(group.host),
            zones=self.attached.zones_of(group),
        )

    def port(self, port: Port) -> Target:
        """Return a live port, named by what is connected to it."""
        group = self.inventory.port_groups.get(port.port_group)
        network = port.port_group if group is None else group.name
        owner = self.attached.owner_of_port(port)
        label = f"port {port.key} of port group {network}" + (f" ({owner})" if owner else "")
        return Target(
            id=port.id,
            name=f"{network}:{port.key}",
            label=label,
            table="ports",
            host=self._host_name(port.host),
            zones=self.attached.zones_of_port(port),
        )

    def machine(self, machine: Machine) -> Target:
        """Return a virtual machine, with the zones of its NICs."""
        return Target(
            id=machine.id,
            name=machine.name,
            label=machine.name,
            table="machines",
            host=self._host_name(machine.host if isinstance(machine.host, str) else None),
            zones=self.attached.zones_of_owner(machine.id),
        )

    def virtual_nic(self, machine: Machine, nic: VirtualNic) -> Target:
        """Return one NIC of a machine: the machine is the object, the label names the NIC."""
        whole = self.machine(machine)
        label = f"{nic.label} of {machine.name}"
        return Target(
            id=whole.id,
            name=whole.name,
            label=label,
            table=whole.table,
            host=whole.host,
            zones=self.attached.zones_of_owner(machine.id),
        )

    def kernel_interface(self, host: Host, interface: KernelInterface) -> Target:
        """Return a kernel interface: the host is the object, the label names the interface."""
        label = f"kernel interface {interface.name}{self._on(host.id)}"
        return Target(
            id=host.id,
            name=f"{host.name}/{interface.name}",
            label=label,
            table="hosts",
            host=host.name,
        )

    def pool(self, pool: ResourcePool) -> Target:
        """Return a resource pool."""
        label = f"resource pool {pool.name}"
        return Target(id=pool.id, name=pool.name, label=label, table="pools")

    def device(self, device: Device) -> Target:
        """Return a declared firewall or router, with the zones that its interfaces stand in."""
        return Target(
            id=device.id,
            name=device.name,
            label=device.name if device.name == device.kind else f"{device.kind} {device.name}",
            table="devices",
            zones=self.attached.zones_of_device(device.id),
        )

    def principal(self, principal: Principal) -> Target:
        """Return a user or group, which has no id but its name."""
        label = f"{'group' if principal.group else 'user'} {principal.name}"
        return Target(id=principal.name, name=principal.name, label=label, table="permissions")

    def permission(self, permission: Permission) -> Target:
        """Return a permission, named by its principal."""
        label = f"{'group' if permission.group else 'user'} {permission.principal}"
        return Target(id=permission.id, name=permission.principal, label=label, table="permissions")

    def server(self) -> Target:
        """Return the management server, for what belongs to no other object."""
        names = [source.name for source in self.inventory.snapshot.sources]
        name = names[0] if len(names) == 1 else "management server"
        return Target(id="server", name=name, label=f"management server {name}", table="settings")

    def object_name(self, identity: str | None) -> str:
        """Return what an object of the tree is called in a sentence; the top is "every object"."""
        if identity is None:
            return "every object"
        folder = self.inventory.folders.get(identity)
        if folder is not None:
            return "the root folder" if folder.parent is None else f"folder {folder.path}"
        return self._names.get(identity, identity)

    @cached_property
    def _names(self) -> Mapping[str, str]:
        snapshot = self.inventory.snapshot
        tables: tuple[tuple[str, tuple[Named, ...]], ...] = (
            ("datacenter", snapshot.datacenters),
            ("cluster", snapshot.clusters),
            ("host", snapshot.hosts),
            ("switch", snapshot.switches),
            ("port group", snapshot.port_groups),
            ("machine", snapshot.machines),
            ("resource pool", snapshot.pools),
        )
        return {record.id: f"{word} {record.name}" for word, table in tables for record in table}

    def _on(self, host: str | None) -> str:
        return f" on host {self.short_names[host]}" if host and host in self.short_names else ""

    def _host_name(self, host: str | None) -> str:
        found = self.inventory.hosts.get(host) if host else None
        return found.name if found else ""

    def _only_host(self, switch: VirtualSwitch) -> str | None:
        if switch.kind == "distributed" or not isinstance(switch.members, tuple):
            return None
        return switch.members[0].host if len(switch.members) == 1 else None


def _short(name: str) -> str:
    try:
        ip_address(name)
    except ValueError:
        return name.partition(".")[0]
    return name
