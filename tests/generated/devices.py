"""Firewalls and routers of a generated network: attachments, addresses, routes, rules."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import count
from random import Random

import msgspec

from generated.rules import chains
from generated.switching import VLANS, Ground
from generated.universe import ROUTES_4, ROUTES_6
from ringfence.model.facts import NOT_COLLECTED
from ringfence.model.machines import Machine, VirtualNic
from ringfence.model.rules import Device, DeviceInterface, NotUnderstood, Route
from ringfence.policy.document import DeclaredDevice, InterfaceAttachment
from ringfence.policy.membership import Membership
from ringfence.replay.wiring import WiredInterface


@dataclass
class Equipment:
    """Devices as read, as declared, and as the interpreter is told of their attachments."""

    devices: list[Device] = field(default_factory=list)
    declared: dict[str, DeclaredDevice] = field(default_factory=dict)
    interfaces: list[WiredInterface] = field(default_factory=list)


def add_devices(
    ground: Ground, machines: list[Machine], memberships: list[Membership], *, external: str
) -> Equipment:
    """Add up to two devices, as machines or physical; their NICs are in no zone."""
    equipment = Equipment()
    for number in range(1, ground.chance.choice((0, 1, 1, 1, 2)) + 1):
        name = f"firewall-{number}"
        attachments: dict[str, InterfaceAttachment] = {}
        machine = None
        if ground.chance.random() < 0.5:
            machine = _machine(ground, number)
            machines.append(machine)
            memberships.extend(_standing(machine, name))
        for each in range(ground.chance.randint(2, 3)):
            interface, wired = _attachment(ground, name, f"eth{each}", machine, each, external)
            if wired is None:
                continue
            equipment.interfaces.append(wired)
            if interface is not None:
                attachments[f"eth{each}"] = interface
        names = [wired.name for wired in equipment.interfaces if wired.device == name]
        equipment.devices.append(device_record(ground, name, machine, names, number))
        equipment.declared[name] = DeclaredDevice(
            physical=machine is None,
            machine=None if machine is None else machine.name,
            interfaces=attachments,
        )
    return equipment


def _machine(ground: Ground, number: int) -> Machine:
    host = ground.chance.choice(ground.hosts).id
    identity = f"vm-{100 + number}"
    nics = []
    for each in range(2):
        nic = f"{identity}/{4000 + each}"
        group, port = ground.attach(nic, host, beside_others=True)
        nics.append(
            VirtualNic(
                id=nic,
                label=f"Network adapter {each + 1}",
                mac=f"00:50:56:ff:{number:02x}:{each:02x}",
                port_group=group,
                port=port,
                connected=True,
                start_connected=True,
            )
        )
    return Machine(
        id=identity,
        name=f"firewall-machine-{number}",
        host=host,
        power="on",
        nics=tuple(nics),
        passthrough=(),
    )


def _standing(machine: Machine, device: str) -> list[Membership]:
    nics = machine.nics if isinstance(machine.nics, tuple) else ()
    return [
        Membership(
            attachment=nic.id,
            owner=machine.id,
            kind="virtual-nic",
            standing="device",
            zone=None,
            network_zones=(),
            machine_zones=(),
            device=device,
        )
        for nic in nics
    ]


def _attachment(
    ground: Ground, device: str, name: str, machine: Machine | None, number: int, external: str
) -> tuple[InterfaceAttachment | None, WiredInterface | None]:
    """Return how an interface is declared and wired: a NIC, a domain's VLAN, or a zone outside."""
    chance = ground.chance
    if machine is not None and isinstance(machine.nics, tuple):
        if number >= len(machine.nics):
            return None, None
        nic = machine.nics[number]
        by_label = InterfaceAttachment(nic=nic.label) if chance.random() < 0.5 else None
        return by_label, WiredInterface(device, name, nic=nic.id)
    if ground.rarely():
        return None, WiredInterface(device, name)
    if chance.random() < 0.3:
        return InterfaceAttachment(zone=external), WiredInterface(device, name, zone=external)
    domain = chance.choice(list(ground.domains))
    vlan = chance.choice((*VLANS, *VLANS, *VLANS, 13, None if not ground.exact else 10))
    return (
        InterfaceAttachment(domain=domain, vlan=vlan),
        WiredInterface(device, name, domain=domain, vlan=vlan),
    )


def device_record(
    ground: Ground, name: str, machine: Machine | None, interfaces: list[str], number: int
) -> Device:
    """Return a device as read: addresses, routes and rules made by chance."""
    chance = ground.chance
    records = []
    for each, interface in zip(count(), interfaces, strict=False):
        # The first device has 10.0.1.1 and 10.0.2.1, the second 10.0.2.10 and others.
        network = each + number
        addresses = (f"10.0.{network}.{1 if number == 1 else 10}/24", f"fd00:{network}::1/64")
        records.append(
            DeviceInterface(
                name=interface,
                mac=_mac(machine, each),
                addresses=addresses if not ground.rarely() else NOT_COLLECTED,
            )
        )
    device = Device(
        id=name,
        name=name,
        physical=machine is None,
        machine=None if machine is None else machine.id,
        forwards=chance.random() < 0.95,
        interfaces=tuple(records),
        chains=chains(chance, interfaces, modelled=ground.exact, translating=ground.translating),
        routes=_routes(chance, interfaces),
        reverse_path=tuple(name for name in interfaces if chance.random() < 0.2),
        reassembles=chance.choice(((), (4, 6), (4, 6), (4,), (6,))),
    )
    if ground.rarely():
        lines = (NotUnderstood(line=3, text="masquerade", why="addresses are translated"),)
        device = msgspec.structs.replace(device, not_understood=lines)
    return device


def _mac(machine: Machine | None, number: int) -> str | None:
    if machine is None or not isinstance(machine.nics, tuple) or number >= len(machine.nics):
        return None
    mac = machine.nics[number].mac
    return mac.upper() if isinstance(mac, str) else None


def _routes(chance: Random, interfaces: list[str]) -> tuple[Route, ...]:
    routes = [
        Route(destination=destination, interface=interface)
        for number, interface in enumerate(interfaces, 1)
        for destination in (f"10.0.{number}.0/24", f"fd00:{number}::/64")
        if chance.random() < 0.95
    ]
    if interfaces and chance.random() < 0.5:
        way = chance.choice(interfaces)
        routes.extend(
            Route(destination=everything, interface=way, metric=20)
            for everything in ("0.0.0.0/0", "::/0")
        )
    routes.extend(
        Route(
            destination=chance.choice((*ROUTES_4, *ROUTES_6)),
            interface=chance.choice((*interfaces, *interfaces, None)),
            metric=chance.choice((0, 0, 10)),
        )
        for _ in range(chance.choice((0, 0, 1, 2, 4)))
    )
    return tuple(routes)
