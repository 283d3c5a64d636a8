"""A plan as a snapshot, as if a management server had been read."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from benchmarks.generator.firewalls import devices
from benchmarks.generator.plan import Network, Plan, PlannedMachine
from benchmarks.generator.size import OUTSIDE
from ringfence.model.hosts import Host, KernelInterface, PhysicalNic
from ringfence.model.machines import Machine, VirtualNic
from ringfence.model.network import (
    AccessVlan,
    Port,
    PortGroup,
    SwitchMember,
    Teaming,
    TrunkVlan,
    UplinkBinding,
    VirtualSwitch,
    VlanRange,
)
from ringfence.model.places import Datacenter, Folder
from ringfence.model.snapshot import ReadingSource, Snapshot

DATACENTER: Final = "Generated"
UPLINKS: Final = ("Uplink 1", "Uplink 2")
MANAGEMENT_NETWORK: Final = "Management"
MANAGEMENT_VLAN: Final = 10
PHYSICAL_NICS: Final = 4
TIME: Final = "2026-11-02T08:00:00Z"
_TEAMING: Final = Teaming(policy="loadbalance_srcid", active=UPLINKS[:1], standby=UPLINKS[1:])


def make_snapshot(plan: Plan) -> Snapshot:
    """Return the plan's snapshot; a plan always gives the same bytes."""
    hosts = tuple(_host(plan, number) for number in range(plan.size.hosts))
    machines = tuple(_machine(plan, machine) for machine in plan.machines)
    return Snapshot(
        sources=(ReadingSource(kind="generated", name="generated", started=TIME, finished=TIME),),
        datacenters=(Datacenter(id="datacenter", name=DATACENTER, path=f"/{DATACENTER}"),),
        folders=tuple(sorted(_folders(plan), key=lambda folder: folder.id)),
        hosts=hosts,
        switches=tuple(sorted(_switches(plan), key=lambda switch: switch.id)),
        port_groups=tuple(sorted(_port_groups(plan), key=lambda group: group.id)),
        ports=tuple(sorted(_ports(plan), key=lambda port: port.id)),
        mirror_sessions=(),
        machines=machines,
        devices=devices(plan),
    )


def host_name(plan: Plan, number: int) -> str:
    """Return the name of a host; it ends with its site."""
    return f"host-{number:04d}.site-{number % plan.size.sites}.example"


def switch_name(site: int) -> str:
    """Return the name of a site's distributed switch."""
    return f"switch-{site}"


def vlan_of(network: Network) -> AccessVlan | TrunkVlan:
    """Return the VLAN setting of a network's port group."""
    if network.trunk is None:
        return AccessVlan(vlan=network.vlan)
    first, last = network.trunk
    return TrunkVlan(ranges=(VlanRange(first=first, last=last),))


def addresses_of(machine: PlannedMachine, network: Network) -> tuple[str, ...]:
    """Return what a machine's guest reports of its NIC on a network."""
    if not machine.reports:
        return ()
    return (f"{network.address(machine.last)}/24", f"{network.address6(machine.last)}/64")


def mac_of(machine: PlannedMachine, position: int) -> str:
    """Return the MAC address of a NIC by its position."""
    number = machine.number
    return (
        f"00:50:56:{number >> 16:02x}:{number >> 8 & 255:02x}:{number & 255:02x}"[:-2]
        + f"{(number & 255) ^ (position * 0x80):02x}"
    )


def _folders(plan: Plan) -> Iterator[Folder]:
    yield Folder(id="folder-vm", name="vm", path=f"/{DATACENTER}/vm")
    for zone in plan.zones:
        if zone != OUTSIDE:
            path = f"/{DATACENTER}/vm/{zone}"
            yield Folder(id=f"folder-{zone}", name=zone, path=path, parent="folder-vm")


