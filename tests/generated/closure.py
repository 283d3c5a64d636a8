"""Whether the sets of a certificate are closed, asked naively: packet by packet, by `replay`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import NamedTuple

from generated.brute_force import zones_of_places
from generated.intervals import within
from generated.naive_flows import Sources, permitted
from generated.network import Network, hides_sources, translates
from generated.states import answered_by, in_state
from ringfence.model.certificate import ANYTHING, NOTHING, Certificate, Spread
from ringfence.model.inventory import Inventory
from ringfence.model.packet import Header
from ringfence.replay.devices import Station
from ringfence.replay.interpreter import Interpreter
from ringfence.replay.packet import Spans
from ringfence.replay.places import Place, interface_place
from ringfence.replay.port_filters import Way


class Claim(NamedTuple):
    """The node of the set that each interface of a device sends, for packets from ``sources``."""

    sets: Mapping[tuple[str, str], int]
    sources: Sources | None

    def starts(self, header: Header) -> bool:
        """Tell whether a packet is from one of the sources."""
        return self.sources is None or any(within(header.source, *one) for one in self.sources)


_Key = tuple[str, tuple[str, ...], str | None, Sources | None]


class NaiveClosure:
    """Follows single packets one step from wherever a certificate says that they may be."""

    def __init__(self, certificate: Certificate, case: Network) -> None:
        self._certificate = certificate
        self._case = case
        self._spans = Spans()
        self._interpreter = Interpreter(Inventory(case.snapshot), case.wiring, "upper")
        self._claims: dict[_Key, Claim] = {
            (spread.zone, spread.closed, spread.answering, spread.sources): _claim(spread)
            for spread in certificate.spreads
        }
        self._starting = _starting(case, self._interpreter)
        self._standing = zones_of_places(case, self._interpreter, "upper")
        self._let_through: dict[Header, frozenset[tuple[str, str, str, str]]] = {}
        self._asking: set[tuple[str, str, Header]] = set()
        self._may_open: dict[tuple[str, Header], bool] = {}

    def refutes(self, header: Header) -> bool:
        """Tell whether a packet gets from where the sets hold it to where they do not."""
        return any(self._escapes(header))

    def _escapes(self, header: Header) -> Iterator[bool]:
        for (zone, closed, answering, _), claim in self._claims.items():
            if answering is None:
                for device in self._stations["new"]:
                    if device not in closed:
                        yield self._leaves(zone, claim, device, header, "new")
        for source, destination in self._certificate.pairs:
            # Answers that are translated back are bounded, and no packet tells what they may be.
            if not translates(self._case) and self._opened(destination, header):
                yield from self._as_answer(source, destination, header)
            if self._case.policy.zones[destination].role == "management":
                yield self._is_taken_in(source, destination, header)
            yield from self._forbidden(source, destination, header)

    def _as_answer(self, source: str, destination: str, header: Header) -> Iterator[bool]:
        claim = self._claims.get((source, (), destination, None))
        claim = claim or self._claims[source, (), None, None]
        for device in self._stations["established"]:
            yield self._leaves(source, claim, device, header, "new", answer=True)
            if self._leaves(source, claim, device, header, "established", answer=True):
                yield self._is_planted(device, destination, header)
        if not self._permitted(source, destination, header):
            yield self._delivered(source, claim, destination, header, answer=True)

    def _forbidden(self, source: str, destination: str, header: Header) -> Iterator[bool]:
        """Yield whether a packet gets to the other zone past what the flows permit."""
        for (zone, closed, answering, sources), claim in self._claims.items():
            if zone != source or answering is not None:
                continue
            allowed = self._permitted(source, destination, header, closed, sources)
            if closed == tuple(sorted(self._case.policy.devices)):
                allowed = False
            elif closed and closed not in self._through(source, destination):
                continue
            if allowed is False:
                yield self._delivered(zone, claim, destination, header)

    def _through(self, source: str, destination: str) -> set[tuple[str, ...]]:
        return {
            (device,)
            for flow in self._case.policy.flows
            if (flow.from_, flow.to) == (source, destination)
            for device in flow.through
        }

    def _permitted(
        self,
        source: str,
        destination: str,
        header: Header,
        closed: tuple[str, ...] = (),
        sources: Sources | None = None,
    ) -> bool | None:
        flows = (
            flow
            for flow in self._case.policy.flows
            if (flow.from_, flow.to) == (source, destination)
        )
        hidden = hides_sources(self._case)
        return permitted(list(flows), header, closed, sources, hidden=hidden)

    def _delivered(
        self, zone: str, claim: Claim, destination: str, header: Header, *, answer: bool = False
    ) -> bool:
        """Tell whether a packet gets to a place of a zone, directly or from a set."""
        places = self._interpreter.places
        starting = self._starting[zone] if claim.starts(header) else frozenset()
        senders = [
            *(places[start] for start in starting),
            *(
                places[self._places[at]]
                for at, number in claim.sets.items()
                if self.holds(number, header) and self._places[at] in places
            ),
        ]
        return any(
            (sender.id not in starting or self._lets(sender, header, "in", answer=answer))
            and (sender.machine is None or receiver.machine != sender.machine)
            and self._lets(receiver, header, "out")
            for sender in senders
            for leg in self._interpreter.receivers(sender, starts=sender.id in starting)
            for receiver in (leg.receiver,)
            if destination in self._standing.get(receiver.id, ())
        )

    def _lets(self, place: Place, header: Header, way: Way, *, answer: bool = False) -> bool:
        """Tell whether the filters at a place let a packet by, or may take it for an answer."""
        back: Way = "out" if way == "in" else "in"
        answered = answered_by(header)
        return all(
            guard.decide(self._spans.packet(header), way, "upper", self._spans) is not None
            or (
                answer
                and guard.known is not None
                and guard.known.stateful
                and guard.decide(self._spans.packet(answered), back, "upper", self._spans)
                is not None
            )
            for guard in place.guards
        )

    @cached_property
    def _keeps_connections(self) -> bool:
        return any(
            guard.known is not None and guard.known.stateful and guard.sure
            for place in self._interpreter.places.values()
            for guard in place.guards
        )

    def _opened(self, victim: str, header: Header) -> bool:
        """Tell whether planted state may let a packet through to a zone that else would not be.

        It has to be an answer only for some device, and to leave some device to the zone.
        """
        if any(device.not_understood for device in self._case.snapshot.devices):
            return True
        if self._keeps_connections:
            return True
        known = self._may_open.get((victim, header))
        if known is None:
            known = self._may_open[victim, header] = self._opens(victim, header)
        return known

    def _passing(self, header: Header) -> frozenset[tuple[str, str, str, str]]:
        """Return by which interfaces of which devices, in which state, a packet passes."""
        if header not in self._let_through:
            self._let_through[header] = frozenset(
                (device, wired.name, name, state)
                for state, stations in self._stations.items()
                for device, station in stations.items()
                for wired in station.wired
                for name, _ in station.arrive(self._spans.packet(header), wired.name).exits
            )
        return self._let_through[header]

    def _opens(self, victim: str, header: Header) -> bool:
        passing = self._passing(header)
        known = {
            key
            for key in passing
            if key[3] == "established" and self._is_planted(key[0], victim, header)
        }
        only = any((*key[:3], "new") not in passing for key in known)
        return only and any(
            self._reaches(key[0], key[2], victim)
            for key in passing
            if key[3] == "new" or key in known
        )

    def _reaches(self, device: str, interface: str, zone: str) -> bool:
        heard = self._heard(self._places[device, interface])
        return any(zone in self._standing.get(place, ()) for place in heard)

    def _leaves(
        self,
        zone: str,
        claim: Claim,
        device: str,
        header: Header,
        state: str,
        *,
        answer: bool = False,
    ) -> bool:
        """Tell whether a device sends a packet on by an interface whose set does not hold it."""
        return any(
            not self.holds(claim.sets.get((device, outgoing), NOTHING), left)
            for outgoing, left in self._exits(zone, claim, device, header, state, answer=answer)
            if self._sends(device, outgoing, left, answer=answer)
        )

    def _exits(
        self,
        zone: str,
        claim: Claim,
        device: str,
        header: Header,
        state: str,
        *,
        answer: bool = False,
    ) -> Iterator[tuple[str, Header]]:
        station = self._stations[state][device]
        for wired in station.wired:
            if self._arrives(zone, claim, (device, wired.name), header, answer=answer):
                arrival = station.arrive(self._spans.packet(header), wired.name)
                yield from ((name, passed.packet.header) for name, passed in arrival.exits)

    def _is_planted(self, device: str, victim: str, header: Header) -> bool:
        """Tell whether a zone but the victim gets the packet that this one answers through."""
        answered = answered_by(header)
        started = any(
            True
            for zone in self._case.policy.zones
            if zone != victim
            for _ in self._exits(zone, self._claims[zone, (), None, None], device, answered, "new")
        )
        return started or self._is_handed_over(device, victim, answered)

    def _is_handed_over(self, device: str, victim: str, answered: Header) -> bool:
        """Tell whether a packet that is new to a device may come from one that took it as answer.

        Whether it gets to the first one is not asked, and what is being asked already adds nothing.
        """
        key = (device, victim, answered)
        if key in self._asking:
            return False
        self._asking.add(key)
        passing = self._passing(answered)
        entered = {name for one, name, _, state in passing if one == device and state == "new"}
        found = any(
            state == "established"
            and (first, incoming, outgoing, "new") not in passing
            and any(
                self._places[device, name] in self._heard(self._places[first, outgoing])
                for name in entered
            )
            and self._is_planted(first, victim, answered)
            for first, incoming, outgoing, state in passing
        )
        self._asking.discard(key)
        return found

    def _is_taken_in(self, source: str, destination: str, header: Header) -> bool:
        claim = self._claims[source, (), None, None]
        taken = (
            passed.packet.header
            for device, station in self._stations["new"].items()
            for wired in station.wired
            if self._arrives(source, claim, (device, wired.name), header)
            for passed in station.arrive(self._spans.packet(header), wired.name).local
        )
        return any(self._permitted(source, destination, one) is False for one in taken)

    def _arrives(
        self,
        zone: str,
        claim: Claim,
        at: tuple[str, str],
        header: Header,
        *,
        answer: bool = False,
    ) -> bool:
        place = self._places[at]
        places = self._interpreter.places
        if place not in places or not self._lets(places[place], header, "out", answer=answer):
            return False
        if claim.starts(header) and any(
            place in self._heard(start, starts=True)
            and self._lets(places[start], header, "in", answer=answer)
            for start in self._starting[zone]
        ):
            return True
        return any(
            self.holds(number, header) and place in self._heard(self._places[other])
            for other, number in claim.sets.items()
            if other != at
        )

    def _heard(self, place: str, *, starts: bool = False) -> frozenset[str]:
        """Return the places that hear what a place sends."""
        known = self._interpreter.places.get(place)
        legs = self._interpreter.receivers(known, starts=starts) if known else ()
        return frozenset(leg.receiver.id for leg in legs)

    def _sends(self, device: str, interface: str, header: Header, *, answer: bool) -> bool:
        place = self._interpreter.places.get(self._places[device, interface])
        if place is None or not place.ends.sends:
            return False
        return self._lets(place, header, "in", answer=answer)

    @cached_property
    def _places(self) -> Mapping[tuple[str, str], str]:
        return {
            (one.device, one.name): interface_place(one) for one in self._case.wiring.interfaces
        }

    @cached_property
    def _stations(self) -> Mapping[str, Mapping[str, Station]]:
        """The devices in each state of a packet; what was not understood sends anything anyway."""
        wiring = self._case.wiring.interfaces
        return {
            state: {
                device.id: Station(
                    in_state(device, state),
                    tuple(one for one in wiring if one.device == device.id),
                    "upper",
                    self._spans,
                )
                for device in self._case.snapshot.devices
                if not device.not_understood
            }
            for state in ("new", "established")
        }

    def holds(self, number: int, header: Header) -> bool:
        """Tell whether the set of a node holds a packet, by its documented form alone."""
        values = (
            header.destination,
            header.source,
            header.protocol,
            header.destination_port or 0,
            header.source_port or 0,
            (header.icmp_type or 0) * 256 + (header.icmp_code or 0),
            header.tcp_flags or 0,
            ("none", "first", "later").index(header.fragment),
        )
        while number > ANYTHING:
            node = self._certificate.nodes[number - 2]
            value = values[node.field]
            number = next(
                (edge.child for edge in node.edges if within(value, edge.first, edge.last)),
                NOTHING,
            )
        return number == ANYTHING


def _claim(spread: Spread) -> Claim:
    sets = {(one.device, one.interface): one.headers for one in spread.sent}
    return Claim(sets, spread.sources)


def _starting(case: Network, interpreter: Interpreter) -> Mapping[str, frozenset[str]]:
    """Return where attackers of each zone start."""
    standing = zones_of_places(case, interpreter, "upper")
    devices = {device.machine for device in case.snapshot.devices}
    places = interpreter.places
    found = {}
    for zone in case.policy.zones:
        own = {place for place, zones in standing.items() if zone in zones}
        owned = {places[place].machine for place in own if place in places} - {None} - devices
        found[zone] = frozenset(
            place.id for place in places.values() if place.id in own or place.machine in owned
        )
    return found
