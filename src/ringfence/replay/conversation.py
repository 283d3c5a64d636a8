"""Whether one honest conversation works now: on every branch, there and back, and what stops it."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from ipaddress import ip_address

import msgspec

from ringfence.model.facts import NotRead
from ringfence.model.packet import ICMP, ICMPV6, TCP, Header
from ringfence.replay.devices import Station
from ringfence.replay.interpreter import Interpreter
from ringfence.replay.packet import Family, Packet, Spans, packet_of
from ringfence.replay.path import Crossing, Leg, Step, Trail, draw
from ringfence.replay.places import Place
from ringfence.replay.port_filters import Way as FilterWay

_SYN_ACK = 18
_ANSWERS = {(ICMP, 8): 0, (ICMPV6, 128): 129}


def answer_to(header: Header) -> Header | None:
    """Return what answers the first packet of a conversation, ``None`` where nothing does."""
    swapped = msgspec.structs.replace(
        header,
        source=header.destination,
        destination=header.source,
        source_port=header.destination_port,
        destination_port=header.source_port,
    )
    if header.protocol == TCP:
        return msgspec.structs.replace(swapped, tcp_flags=_SYN_ACK)
    if header.protocol in {ICMP, ICMPV6}:
        kind = _ANSWERS.get((header.protocol, header.icmp_type or 0))
        if kind is None or header.icmp_code:
            return None
        return msgspec.structs.replace(swapped, icmp_type=kind)
    return swapped


@dataclass(frozen=True, slots=True)
class Ending:
    """How one branch ends: delivered, or stopped by ``reason``; ``crossed`` are its devices."""

    trail: Trail
    reason: str = ""
    crossed: frozenset[str] = frozenset()

    @property
    def delivered(self) -> bool:
        """Whether the packet got where it was sent."""
        return not self.reason


@dataclass(frozen=True, slots=True)
class _Journey:
    """A packet, whom it is meant for, and what it answers as seen by the devices ``knowing``."""

    packet: Packet
    receivers: frozenset[str]
    knowing: frozenset[str]
    asked: Packet | None


Way = tuple[Ending, ...]
"""All branches of what becomes of a packet once it was handed to its first receiver."""


@dataclass(frozen=True, slots=True)
class Stop:
    """What stops a conversation: why, and the stations up to there."""

    reason: str
    path: tuple[Step, ...]


@dataclass(frozen=True)
class Conversations:
    """Conversations in one network as it is now; ``addresses`` are those of each place.

    An address is one, or a range such as ``0.0.0.0/0`` for what stands outside.
    """

    interpreter: Interpreter
    addresses: Mapping[str, tuple[str, ...]]

    def works(
        self, place: str, header: Header, there: Collection[str], back: Collection[str]
    ) -> bool:
        """Tell whether a packet from ``place`` is delivered to ``there`` and answered to ``back``.

        Both are ids of places. A machine hands a packet to whoever gets it on: its gateway is
        taken to be right.
        """
        ways = self._ways(place, header, there, (), None)
        return any(self._goes_on(header, way, there, back) for way in ways)

    def _goes_on(
        self, header: Header, way: Way, there: Collection[str], back: Collection[str]
    ) -> bool:
        arrives = all(ending.delivered for ending in way)
        return arrives and self._answered(header, way, there, back)

    def stop(
        self, place: str, header: Header, there: Collection[str], back: Collection[str]
    ) -> Stop | None:
        """Return what stops a conversation where it gets farthest, ``None`` where it works."""
        sender = self.interpreter.places.get(place)
        if sender is None:
            return Stop("the sender does not run, or is not connected", ())
        ways = [*self._ways(place, header, there, (), None)]
        if any(self._goes_on(header, way, there, back) for way in ways):
            return None
        stops = []
        for way in ways:
            failing = next((ending for ending in way if not ending.delivered), None)
            if failing is not None:
                stops.append((len(failing.trail), failing))
            else:
                stops.extend(self._stopped_answers(header, way, there, back))
        if not stops:
            group = self.interpreter.inventory.port_groups.get(sender.group or "")
            where = "" if group is None else f" on {group.name}"
            reason = f"nobody that {sender.label} reaches{where} has {header.destination}"
            return Stop(f"{reason} or forwards to it", ())
        _, farthest = max(stops, key=lambda one: one[0])
        return Stop(farthest.reason, draw(self.interpreter.fabric, farthest.trail))

    def _stopped_answers(
        self, header: Header, way: Way, there: Collection[str], back: Collection[str]
    ) -> Iterator[tuple[int, Ending]]:
        answer = answer_to(header)
        if answer is None:
            return
        offset = 1 + max(len(ending.trail) for ending in way)
        for ending in way:
            for place in self._holders(header.destination, there):
                for returning in self._ways(place, answer, back, ending.crossed, header):
                    for each in returning:
                        if not each.delivered:
                            reason = f"the answer is stopped: {each.reason}"
                            yield offset + len(each.trail), Ending(each.trail, reason)
                if not any(True for _ in self._ways(place, answer, back, ending.crossed, header)):
                    yield offset, Ending((), f"the answer is handed to nobody by {place}")

    def _answered(
        self, header: Header, way: Way, there: Collection[str], back: Collection[str]
    ) -> bool:
        """Tell whether the answer comes back, whichever branch the packet itself took."""
        answer = answer_to(header)
        if answer is None:
            return True
        for place in self._holders(header.destination, there):
            returns = [[*self._ways(place, answer, back, ending.crossed, header)] for ending in way]
            # The same first receiver stands at the same place in each list.
            for same in zip(*returns, strict=True):
                if all(ending.delivered for one in same for ending in one):
                    return True
        return False

    def _ways(
        self,
        place: str,
        header: Header,
        receivers: Collection[str],
        knowing: Collection[str],
        asked: Header | None,
    ) -> Iterator[Way]:
        """Yield what becomes of a packet for each first receiver that may be meant for it.

        ``asked`` is what it answers, ``knowing`` are the devices that saw that.
        """
        sender = self.interpreter.places.get(place)
        journey = _Journey(
            packet_of(header),
            frozenset(receivers),
            frozenset(knowing),
            None if asked is None else packet_of(asked),
        )
        if sender is None or not self._passes(sender, journey, "in", knows=True):
            return
        for leg in self.interpreter.receivers(sender):
            if self._arrives(leg, journey):
                yield (Ending((leg,)),)
            for station, name in self.interpreter.stations.get(leg.receiver.id, ()):
                yield tuple(self._on(station, name, journey, (leg,)))

    def _passes(self, place: Place, journey: _Journey, way: FilterWay, *, knows: bool) -> bool:
        """Tell whether the filters at a place let a packet by, as new or as an answer.

        One that keeps connections lets an answer by where it let by what was asked.
        """
        bound, spans = self.interpreter.bound, self.interpreter.spans
        for guard in place.guards:
            if guard.decide(journey.packet, way, bound, spans) is not None:
                continue
            asked = journey.asked if knows else None
            keeps = guard.sure and guard.known is not None and guard.known.stateful
            other: FilterWay = "out" if way == "in" else "in"
            if asked is None or not keeps or guard.decide(asked, other, bound, spans) is None:
                return False
        return True

    def _arrives(self, leg: Leg, journey: _Journey) -> bool:
        """Tell whether a leg ends at a place that the packet is meant for."""
        place = leg.receiver
        wanted = journey.packet.header.destination
        return (
            place.id in journey.receivers
            and self.holds(place.id, wanted)
            and self._passes(place, journey, "out", knows=True)
        )

    def _on(
        self, station: Station, incoming: str, journey: _Journey, trail: Trail
    ) -> Iterator[Ending]:
        """Yield every ending of a packet that an interface of a device received."""
        device, packet = station.device, journey.packet
        crossed = _crossed(trail)
        kept = (*trail, Crossing(device.id, device.name, incoming, None, (), stopped=True))
        if any(
            isinstance(part, Crossing) and (part.device, part.incoming) == (device.id, incoming)
            for part in trail
        ):
            yield Ending(kept, f"it goes round in a circle through {device.name}", crossed)
            return
        knows = device.id in journey.knowing
        arrived = trail[-1]
        if isinstance(arrived, Leg) and not self._passes(
            arrived.receiver, journey, "out", knows=knows
        ):
            yield Ending(kept, f"the filter at {arrived.receiver.label} stops it", crossed)
            return
        branches = station.branches(packet, incoming, answers=knows)
        if not branches:
            yield Ending(kept, station.why_kept(packet, incoming), crossed)
        for branch in branches:
            if branch.interface is None:
                wanted = packet.header.destination
                yield Ending(kept, f"{device.name} discards what is sent to {wanted}", crossed)
            elif branch.decisions is None:
                reason = station.refusal(packet, incoming, branch.interface, answers=knows)
                yield Ending(kept, reason, crossed)
            else:
                crossing = Crossing(
                    device.id, device.name, incoming, branch.interface, branch.decisions
                )
                behind = f"{branch.interface} of {device.name}"
                exits = self.interpreter.exits.get((device.id, branch.interface), ())
                yield from self._out(exits, branch.next_hop, behind, journey, (*trail, crossing))

    def _out(
        self,
        exits: Collection[Place],
        hop: str | None,
        behind: str,
        journey: _Journey,
        trail: Trail,
    ) -> Iterator[Ending]:
        """Yield the endings of a packet that left a device by an interface."""
        crossed, wanted = _crossed(trail), journey.packet.header.destination
        if not exits:
            yield Ending(trail, f"the interface {behind} is attached to nothing", crossed)
            return
        last = trail[-1]
        knows = isinstance(last, Crossing) and last.device in journey.knowing
        letting = [place for place in exits if self._passes(place, journey, "in", knows=knows)]
        if not letting:
            yield Ending(trail, f"the filter at the port of {behind} stops it", crossed)
            return
        legs = [leg for place in letting for leg in self.interpreter.receivers(place)]
        handed = [
            (leg, station, name)
            for leg in legs
            for station, name in self.interpreter.stations.get(leg.receiver.id, ())
            if hop is not None and _has_address(station, name, hop)
        ]
        for leg, station, name in handed:
            yield from self._on(station, name, journey, (*trail, leg))
        if handed:
            return
        # Only outside, what is no known device's next hop knows its own ways.
        ends = [
            leg
            for leg in legs
            if (hop is None or leg.receiver.kind == "external") and self._arrives(leg, journey)
        ]
        if ends:
            yield Ending((*trail, ends[0]), "", crossed)
        elif hop is None:
            yield Ending(trail, f"nobody behind {behind} has {wanted}", crossed)
        else:
            why = f"nobody behind {behind} has the next hop's address {hop}"
            yield Ending(trail, why, crossed)

    def _holders(self, address: str, places: Collection[str]) -> Iterator[str]:
        return (place for place in sorted(places) if self.holds(place, address))

    def holds(self, place: str, address: str) -> bool:
        """Tell whether a place has an address."""
        number = ip_address(address)
        family: Family = 4 if number.version == 4 else 6
        return any(
            self._spans.of(text).holds(family, int(number))
            for text in self.addresses.get(place, ())
        )

    @cached_property
    def _spans(self) -> Spans:
        return Spans()


def _has_address(station: Station, name: str, address: str) -> bool:
    interfaces = station.device.interfaces
    for one in () if isinstance(interfaces, NotRead) else interfaces:
        if one.name == name and not isinstance(one.addresses, NotRead):
            wanted = ip_address(address)
            return any(ip_address(text.partition("/")[0]) == wanted for text in one.addresses)
    return False


def _crossed(trail: Trail) -> frozenset[str]:
    """Return the devices that let a packet through on its way so far."""
    return frozenset(
        part.device for part in trail if isinstance(part, Crossing) and not part.stopped
    )