def _host(plan: Plan, number: int) -> Host:
    identity = f"host-{number:04d}"
    return Host(
        id=identity,
        name=host_name(plan, number),
        datacenter="datacenter",
        connection="connected",
        physical_nics=tuple(
            PhysicalNic(id=f"{identity}/vmnic{nic}", name=f"vmnic{nic}", speed=10000)
            for nic in range(PHYSICAL_NICS)
        ),
        kernel_interfaces=(
            KernelInterface(
                id=f"{identity}/vmk0",
                name="vmk0",
                port_group=f"{identity}/{MANAGEMENT_NETWORK}",
                services=("management",),
                addresses=(f"{kernel_address(number)}/16",),
            ),
        ),
    )


def kernel_address(number: int) -> str:
    """Return the address of a host's kernel interface."""
    return f"172.30.{number >> 8}.{number & 255}"


def _switches(plan: Plan) -> Iterator[VirtualSwitch]:
    for site in range(plan.size.sites):
        yield VirtualSwitch(
            id=switch_name(site),
            name=switch_name(site),
            kind="distributed",
            members=tuple(_member(f"host-{number:04d}", 2) for number in plan.hosts_at(site)),
            uplink_names=UPLINKS,
        )
    for number in range(plan.size.hosts):
        identity = f"host-{number:04d}"
        members = (_member(identity, 0),)
        yield VirtualSwitch(
            id=f"{identity}/vSwitch0", name="vSwitch0", kind="standard", members=members
        )


def _member(host: str, first_nic: int) -> SwitchMember:
    return SwitchMember(
        host=host,
        uplinks=tuple(
            UplinkBinding(name=name, physical_nics=(f"{host}/vmnic{first_nic + nic}",))
            for nic, name in enumerate(UPLINKS)
        ),
    )


def _port_groups(plan: Plan) -> Iterator[PortGroup]:
    for network in plan.networks:
        yield PortGroup(
            id=group_id(network),
            name=network.name,
            switch=switch_name(network.site),
            vlan=vlan_of(network),
            teaming=_TEAMING,
            binding="static",
        )
    for number in range(plan.size.hosts):
        identity = f"host-{number:04d}"
        yield PortGroup(
            id=f"{identity}/{MANAGEMENT_NETWORK}",
            name=MANAGEMENT_NETWORK,
            switch=f"{identity}/vSwitch0",
            host=identity,
            vlan=AccessVlan(vlan=MANAGEMENT_VLAN),
            teaming=_TEAMING,
        )


def group_id(network: Network) -> str:
    """Return the id of a network's port group."""
    return f"dvportgroup-{network.number:05d}"


def _ports(plan: Plan) -> Iterator[Port]:
    for machine in plan.machines:
        for position, number in enumerate(machine.networks):
            network = plan.networks[number]
            yield Port(
                id=_port_id(machine, position),
                key=f"{machine.number * 2 + position}",
                switch=switch_name(network.site),
                port_group=group_id(network),
                host=f"host-{machine.host:04d}",
                connectee=_nic_id(machine, position),
                overridden=(),
                vlan=vlan_of(network),
                blocked=False,
            )


def _port_id(machine: PlannedMachine, position: int) -> str:
    return f"port-{machine.number * 2 + position:06d}"


def _nic_id(machine: PlannedMachine, position: int) -> str:
    return f"vm-{machine.number:05d}/{4000 + position}"


def _machine(plan: Plan, machine: PlannedMachine) -> Machine:
    return Machine(
        id=f"vm-{machine.number:05d}",
        name=machine.name,
        instance_uuid=f"50290000-0000-4000-8000-{machine.number:012d}",
        host=f"host-{machine.host:04d}",
        folder=f"folder-{machine.zone}",
        pool=None,
        power="on" if machine.on else "off",
        template=False,
        tags=(),
        nics=tuple(
            VirtualNic(
                id=_nic_id(machine, position),
                label=f"Network adapter {position + 1}",
                mac=mac_of(machine, position),
                mac_assignment="generated",
                port_group=group_id(plan.networks[number]),
                port=_port_id(machine, position),
                connected=machine.on,
                start_connected=True,
                addresses=addresses_of(machine, plan.networks[number]),
            )
            for position, number in enumerate(machine.networks)
        ),
        passthrough=(),
    )
