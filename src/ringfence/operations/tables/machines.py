"""Machines: a row for each virtual NIC, and one for a machine without any."""

from __future__ import annotations

from collections.abc import Iterator

from ringfence.foundation.text import counted
from ringfence.model.facts import Fact, NotRead
from ringfence.model.inventory import Inventory
from ringfence.model.machines import Machine, VirtualNic
from ringfence.model.network import vlan_of
from ringfence.operations.subject import Subject
from ringfence.operations.table import Table, TableKind, Value


def _make(subject: Subject) -> Table:
    inventory, zones = subject.inventory, subject.zones_by_attachment()
    machines = sorted(subject.snapshot.machines, key=lambda machine: machine.name)
    rows = tuple(row for machine in machines for row in _rows(machine, inventory, zones))
    return Table(
        name="machines",
        columns={
            "name": "Machine",
            "power": "Power",
            "host": "Host",
            "folder": "Folder",
            "nic": "NIC",
            "network": "Network",
            "vlan": "VLAN",
            "connected": "Connected",
            "addresses": "Addresses",
            "zone": "Zone",
        },
        rows=rows,
        note=f"{counted(len(machines), 'machine')}.",
    )


def _rows(
    machine: Machine, inventory: Inventory, zones: dict[str, str | None]
) -> Iterator[tuple[Value, ...]]:
    shared = (
        machine.name,
        machine.power,
        _host(machine, inventory),
        inventory.folder_path(machine),
    )
    if isinstance(machine.nics, NotRead):
        yield (*shared, machine.nics, None, None, None, None, None)
    elif not machine.nics:
        yield (*shared, None, None, None, None, None, None)
    else:
        for nic in machine.nics:
            network, vlan = _network(nic, inventory)
            zone = zones.get(nic.id)
            yield (*shared, nic.label, network, vlan, nic.connected, nic.addresses, zone)


def _host(machine: Machine, inventory: Inventory) -> Fact[str | None]:
    if machine.host is None or isinstance(machine.host, NotRead):
        return machine.host
    host = inventory.hosts.get(machine.host)
    return machine.host if host is None else host.name


def _network(nic: VirtualNic, inventory: Inventory) -> tuple[Value, Value]:
    if nic.port_group is None or isinstance(nic.port_group, NotRead):
        return nic.port_group, None
    group = inventory.port_groups.get(nic.port_group)
    if group is None:
        return nic.port_group, None
    return group.name, group.vlan if isinstance(group.vlan, NotRead) else vlan_of(group.vlan)


TABLE = TableKind(
    name="machines",
    summary="machines with the network, VLAN, addresses and zone of each virtual NIC",
    make=_make,
)
