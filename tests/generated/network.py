"""A small network made by chance: what was read, what was declared, and the packets to try.

One builder takes a ``random.Random``: a plain seeded one for long runs, or one that hypothesis
draws from and shrinks.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random
from typing import Any

from hypothesis import strategies as st

from generated.devices import Equipment, add_devices
from generated.gateway import gateway
from generated.port_filters import with_filters
from generated.switching import Ground, lay_ground, lay_switches
from generated.universe import headers
from ringfence.model.facts import NotRead
from ringfence.model.hosts import KernelInterface
from ringfence.model.machines import Machine, PassthroughDevice, VirtualNic
from ringfence.model.packet import Header
from ringfence.model.snapshot import ReadingSource, Snapshot
from ringfence.policy.document import Domain, Fabric, Policy, Zone
from ringfence.policy.membership import Membership
from ringfence.replay.packet import Spans
from ringfence.replay.wiring import WiredDomain, WiredInterface, Wiring

EXTERNAL = "outside"
MANAGEMENT = "management"
INTERNAL = ("dmz", "application", MANAGEMENT)


@dataclass(frozen=True)
class Network:
    """A snapshot and a policy, who stands where, and what the interpreter is told.

    ``exact`` networks hold nothing unread or not modelled: both bounds must be the same.
    ``spans`` keep how the texts of addresses are read, for every interpreter of the network.
    """

    snapshot: Snapshot
    policy: Policy
    memberships: tuple[Membership, ...]
    wiring: Wiring
    universe: tuple[Header, ...]
    exact: bool
    spans: Spans = field(default_factory=Spans, repr=False, compare=False)


def network(chance: Random, *, exact: bool, translating: bool = False) -> Network:
    """Make a network; without ``exact`` it may hold what has to be bounded from both sides."""
    if chance.random() < 0.4:
        ground, machines, memberships, equipment = gateway(
            chance, exact=exact, zones=INTERNAL, external=EXTERNAL, translating=translating
        )
    else:
        ground = lay_ground(chance, exact=exact, translating=translating)
        lay_switches(ground)
        machines, memberships = _machines(ground)
        memberships.extend(_kernel_interfaces(ground))
        equipment = add_devices(ground, machines, memberships, external=EXTERNAL)
    snapshot = Snapshot(
        sources=(ReadingSource(kind="generated", name="generated"),),
        hosts=tuple(ground.hosts),
        switches=tuple(ground.switches),
        port_groups=tuple(ground.port_groups),
        ports=tuple(ground.ports),
        machines=tuple(sorted(machines, key=lambda machine: machine.id)),
        devices=tuple(equipment.devices),
    )
    snapshot = with_filters(snapshot, chance, exact=exact)
    return Network(
        snapshot=snapshot,
        policy=_policy(ground, equipment),
        memberships=tuple(sorted(memberships, key=lambda each: each.attachment)),
        wiring=wiring_of(ground.domains, equipment.interfaces),
        universe=headers(chance, devices=bool(equipment.devices or snapshot.port_filters)),
        exact=exact,
    )


def translates(case: Network) -> bool:
    """Tell whether any device translates: then packets come from others than were tried."""
    return any(
        rule.translation is not None
        for device in case.snapshot.devices
        if not isinstance(device.chains, NotRead)
        for chain in device.chains
        for rule in chain.rules
    )


def hides_sources(case: Network) -> bool:
    """Tell whether any device translates sources: then a packet does not show who sent it."""
    return any(
        rule.translation is not None and rule.translation.side == "source"
        for device in case.snapshot.devices
        if not isinstance(device.chains, NotRead) and not device.not_understood
        for chain in device.chains
        for rule in chain.rules
    )


def networks(*, exact: bool) -> st.SearchStrategy[Network]:
    """Return hypothesis' strategy for networks."""
    return st.builds(lambda chance: network(chance, exact=exact), st.randoms(use_true_random=False))


def wiring_of(domains: dict[str, Domain], interfaces: list[WiredInterface]) -> Wiring:
    """Return what the interpreter is told, without asking the engine for it."""
    return Wiring(
        domains=tuple(
            WiredDomain(
                name=name,
                uplinks=domain.uplinks,
                vlans=None if domain.vlans is None else _ranges(domain.vlans),
                native=domain.native,
                private_vlans=domain.private_vlans,
                double_tags=domain.double_tags != "drop",
            )
            for name, domain in domains.items()
        ),
        interfaces=tuple(interfaces),
        external_zones=(EXTERNAL,),
    )


