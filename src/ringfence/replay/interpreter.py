"""One packet from one place: every place that it reaches, directly or through devices."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

from ringfence.model.inventory import Inventory
from ringfence.model.packet import Header
from ringfence.replay.arrival import Passed
from ringfence.replay.devices import Station
from ringfence.replay.fabric import Fabric, Medium, Reach, Vlans, add, domain_medium, lowest
from ringfence.replay.packet import Packet, Spans
from ringfence.replay.path import Crossing, Leg, Step, Trail, draw
from ringfence.replay.places import Place, Surveyor, interface_place
from ringfence.replay.port_filters import Way, let_through
from ringfence.replay.rules import Decision
from ringfence.replay.switching import Switching
from ringfence.replay.translation import NO_CHOICES, Choices
from ringfence.replay.wiring import Bound, WiredDomain, Wiring

_Underway = tuple[Place, Packet, Trail, frozenset[str]]
"""Where a packet is, as what, its way so far, and the places that heard it before."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """The packet reached ``place``: the id of a place, or ``device:<id>`` for a device itself.

    ``header`` is what was received, which devices on the way may have translated.
    """

    place: str
    header: Header
    fabric: Fabric = field(repr=False)
    trail: Trail = field(repr=False)

    @property
    def path(self) -> tuple[Step, ...]:
        """Every station of the shortest way there, from the sender on."""
        return draw(self.fabric, self.trail)

    @property
    def devices(self) -> tuple[str, ...]:
        """The ids of the devices that forwarded the packet, in order."""
        return tuple(part.device for part in self.trail if isinstance(part, Crossing))


@dataclass(frozen=True)
class Interpreter:
    """What happens to single packets in one snapshot, with the physical side as in ``wiring``.

    ``bound`` decides where something is not known or not modelled: less passes in the ``lower``
    bound than may, more in the ``upper``. ``now`` leaves out what does not run or is not connected
    now, and the uplinks that only a failover would use. ``choices`` are what translations that
    may take any of many addresses or ports are to try.
    """

    inventory: Inventory
    wiring: Wiring
    bound: Bound = "lower"
    now: bool = False
    choices: Choices = NO_CHOICES
    _receivers: dict[tuple[str, bool], tuple[Leg, ...]] = field(default_factory=dict, repr=False)
    _decided: dict[tuple[str, Way, Packet], tuple[Decision, ...] | None] = field(
        default_factory=dict, repr=False
    )
    spans: Spans = field(default_factory=Spans, repr=False)

    @cached_property
    def places(self) -> Mapping[str, Place]:
        """Every place that takes part, by id: a place without a network is one that is alone."""
        surveyor = Surveyor(self.fabric, Switching(self.fabric))
        return {place.id: place for place in surveyor.places()}

    def deliveries(self, place: str, header: Header) -> tuple[Delivery, ...]:
        """Return every place that a packet sent by ``place`` reaches, nearest first, in each form.

        All hosts, machines and devices that could pass it on do. The sender's own machine does not
        receive what it sends itself. A place that takes no part reaches nothing. Raises
        ``UsageError`` for a header whose addresses are not of one family.
        """
        origin = self.places.get(place)
        packet = self.spans.packet(header)
        found: dict[tuple[str, Header], Delivery] = {}
        if origin is None:
            return ()

        def arrived(name: str, packet: Packet, trail: Trail) -> None:
            if (name, packet.header) not in found:
                found[name, packet.header] = Delivery(name, packet.header, self.fabric, trail)

        sent = {(origin.id, packet.header)}
        waiting: deque[tuple[Place, Packet, Trail]] = deque([(origin, packet, ())])
        while waiting:
            sender, packet, trail = waiting.popleft()
            for leg in self._passed(sender, packet, starts=not trail):
                if not trail and self._is_own(origin, leg.receiver):
                    continue
                arrived(leg.receiver.id, packet, (*trail, leg))
                for place_or_device, passed, way in self._onward(packet, (*trail, leg), leg):
                    if isinstance(place_or_device, str):
                        arrived(place_or_device, passed, way)
                    elif (place_or_device.id, passed.header) not in sent:
                        sent.add((place_or_device.id, passed.header))
                        waiting.append((place_or_device, passed, way))
        return tuple(found.values())

    def along(self, place: str, header: Header, devices: Sequence[str]) -> tuple[Delivery, ...]:
        """Return every place that a packet reaches over just these devices, one after the other.

        The own services of the last device are among them. Each station hears the packet for the
        first time: what comes back to a network where it was already is no way of its own.
        """
        origin = self.places.get(place)
        if origin is None:
            return ()
        found: dict[tuple[str, Header], Delivery] = {}
        start = frozenset({origin.id})
        waiting: list[_Underway] = [(origin, self.spans.packet(header), (), start)]
        for device in devices:
            after: dict[tuple[str, Header], _Underway] = {}
            for leg, packet, trail, heard in self._newly_heard(origin, waiting):
                for reached, passed, way in self._onward(packet, trail, leg):
                    if not (isinstance(way[-1], Crossing) and way[-1].device == device):
                        continue
                    if not isinstance(reached, str):
                        after.setdefault((reached.id, passed.header), (reached, passed, way, heard))
                    elif device == devices[-1]:
                        delivery = Delivery(reached, passed.header, self.fabric, way)
                        found.setdefault((reached, passed.header), delivery)
            waiting = [*after.values()]
        for leg, packet, trail, _ in self._newly_heard(origin, waiting):
            delivery = Delivery(leg.receiver.id, packet.header, self.fabric, trail)
            found.setdefault((leg.receiver.id, packet.header), delivery)
        return tuple(found.values())

    def _newly_heard(
        self, origin: Place, waiting: Iterable[_Underway]
    ) -> Iterator[tuple[Leg, Packet, Trail, frozenset[str]]]:
        """Yield the legs to places that hear a packet for the first time, with all who did then."""
        for sender, packet, trail, earlier in waiting:
            legs = tuple(self._passed(sender, packet, starts=not trail))
            heard = earlier | {leg.receiver.id for leg in legs}
            for leg in legs:
                if leg.receiver.id not in earlier and (
                    trail or not self._is_own(origin, leg.receiver)
                ):
                    yield leg, packet, (*trail, leg), heard

    def _passed(self, sender: Place, packet: Packet, *, starts: bool) -> Iterator[Leg]:
        """Yield the ways of a packet to those who hear it past the filters at both ends."""
        let_out = self._let_through(sender, packet, "in")
        if let_out is None:
            return
        for leg in self.receivers(sender, starts=starts):
            let_in = self._let_through(leg.receiver, packet, "out")
            if let_in is not None:
                yield replace(leg, let_out=let_out, let_in=let_in) if let_out or let_in else leg

    def _let_through(self, place: Place, packet: Packet, way: Way) -> tuple[Decision, ...] | None:
        """Return what the filters at a place decide, ``None`` where one may stop the packet."""
        if not place.guards:
            return ()
        # The same packet gets here from many places.
        key = (place.id, way, packet)
        if key not in self._decided:
            self._decided[key] = let_through(place.guards, packet, way, self.bound, self.spans)
        return self._decided[key]

    def _onward(
        self, packet: Packet, trail: Trail, leg: Leg
    ) -> Iterator[tuple[Place | str, Packet, Trail]]:
        """Yield what devices make of a packet that a leg ends with.

        With each form of it comes the place that it leaves by, or the name of a device that takes
        it in, and the way so far.
        """
        for station, incoming in self.stations.get(leg.receiver.id, ()):
            arrival, device = station.arrive(packet, incoming), station.device.id
            for passed in arrival.local:
                inside = _crossing(station, incoming, None, packet, passed)
                yield f"device:{device}", passed.packet, (*trail, inside)
            for outgoing, passed in arrival.exits:
                crossing = _crossing(station, incoming, outgoing, packet, passed)
                for exit_place in self.exits.get((device, outgoing), ()):
                    yield exit_place, passed.packet, (*trail, crossing)

    def receivers(self, sender: Place, *, starts: bool = False) -> tuple[Leg, ...]:
        """Return every other place that hears what ``sender`` sends, each once, by id.

        An attacker that ``starts`` there may put several tags on a frame; a device puts none.
        """
        tags = starts and sender.tags and sender.id not in self.stations
        key = (sender.id, tags)
        if key not in self._receivers:
            legs: dict[str, Leg] = {}
            for medium, vlans in self.spread(sender.ends.sends, tags=tags).items():
                for heard, listeners in self._listeners.get(medium, {}).items():
                    if vlans & heard:
                        vlan = lowest(vlans & heard)
                        for listener in listeners:
                            if listener is not sender:
                                leg = Leg(sender, medium, vlan, listener)
                                legs.setdefault(listener.id, leg)
            self._receivers[key] = tuple(legs[name] for name in sorted(legs))
        return self._receivers[key]

    def _is_own(self, origin: Place, receiver: Place) -> bool:
        """Tell whether a machine would be receiving its own frame; a device's NICs are apart."""
        same = origin.machine is not None and origin.machine == receiver.machine
        return same and origin.id not in self.stations

    def spread(self, sends: Reach, *, tags: bool = False) -> Reach:
        """Return where frames get to once switches that join their uplinks have passed them on.

        Those of several ``tags`` go on by the next one wherever the first is stripped.
        """
        reach = dict(sends)
        while self._bridges or tags:
            before = dict(reach)
            for domain in self.fabric.every_domain() if tags else ():
                medium = domain_medium(domain)
                add(reach, medium, self.fabric.stripped(domain, reach.get(medium, 0)))
            for inside, domains in self._bridges:
                for domain in domains:
                    arriving = reach.get(domain_medium(domain), 0)
                    add(reach, inside, self.fabric.received(domain, arriving))
                for domain in domains:
                    leaving = self.fabric.sent(domain, reach.get(inside, 0))
                    add(reach, domain_medium(domain), leaving)
            if reach == before:
                break
        return reach

    @cached_property
    def fabric(self) -> Fabric:
        """The physical side, as the places stand on it."""
        return Fabric(self.inventory, self.wiring, self.bound, self.now)

    @cached_property
    def _bridges(self) -> list[tuple[Medium, tuple[WiredDomain, ...]]]:
        return self.fabric.bridges()

    @cached_property
    def _listeners(self) -> dict[Medium, dict[Vlans, list[Place]]]:
        """The places on each medium, by the VLANs that they hear."""
        listeners: dict[Medium, dict[Vlans, list[Place]]] = {}
        for place in self.places.values():
            for medium, vlans in place.ends.hears.items():
                listeners.setdefault(medium, {}).setdefault(vlans, []).append(place)
        return listeners

    @cached_property
    def stations(self) -> dict[str, list[tuple[Station, str]]]:
        """The devices that stand behind each place, with the names of their interfaces there."""
        stations: dict[str, list[tuple[Station, str]]] = {}
        for device in self.inventory.snapshot.devices:
            wired = tuple(each for each in self.wiring.interfaces if each.device == device.id)
            station = Station(device, wired, self.bound, self.spans, choices=self.choices)
            for interface in wired:
                stations.setdefault(interface_place(interface), []).append(
                    (station, interface.name)
                )
        return stations

    @cached_property
    def exits(self) -> dict[tuple[str, str], list[Place]]:
        """The place of each interface (device and name), where that takes part."""
        exits: dict[tuple[str, str], list[Place]] = {}
        for wired in self.wiring.interfaces:
            place = self.places.get(interface_place(wired))
            if place is not None:
                exits.setdefault((wired.device, wired.name), []).append(place)
        return exits


def _crossing(
    station: Station, incoming: str, outgoing: str | None, packet: Packet, passed: Passed
) -> Crossing:
    device = station.device
    left = None if passed.packet == packet else passed.packet.header
    return Crossing(device.id, device.name, incoming, outgoing, passed.decisions, left=left)
