"""A network of several routers between zones: next hops, equal routes, circles, state."""

from __future__ import annotations

from random import Random

from generated.rules import chains
from ringfence.model.hosts import Host, PhysicalNic
from ringfence.model.machines import Machine, VirtualNic
from ringfence.model.network import (
    AccessVlan,
    PortGroup,
    SwitchMember,
    Teaming,
    UplinkBinding,
    VirtualSwitch,
)
from ringfence.model.rules import (
    AddressMatch,
    Chain,
    Device,
    DeviceInterface,
    NumberRange,
    PortMatch,
    Route,
    Rule,
    StateMatch,
)
from ringfence.model.snapshot import ReadingSource, Snapshot
from ringfence.policy.document import (
    DeclaredDevice,
    Domain,
    Fabric,
    InterfaceAttachment,
    Policy,
    Zone,
)
from ringfence.policy.membership import Membership

ZONES = {"outside": None, "dmz": 10, "application": 11, "management": 12}
TRANSIT = 13
VLANS = (10, 11, 12, TRANSIT)
DOMAINS = {
    "site": Domain(uplinks=("*/vmnic0", "*/vmnic1"), native="none"),
    "other": Domain(uplinks=("*/vmnic2",), native="none"),
}


def address(vlan: int, last: int, family: int) -> str:
    """Return an address on the network of a VLAN."""
    return f"10.0.{vlan - 9}.{last}" if family == 4 else f"fd00:{vlan - 9}::{last}"


def prefix(vlan: int, family: int) -> str:
    """Return the network of a VLAN."""
    return f"10.0.{vlan - 9}.0/24" if family == 4 else f"fd00:{vlan - 9}::/64"


def routed(chance: Random) -> tuple[Snapshot, Policy, tuple[Membership, ...]]:
    """Make zones with a machine or two each, and one to three routers between their VLANs."""
    machines = [
        _machine(chance, zone, vlan, number)
        for zone, vlan in ZONES.items()
        if vlan is not None
        for number in range(chance.choice((1, 1, 2)))
    ]
    wired = {f"router-{number}": _interfaces(chance) for number in range(1, chance.randint(2, 4))}
    snapshot = Snapshot(
        sources=(ReadingSource(kind="generated", name="generated"),),
        hosts=(_host(chance),),
        switches=(_switch(),),
        port_groups=tuple(_port_group(chance, vlan) for vlan in VLANS),
        ports=(),
        machines=tuple(machines),
        devices=tuple(_device(chance, name, wired) for name in wired),
    )
    policy = Policy(
        ringfence=1,
        name="generated",
        configuration="full-collapse",
        zones={
            name: Zone(
                trust=20 * number,
                external=vlan is None,
                addresses=("198.51.100.0/24",) if vlan is None else (),
                role="management" if name == "management" else None,
            )
            for number, (name, vlan) in enumerate(ZONES.items())
        },
        devices={
            name: DeclaredDevice(
                physical=True,
                interfaces={
                    f"eth{number}": InterfaceAttachment(zone="outside")
                    if vlan is None
                    else InterfaceAttachment(domain="site", vlan=vlan)
                    for number, vlan in enumerate(vlans)
                },
            )
            for name, vlans in wired.items()
        },
        fabric=Fabric(domains=DOMAINS),
    )
    return snapshot, policy, tuple(map(_membership, machines))


def _host(chance: Random) -> Host:
    nics = tuple(
        PhysicalNic(
            id=f"host-1/vmnic{number}",
            name=f"vmnic{number}",
            speed=0 if chance.random() < 0.1 else 10000,
        )
        for number in range(3)
    )
    return Host(id="host-1", name="esx-1", physical_nics=nics, kernel_interfaces=())


def _switch() -> VirtualSwitch:
    uplinks = tuple(
        UplinkBinding(name=f"uplink{number}", physical_nics=(f"host-1/vmnic{number}",))
        for number in range(3)
    )
    return VirtualSwitch(
        id="switch",
        name="vSwitch0",
        kind="standard",
        members=(SwitchMember(host="host-1", uplinks=uplinks),),
    )


def _port_group(chance: Random, vlan: int) -> PortGroup:
    active, standby = chance.choice(
        ((("uplink0", "uplink1"), ()),) * 5
        + (
            (("uplink0",), ("uplink1", "uplink2")),
            (("uplink1",), ("uplink2",)),
            ((), ("uplink2", "uplink0")),
        )
    )
    return PortGroup(
        id=f"group-{vlan}",
        name=f"group {vlan}",
        switch="switch",
        host="host-1",
        vlan=AccessVlan(vlan=vlan),
        teaming=Teaming(policy="loadbalance_srcid", active=active, standby=standby),
    )