def _ranges(text: str) -> tuple[tuple[int, int], ...]:
    parts = [part.split("-") for part in text.split(",")]
    return tuple((int(part[0]), int(part[-1])) for part in parts)


def _policy(ground: Ground, equipment: Equipment) -> Policy:
    zones: dict[str, Any] = {EXTERNAL: Zone(trust=0, external=True)}
    for number, name in enumerate(INTERNAL):
        zones[name] = Zone(trust=20 * (number + 1), role=MANAGEMENT if name == MANAGEMENT else None)
    return Policy(
        ringfence=1,
        name="generated",
        configuration="full-collapse",
        zones=zones,
        devices=equipment.declared,
        fabric=Fabric(domains=ground.domains),
    )


def _machines(ground: Ground) -> tuple[list[Machine], list[Membership]]:
    chance = ground.chance
    machines: list[Machine] = []
    memberships: list[Membership] = []
    for number in range(chance.randint(1, 5)):
        host = chance.choice(ground.hosts)
        identity = f"vm-{number + 1}"
        count = 2 if chance.random() < 0.2 else 1
        nics = tuple(_nic(ground, f"{identity}/{4000 + each}", host.id) for each in range(count))
        machine = Machine(
            id=identity,
            name=f"machine-{number + 1}",
            host=host.id,
            power=chance.choice(("on", "off")),
            template=chance.random() < 0.05,
            nics=nics,
            passthrough=_passthrough(ground, identity, host.id, nics),
        )
        machines.append(machine)
        dual = chance.random() < 0.5
        zone = chance.choice(INTERNAL)
        for nic in nics:
            zone = chance.choice(INTERNAL) if dual else zone
            memberships.append(_membership(nic.id, identity, zone, attached=bool(nic.port_group)))
    return machines, memberships


def _membership(attachment: str, owner: str, zone: str, *, attached: bool = True) -> Membership:
    return Membership(
        attachment=attachment,
        owner=owner,
        kind="virtual-nic",
        standing="agreed" if attached else "detached",
        zone=zone if attached else None,
        network_zones=(zone,),
        machine_zones=(zone,),
    )


def _nic(ground: Ground, identity: str, host: str) -> VirtualNic:
    """A NIC on a port group that its host has; now and then on none, or disconnected."""
    chance = ground.chance
    group, port = ground.attach(identity, host)
    connected = chance.random() < 0.9
    start_connected: bool | NotRead = connected or chance.random() < 0.5
    return VirtualNic(
        id=identity,
        label=f"NIC {identity[-1]}",
        mac=f"00:50:56:00:{len(ground.macs):02x}:{int(identity[-1]):02x}",
        port_group=group,
        port=port,
        connected=connected,
        start_connected=start_connected,
    )


def _passthrough(
    ground: Ground, machine: str, host: str, nics: tuple[VirtualNic, ...]
) -> tuple[PassthroughDevice, ...]:
    """Give a machine a physical NIC; its zone is that of a NIC that takes part."""
    free = [nic for nic in ground.free_nics if nic.startswith(f"{host}/")]
    if not free or ground.chance.random() > 0.15:
        return ()
    alone = not any(nic.port_group and True in (nic.connected, nic.start_connected) for nic in nics)
    if ground.exact and alone:
        return ()
    nic = free[0]
    ground.free_nics.remove(nic)
    return (PassthroughDevice(id=f"{machine}/pci-1", label="PCI device 1", physical_nic=nic),)


def _kernel_interfaces(ground: Ground) -> list[Membership]:
    """Give hosts kernel interfaces; return which zones these are in."""
    memberships = []
    for number, host in enumerate(ground.hosts):
        interfaces: list[KernelInterface] = []
        for each in range(ground.chance.choice((0, 0, 1, 1, 2))):
            identity = f"{host.id}/vmk{each}"
            group, port = ground.attach(identity, host.id)
            interfaces.append(
                KernelInterface(id=identity, name=f"vmk{each}", port_group=group, port=port)
            )
            zone = ground.chance.choice((MANAGEMENT, MANAGEMENT, *INTERNAL))
            memberships.append(
                Membership(
                    attachment=identity,
                    owner=host.id,
                    kind="kernel-interface",
                    standing="agreed" if group else "detached",
                    zone=zone if group else None,
                    network_zones=(zone,),
                    machine_zones=(),
                )
            )
        ground.with_kernel_interfaces(number, tuple(interfaces))
    return memberships
