"""Who may be shown what others send: the engine's sights compared with place against place."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from random import Random
from typing import Any

import msgspec

from generated.brute_force import zones_of_places
from generated.corners import port_numbers
from generated.network import Network, network
from generated.universe import probes
from ringfence.model.inventory import Inventory
from ringfence.model.machines import Machine
from ringfence.model.network import MirrorSession, PortGroup, SecurityPolicy, SecuritySetting
from ringfence.model.packet import ICMP, ICMPV6, TCP, UDP, Header
from ringfence.reach.observing import observation
from ringfence.reach.question import Question
from ringfence.reach.results import STRENGTH, Attacker
from ringfence.replay.interpreter import Interpreter
from ringfence.replay.packet import Spans, packet_of
from ringfence.replay.places import Place
from ringfence.replay.port_filters import let_through
from ringfence.replay.wiring import Bound

Pair = tuple[str, str]
_SERVICES = ("migration", "storage", "fault-tolerance", "management")


def case_of(seed: int) -> Network:
    """Return the network of a seed with layer-2 settings, services of hosts and mirror sessions."""
    chance = Random(seed)
    case = network(chance, exact=True)
    snapshot = case.snapshot
    hosts = []
    for host in snapshot.hosts:
        assert isinstance(host.kernel_interfaces, tuple)
        interfaces = tuple(
            msgspec.structs.replace(one, services=(chance.choice(_SERVICES),))
            for one in host.kernel_interfaces
        )
        hosts.append(msgspec.structs.replace(host, kernel_interfaces=interfaces))
    machines = tuple(_encrypted(chance, machine) for machine in snapshot.machines)
    groups = tuple(_secured(chance, group) for group in snapshot.port_groups)
    snapshot = msgspec.structs.replace(
        snapshot, hosts=tuple(hosts), machines=machines, port_groups=groups
    )
    sessions = tuple(
        _session(chance, snapshot, each) for each in range(chance.choice((0, 0, 1, 2)))
    )
    return replace(case, snapshot=msgspec.structs.replace(snapshot, mirror_sessions=sessions))


def _encrypted(chance: Random, machine: Machine) -> Machine:
    return msgspec.structs.replace(
        machine,
        migration_encryption=chance.choice(("disabled", "opportunistic", "required")),
        fault_tolerance_encryption=chance.choice(("ftEncryptionDisabled", "ftEncryptionRequired")),
    )


def _secured(chance: Random, group: PortGroup) -> PortGroup:
    def setting() -> SecuritySetting:
        return SecuritySetting(accept=chance.random() < 0.3, origin=group.id)

    return msgspec.structs.replace(
        group,
        security=SecurityPolicy(
            promiscuous=setting(),
            mac_changes=setting(),
            forged_transmits=setting(),
            mac_learning=chance.random() < 0.3,
            unknown_unicast_flooding=chance.random() < 0.5,
        ),
    )


def _session(chance: Random, snapshot: Any, number: int) -> MirrorSession:
    ports = [port.id for port in snapshot.ports]

    def some() -> tuple[str, ...]:
        return tuple(chance.sample(ports, min(len(ports), chance.randint(0, 2))))

    return MirrorSession(
        id=f"session-{number}",
        name=f"session-{number}",
        switch=chance.choice(snapshot.switches).id,
        enabled=chance.random() < 0.8,
        kind="dvPortMirror",
        sources_received=some(),
        sources_transmitted=some(),
        destinations=some(),
        source_vlans=chance.choice(((), (), (10,), (11, 12))),
        remote_vlan=chance.choice((None, None, 11)),
    )


class Watching:
    """Every place against every other, for one bound."""

    def __init__(self, case: Network, bound: Bound) -> None:
        self._case = case
        self._bound = bound
        self._inventory = Inventory(case.snapshot)
        self._interpreter = Interpreter(self._inventory, case.wiring, bound)
        self._zones = zones_of_places(case, self._interpreter, bound)
        tried = (*case.universe, *probes(), *_unusual(), *_at_ports(case))
        self._packets = [packet_of(header) for header in tried]
        self._at = {
            nic.id: (nic.port_group, nic.port) for _, nic in self._inventory.virtual_nics()
        } | {one.id: (one.port_group, one.port) for _, one in self._inventory.kernel_interfaces()}

    def sights(self) -> dict[Pair, Attacker]:
        """Return the weakest attacker for each downhill pair of which one observes the other."""
        found: dict[Pair, Attacker] = {}
        for observed, observer, attacker in (*self._shared(), *self._carried(), *self._mirrored()):
            for pair in self._downhill(observed, observer):
                best = found.get(pair)
                if best is None or STRENGTH[attacker] < STRENGTH[best]:
                    found[pair] = attacker
        return found

    def _downhill(self, observed: str, observer: str) -> Iterator[Pair]:
        trust = {name: zone.trust for name, zone in self._case.policy.zones.items()}
        for one in self._zones.get(observed, ()):
            for other in self._zones.get(observer, ()):
                if trust[other] < trust[one]:
                    yield one, other

    def _places(self) -> list[Place]:
        return [one for one in self._interpreter.places.values() if self._zones.get(one.id)]

    def _shared(self) -> Iterator[tuple[str, str, Attacker]]:
        for observed in self._places():
            sends = self._interpreter.spread(observed.ends.sends)
            for observer in self._places():
                if _owner(observed) == _owner(observer) or not self._lets_by(observed, observer):
                    continue
                for medium, heard in observer.ends.hears.items():
                    inside = medium[0] == "node"
                    if sends.get(medium, 0) & heard:
                        yield observed.id, observer.id, self._means(observer, inside)
                    beside = observed.ends.hears.get(medium, 0) & heard
                    possible = inside and beside and self._bound == "upper"
                    if possible and self._accepts(observer, "promiscuous"):
                        yield observed.id, observer.id, "honest"

    def _lets_by(self, sender: Place, hearer: Place) -> bool:
        spans = Spans()
        return any(
            let_through(sender.guards, packet, "in", self._bound, spans) is not None
            and let_through(hearer.guards, packet, "out", self._bound, spans) is not None
            for packet in self._packets
        )

    def _security(self, place: Place) -> SecurityPolicy | None:
        group = self._inventory.port_groups.get(str(self._at.get(place.id, ("",))[0]))
        if group is None:
            return None
        assert isinstance(group.security, SecurityPolicy)
        return group.security

    def _accepts(self, place: Place, setting: str) -> bool:
        security = self._security(place)
        return security is not None and getattr(security, setting).accept is True

    def _means(self, place: Place, inside: bool) -> Attacker:
        security = self._security(place)
        if inside and self._accepts(place, "promiscuous"):
            return "honest"
        if security is not None and security.mac_learning and security.unknown_unicast_flooding:
            return "honest"
        if self._accepts(place, "mac_changes") and self._accepts(place, "forged_transmits"):
            return "spoofing"
        return "spoofing" if place.kind == "passthrough" else "poisoning"

    def _carried(self) -> Iterator[tuple[str, str, Attacker]]:
        places = self._interpreter.places
        for host, interface in self._inventory.kernel_interfaces():
            carrier = places.get(interface.id)
            if carrier is None or not isinstance(interface.services, tuple):
                continue
            sends = self._interpreter.spread(carrier.ends.sends)
            for observer in self._places():
                shared = [m for m, vlans in observer.ends.hears.items() if sends.get(m, 0) & vlans]
                if not shared or observer.kind == "kernel-interface":
                    continue
                for machine, nic in self._inventory.virtual_nics():
                    if machine.host != host.id or machine.id == observer.machine:
                        continue
                    if nic.id in places and self._in_the_clear(machine, interface.services):
                        for medium in shared:
                            means = self._means(observer, medium[0] == "node")
                            yield nic.id, observer.id, means

    def _in_the_clear(self, machine: Machine, services: tuple[str, ...]) -> bool:
        upper = self._bound == "upper"
        migration = machine.migration_encryption
        if "migration" in services and (migration == "disabled" or (upper and migration[0] == "o")):
            return True
        if upper and "fault-tolerance" in services:
            return machine.fault_tolerance_encryption == "ftEncryptionDisabled"
        return "storage" in services

    def _mirrored(self) -> Iterator[tuple[str, str, Attacker]]:
        at_port = {
            port: place
            for place, (_, port) in self._at.items()
            if port is not None and place in self._interpreter.places
        }
        sessions = self._case.snapshot.mirror_sessions
        assert isinstance(sessions, tuple)
        for session in sessions:
            if not session.enabled:
                continue
            ports = (*session.sources_received, *session.sources_transmitted)
            observed = {at_port[port] for port in ports if port in at_port}
            observed.update(self._in_vlans(session))
            observers = {at_port[port] for port in session.destinations if port in at_port}
            observers.update(self._remote(session))
            for one in observed:
                for other in observers:
                    yield one, other, "honest"

    def _in_vlans(self, session: MirrorSession) -> Iterator[str]:
        for place in self._places():
            sends = self._interpreter.spread(place.ends.sends)
            for reach in (sends, place.ends.hears):
                for medium, vlans in reach.items():
                    inside = medium[0] == "node" and medium[2] == session.switch
                    if inside and any(vlans >> vlan & 1 for vlan in session.source_vlans):
                        yield place.id

    def _remote(self, session: MirrorSession) -> Iterator[str]:
        if session.remote_vlan is None:
            return
        fabric = self._interpreter.fabric
        switch = self._inventory.switches[session.switch]
        behind = {
            domain.name
            for host in fabric.hosts_of(switch)
            for binding in fabric.bindings(switch.id, host) or ()
            for nic in binding.physical_nics
            if (domain := fabric.domain_of(nic)) is not None
        }
        if self._bound == "lower" and len(behind) > 1:
            return
        for place in self._places():
            for medium, vlans in place.ends.hears.items():
                if (
                    medium[0] == "domain"
                    and medium[1] in behind
                    and vlans >> session.remote_vlan & 1
                ):
                    yield place.id


def _unusual() -> Iterator[Header]:
    """Yield packets between the usual addresses that rules seldom name."""
    ends = {(header.source, header.destination) for header in probes()}
    for source, destination in sorted(ends):
        for protocol in (TCP, UDP, ICMP, ICMPV6, 200):
            later = {"protocol": protocol, "fragment": "later"}
            yield Header(source=source, destination=destination, **later)
        yield Header(source=source, destination=destination, protocol=200)
        ports = {"source_port": 60000, "destination_port": 60000}
        yield Header(source=source, destination=destination, protocol=UDP, **ports)
        for flags in (0, 18, 63):
            yield Header(
                source=source, destination=destination, protocol=TCP, **ports, tcp_flags=flags
            )
        kind = ICMPV6 if ":" in source else ICMP
        yield Header(
            source=source, destination=destination, protocol=kind, icmp_type=100, icmp_code=9
        )


def _at_ports(case: Network) -> Iterator[Header]:
    """Yield packets between the usual addresses with ports at the ends of what filters name."""
    named = port_numbers(
        (case.snapshot.port_filters, case.snapshot.port_groups, case.snapshot.ports)
    )
    pairs = [pair for one in sorted(named) for pair in ((one, 60000), (60000, one), (one, one))]
    ends = {(header.source, header.destination) for header in probes()}
    for source, destination in sorted(ends):
        for start, end in pairs:
            ports = {"source_port": start, "destination_port": end}
            yield Header(source=source, destination=destination, protocol=UDP, **ports)
            yield Header(source=source, destination=destination, protocol=TCP, **ports, tcp_flags=2)


def _owner(place: Place) -> str:
    return place.id if place.kind == "kernel-interface" else place.owner


def differences(case: Network) -> Iterator[str]:
    """Yield where the engine's sights are others than those of place against place."""
    told = observation(Question(case.snapshot, case.policy, case.memberships))
    sure = Watching(case, "lower").sights()
    possible = Watching(case, "upper").sights()
    claimed = {pair: sights[0].attacker for pair, sights in told.sights.items()}
    for pair in sorted(claimed.keys() | sure.keys()):
        if claimed.get(pair) != sure.get(pair):
            yield f"{pair}: told {claimed.get(pair)}, and it is {sure.get(pair)}"
    for pair in sorted(told.missing.keys() ^ (possible.keys() - sure.keys())):
        yield f"{pair}: told that it is open: {pair in told.missing}"


def problem(seed: int) -> str | None:
    """Return what differs on the network of a seed, with the network, as text."""
    case = case_of(seed)
    found = [*islice(differences(case), 3)]
    if not found:
        return None
    text = msgspec.json.format(msgspec.json.encode(case.snapshot), indent=1).decode()
    return "\n".join((f"seed {seed} differs:", *found, text, str(case.memberships)))
