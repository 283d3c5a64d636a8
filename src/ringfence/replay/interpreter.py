"""One packet from one place: every place that it reaches, directly or through devices."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

from ringfence.model.inventory import Inventory
from ringfence.model.packet import Header
from ringfence.replay.devices import Decisions, Station
from ringfence.replay.fabric import Fabric, Medium, Reach, Vlans, add, domain_medium, lowest
from ringfence.replay.packet import Packet, Spans
from ringfence.replay.path import Crossing, Leg, Step, Trail, draw
from ringfence.replay.places import Place, Surveyor, interface_place
from ringfence.replay.port_filters import let_through
from ringfence.replay.switching import Switching
from ringfence.replay.wiring import Bound, WiredDomain, Wiring


@dataclass(frozen=True, slots=True)
class Delivery:
    """The packet reached ``place``: the id of a place, or ``device:<id>`` for a device itself."""

    place: str
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
    now, and the uplinks that only a failover would use.
    """

    inventory: Inventory
    wiring: Wiring
    bound: Bound = "lower"
    now: bool = False
    _receivers: dict[str, tuple[Leg, ...]] = field(default_factory=dict, repr=False)
    spans: Spans = field(default_factory=Spans, repr=False)

    @cached_property
    def places(self) -> Mapping[str, Place]:
        """Every place that takes part, by id: a place without a network is one that is alone."""
        surveyor = Surveyor(self.fabric, Switching(self.fabric))
        return {place.id: place for place in surveyor.places()}

    def deliveries(self, place: str, header: Header) -> tuple[Delivery, ...]:
        """Return every place that a packet sent by ``place`` reaches, nearest first.

        All hosts, machines and devices that could pass it on do. The sender's own machine does not
        receive what it sends itself. A place that takes no part reaches nothing. Raises
        ``UsageError`` for a header whose addresses are not of one family.
        """
        packet = self.spans.packet(header)
        found: dict[str, Delivery] = {}
        origin = self.places.get(place)
        if origin is None:
            return ()
        sent_by = {origin.id}
        waiting: deque[tuple[Place, Trail]] = deque([(origin, ())])
        while waiting:
            sender, trail = waiting.popleft()
            for leg in self._passed(sender, packet):
                receiver = leg.receiver
                if not trail and self._is_own(origin, receiver):
                    continue
                here = (*trail, leg)
                found.setdefault(receiver.id, Delivery(receiver.id, self.fabric, here))
                for station, incoming in self.stations.get(receiver.id, ()):
                    arrival = station.arrive(packet, incoming)
                    device = station.device
                    if arrival.local is not None:
                        inside = Crossing(device.id, device.name, incoming, None, arrival.local)
                        name = f"device:{device.id}"
                        found.setdefault(name, Delivery(name, self.fabric, (*here, inside)))
                    for outgoing, decisions in arrival.exits:
                        for exit_place in self.exits.get((device.id, outgoing), ()):
                            if exit_place.id in sent_by:
                                continue
                            sent_by.add(exit_place.id)
                            crossing = _crossing(station, incoming, outgoing, decisions)
                            waiting.append((exit_place, (*here, crossing)))
        return tuple(found.values())

    def _passed(self, sender: Place, packet: Packet) -> Iterator[Leg]:
        """Yield the ways of a packet to those who hear it past the filters at both ends."""
        let_out = let_through(sender.guards, packet, "in", self.bound, self.spans)
        if let_out is None:
            return
        for leg in self.receivers(sender):
            guards = leg.receiver.guards
            let_in = let_through(guards, packet, "out", self.bound, self.spans)
            if let_in is not None:
                yield replace(leg, let_out=let_out, let_in=let_in) if let_out or let_in else leg

    def receivers(self, sender: Place) -> tuple[Leg, ...]:
        """Return every other place that hears what ``sender`` sends, each once, by id."""
        if sender.id not in self._receivers:
            legs: dict[str, Leg] = {}
            for medium, vlans in self.spread(sender.ends.sends).items():
                for heard, listeners in self._listeners.get(medium, {}).items():
                    if vlans & heard:
                        vlan = lowest(vlans & heard)
                        for listener in listeners:
                            if listener is not sender:
                                leg = Leg(sender, medium, vlan, listener)
                                legs.setdefault(listener.id, leg)
            self._receivers[sender.id] = tuple(legs[name] for name in sorted(legs))
        return self._receivers[sender.id]

    def _is_own(self, origin: Place, receiver: Place) -> bool:
        """Tell whether a machine would be receiving its own frame; a device's NICs are apart."""
        same = origin.machine is not None and origin.machine == receiver.machine
        return same and origin.id not in self.stations

    def spread(self, sends: Reach) -> Reach:
        """Return where frames get to once switches that join their uplinks have passed them on."""
        reach = dict(sends)
        while self._bridges:
            before = dict(reach)
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
            station = Station(device, wired, self.bound, self.spans)
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


def _crossing(station: Station, incoming: str, outgoing: str, decisions: Decisions) -> Crossing:
    device = station.device
    return Crossing(device.id, device.name, incoming, outgoing, decisions)
