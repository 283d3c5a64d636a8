"""A network where zones meet only in one firewall, so that its rules and routes are what counts."""

from __future__ import annotations

from random import Random

from generated.devices import Equipment, device_record
from generated.switching import Ground
from ringfence.model.hosts import Host, PhysicalNic
from ringfence.model.machines import Machine, VirtualNic
from ringfence.model.network import (
    AccessVlan,
    PortGroup,
    SwitchMember,
    UplinkBinding,
    VirtualSwitch,
)
from ringfence.policy.document import DeclaredDevice, Domain, InterfaceAttachment
from ringfence.policy.membership import Membership
from ringfence.replay.wiring import WiredInterface

NAME = "firewall-1"
VLANS = (10, 11, 12)


def gateway(
    chance: Random,
    *,
    exact: bool,
    zones: tuple[str, ...],
    external: str,
    translating: bool = False,
) -> tuple[Ground, list[Machine], list[Membership], Equipment]:
    """Make a machine in each zone on a VLAN of its own, and one firewall between the VLANs."""
    ground = Ground(chance, exact, translating=translating)
    ground.domains["site"] = Domain(uplinks=("*/vmnic0",), native="none", private_vlans=True)
    nic = PhysicalNic(id="host-1/vmnic0", name="vmnic0")
    ground.hosts.append(
        Host(id="host-1", name="esx-1.example", physical_nics=(nic,), kernel_interfaces=())
    )
    uplink = UplinkBinding(name="uplink1", physical_nics=(nic.id,))
    ground.switches.append(
        VirtualSwitch(
            id="host-1/vSwitch1",
            name="vSwitch1",
            kind="standard",
            members=(SwitchMember(host="host-1", uplinks=(uplink,)),),
        )
    )
    ground.port_groups.extend(
        PortGroup(
            id=f"host-1/vSwitch1/group-{vlan}",
            name=f"group {vlan}",
            switch="host-1/vSwitch1",
            host="host-1",
            vlan=AccessVlan(vlan=vlan),
            teaming=None,
        )
        for vlan in VLANS
    )
    machines = [_machine(number, (vlan,)) for number, vlan in enumerate(VLANS, 1)]
    memberships = [
        _membership(machine, zone) for machine, zone in zip(machines, zones, strict=True)
    ]
    equipment = _equipment(ground, machines, memberships, external)
    return ground, machines, memberships, equipment


def _machine(number: int, vlans: tuple[int, ...]) -> Machine:
    nics = tuple(
        VirtualNic(
            id=f"vm-{number}/{4000 + each}",
            label=f"Network adapter {each + 1}",
            mac=f"00:50:56:00:{number:02x}:{each:02x}",
            port_group=f"host-1/vSwitch1/group-{vlan}",
            connected=True,
            start_connected=True,
        )
        for each, vlan in enumerate(vlans)
    )
    return Machine(
        id=f"vm-{number}", name=f"machine-{number}", host="host-1", nics=nics, passthrough=()
    )


def _membership(machine: Machine, zone: str | None) -> Membership:
    nic = machine.nics[0] if isinstance(machine.nics, tuple) else None
    named = () if zone is None else (zone,)
    return Membership(
        attachment="" if nic is None else nic.id,
        owner=machine.id,
        kind="virtual-nic",
        standing="agreed",
        zone=zone,
        network_zones=named,
        machine_zones=named,
    )


def _equipment(
    ground: Ground, machines: list[Machine], memberships: list[Membership], external: str
) -> Equipment:
    """Add the firewall: physical with a cable in each VLAN and one outside, or a machine."""
    names = ["eth0", "eth1", "eth2"]
    if ground.chance.random() < 0.5:
        machine = _machine(100, VLANS)
        machines.append(machine)
        nics = machine.nics if isinstance(machine.nics, tuple) else ()
        memberships.extend(
            Membership(
                attachment=nic.id,
                owner=machine.id,
                kind="virtual-nic",
                standing="device",
                zone=None,
                network_zones=(),
                machine_zones=(),
                device=NAME,
            )
            for nic in nics
        )
        wired = [
            WiredInterface(NAME, name, nic=nic.id) for name, nic in zip(names, nics, strict=True)
        ]
        declared = DeclaredDevice(machine=machine.name)
        return Equipment([device_record(ground, NAME, machine, names, 1)], {NAME: declared}, wired)
    wired = [
        WiredInterface(NAME, "eth0", domain="site", vlan=10),
        WiredInterface(NAME, "eth1", domain="site", vlan=11),
        WiredInterface(NAME, "eth2", zone=external),
    ]
    attachments = {
        each.name: InterfaceAttachment(domain=each.domain, vlan=each.vlan, zone=each.zone)
        for each in wired
    }
    declared = DeclaredDevice(physical=True, interfaces=attachments)
    return Equipment([device_record(ground, NAME, None, names, 1)], {NAME: declared}, wired)