def _machine(chance: Random, zone: str, vlan: int, number: int) -> Machine:
    identity = f"vm-{vlan}{number}"
    connected = chance.random() < 0.95
    nic = VirtualNic(
        id=f"{identity}/4000",
        label="Network adapter 1",
        mac=f"00:50:56:00:{vlan:02x}:{number:02x}",
        port_group=f"group-{vlan if chance.random() < 0.95 else chance.choice(VLANS)}",
        connected=connected,
        start_connected=True,
        addresses=(
            f"{address(vlan, 11 + number, 4)}/24",
            f"{address(vlan, 11 + number, 6)}/64",
        ),
    )
    power = "on" if chance.random() < 0.93 else chance.choice(("off", "suspended"))
    return Machine(
        id=identity,
        name=f"{zone}-{number}",
        host="host-1",
        power=power,
        nics=(nic,),
        passthrough=(),
    )


def _membership(machine: Machine) -> Membership:
    zone = machine.name.rpartition("-")[0]
    return Membership(
        attachment=f"{machine.id}/4000",
        owner=machine.id,
        kind="virtual-nic",
        standing="agreed",
        zone=zone,
        network_zones=(zone,),
        machine_zones=(zone,),
    )


def _interfaces(chance: Random) -> tuple[int | None, ...]:
    vlans: tuple[int | None, ...] = (*VLANS, TRANSIT, None)
    return tuple(dict.fromkeys(chance.sample(vlans, chance.randint(2, 5))))


def _device(chance: Random, name: str, wired: dict[str, tuple[int | None, ...]]) -> Device:
    last = int(name[-1])
    vlans = wired[name]
    names = [f"eth{number}" for number in range(len(vlans))]
    interfaces = tuple(
        DeviceInterface(
            name=names[number],
            addresses=(f"203.0.113.{last}/24",)
            if vlan is None
            else (f"{address(vlan, last, 4)}/24", f"{address(vlan, last, 6)}/64"),
        )
        for number, vlan in enumerate(vlans)
    )
    return Device(
        id=name,
        name=name,
        physical=True,
        forwards=chance.random() < 0.97,
        interfaces=interfaces,
        chains=_chains(chance, names),
        routes=tuple(_routes(chance, name, wired)),
        reverse_path=tuple(one for one in names if chance.random() < 0.08),
    )


def _routes(chance: Random, name: str, wired: dict[str, tuple[int | None, ...]]) -> list[Route]:
    vlans = wired[name]
    found = []
    for number, vlan in enumerate(vlans):
        if vlan is None:
            found.append(
                Route(destination="0.0.0.0/0", interface=f"eth{number}", next_hop="203.0.113.254")
            )
            continue
        found.extend(
            Route(destination=prefix(vlan, family), interface=f"eth{number}") for family in (4, 6)
        )
    # Others on a shared VLAN are next hops to what is not connected; now and then two at once.
    neighbours = [
        (number, vlan, int(other[-1]))
        for number, vlan in enumerate(vlans)
        if vlan is not None
        for other, theirs in wired.items()
        if other != name and vlan in theirs
    ]
    for vlan in VLANS:
        if neighbours and (vlan not in vlans or chance.random() < 0.05):
            for number, shared, last in chance.sample(
                neighbours, min(len(neighbours), chance.choice((1, 1, 2, 2)))
            ):
                found.extend(
                    Route(
                        destination=prefix(vlan, family),
                        interface=f"eth{number}",
                        next_hop=address(shared, last, family),
                        metric=chance.choice((0, 0, 0, 10)),
                    )
                    for family in (4, 6)
                )
    if neighbours and chance.random() < 0.4:
        number, shared, last = chance.choice(neighbours)
        found.append(
            Route(
                destination="198.51.100.0/24",
                interface=f"eth{number}",
                next_hop=address(shared, last, 4),
            )
        )
    if chance.random() < 0.05:
        found.append(Route(destination=prefix(chance.choice(VLANS), 4), interface=None))
    return found


def _chains(chance: Random, names: list[str]) -> tuple[Chain, ...]:
    if chance.random() < 0.3:
        return ()
    if chance.random() < 0.2:
        return chains(chance, names, modelled=True)
    permits = []
    for number in range(2, chance.randint(2, 5)):
        ports = (PortMatch(side="destination", ranges=(NumberRange(80, 80),)),)
        ends = AddressMatch(
            side=chance.choice(("source", "destination")),
            ranges=(prefix(chance.choice(VLANS), chance.choice((4, 4, 6))),),
        )
        new = (StateMatch(states=("new",)),) if chance.random() < 0.5 else ()
        conditions = (ends, *new, *(ports if chance.random() < 0.4 else ()))
        permits.append(Rule(number=number, text="permit", conditions=conditions, action="accept"))
    answers = Rule(
        number=1,
        text="answers",
        conditions=(StateMatch(states=("established",)),),
        action="accept" if chance.random() < 0.9 else "drop",
    )
    rules = (answers, *permits) if chance.random() < 0.8 else tuple(permits)
    policy = chance.choice(("drop", "drop", "accept"))
    return (Chain(id="forward", name="forward", rules=rules, hook="forward", policy=policy),)
