"""Every packet of a small universe from every place of every zone, through the interpreter."""

from __future__ import annotations

from collections.abc import Iterable

from generated.network import EXTERNAL, INTERNAL, Network
from generated.translation import TRIED_PORTS
from generated.universe import probes
from ringfence.model.facts import NotRead
from ringfence.model.inventory import Inventory
from ringfence.model.packet import Header
from ringfence.policy.membership import Membership
from ringfence.replay.interpreter import Interpreter
from ringfence.replay.translation import Choices
from ringfence.replay.wiring import Bound

Matrix = dict[tuple[str, str], frozenset[Header]]


def brute_force(network: Network, bound: Bound) -> Matrix:
    """Return which packets of the universe get from each zone to each other zone."""
    interpreter = Interpreter(
        Inventory(network.snapshot),
        network.wiring,
        bound,
        choices=tried(network),
        spans=network.spans,
    )
    zones = network.policy.zones
    standing = zones_of_places(network, interpreter, bound)
    standing_in = {zone: {place for place in standing if zone in standing[place]} for zone in zones}
    management = {name for name, zone in zones.items() if zone.role == "management"}
    reached: dict[tuple[str, str], set[Header]] = {
        (source, destination): set()
        for source in zones
        for destination in zones
        if source != destination
    }
    senders = _Senders(interpreter, network)
    seen: dict[str, dict[str, set[Header]]] = {}
    for source in zones:
        for place in starting(network, interpreter, standing_in[source]):
            if place not in seen:
                seen[place] = senders.reached(place)
            for arrived, headers in seen[place].items():
                into = management if arrived in _own_inputs(network) else standing.get(arrived, ())
                for destination in into:
                    if destination != source:
                        reached[source, destination] |= headers
    return {pair: frozenset(headers) for pair, headers in reached.items()}


def tried(network: Network) -> Choices:
    """Return the addresses and ports of the universe, for translations that may take any."""
    packets = map(network.spans.packet, network.universe)
    addresses = {address for one in packets for address in (one.source, one.destination)}
    return Choices(frozenset(addresses), TRIED_PORTS)


def zones_of_places(
    network: Network, interpreter: Interpreter, bound: Bound
) -> dict[str, frozenset[str]]:
    """Return the zones that each place is in; undecided ones are in each that may be meant."""
    standing: dict[str, frozenset[str]] = {f"external:{EXTERNAL}": frozenset((EXTERNAL,))}
    owned: dict[str, set[str]] = {}
    # A NIC that an edit took off its network keeps its zone, and takes no part.
    nowhere = {
        nic.id
        for machine in network.snapshot.machines
        for nic in (() if isinstance(machine.nics, NotRead) else machine.nics)
        if nic.port_group is None
    }
    for member in network.memberships:
        zones = _zones(member, bound)
        standing[member.attachment] = zones
        if member.attachment in interpreter.places and member.attachment not in nowhere:
            owned.setdefault(member.owner, set()).update(zones)
    for place in interpreter.places.values():
        if place.kind == "passthrough":
            zones = frozenset(owned.get(place.owner, ()))
            # A machine of which nothing else takes part may be in any zone.
            standing[place.id] = zones or frozenset(INTERNAL if bound == "upper" else ())
    return standing


def _zones(member: Membership, bound: Bound) -> frozenset[str]:
    if member.zone is not None:
        return frozenset((member.zone,))
    return frozenset(member.candidates) if bound == "upper" else frozenset()


def starting(network: Network, interpreter: Interpreter, own: Iterable[str]) -> set[str]:
    """Return where attackers of a zone start: its places, and all NICs of machines with one."""
    places = interpreter.places
    owned = {places[place].machine for place in own if place in places} - {None}
    devices = {device.machine for device in network.snapshot.devices}
    return {
        place.id
        for place in places.values()
        if place.id in own or (place.machine in owned and place.machine not in devices)
    }


def _own_inputs(network: Network) -> set[str]:
    return {f"device:{device.id}" for device in network.snapshot.devices}


class _Senders:
    """What gets from each place to each other; what one place sends is tried once."""

    def __init__(self, interpreter: Interpreter, network: Network) -> None:
        self._interpreter = interpreter
        self._network = network
        self._rewriting = rewriting(network) if interpreter.bound == "upper" else {}
        self._exits = {place: exits for exits in self._rewriting.values() for place in exits}
        self._sent: dict[str, dict[str, set[Header]]] = {}
        self._met: dict[str, set[str]] = {}

    def reached(self, place: str) -> dict[str, set[Header]]:
        """Return the packets of the universe that get from one place to each other, as they do."""
        reached = {there: set(headers) for there, headers in self._delivered(place).items()}
        anything = self._rewritten(place)
        for device, exits in self._rewriting.items():
            if anything & set(exits):
                reached.setdefault(f"device:{device}", set()).update(self._network.universe)
        for exit_place in anything:
            for there, headers in self._delivered(exit_place).items():
                reached.setdefault(there, set()).update(headers)
        return reached

    def _delivered(self, place: str) -> dict[str, set[Header]]:
        """Return the packets of the universe that a place sends where they are delivered."""
        if place not in self._sent:
            reached: dict[str, set[Header]] = {}
            for header in self._network.universe:
                for delivery in self._interpreter.deliveries(place, header):
                    reached.setdefault(delivery.place, set()).add(delivery.header)
            self._sent[place] = reached
        return self._sent[place]

    def _rewritten(self, place: str) -> set[str]:
        """Return from where any packet may be sent on, since something may have been rewritten."""
        every_exit = set().union(*self._exits.values())
        found: set[str] = set()
        waiting = {place} if self._exits else set()
        tried: set[str] = set()
        while waiting and found < every_exit:
            each = waiting.pop()
            tried.add(each)
            found |= self._exits_met(each, every_exit)
            waiting |= found - tried
        return found

    def _exits_met(self, place: str, every_exit: set[str]) -> set[str]:
        """Return the exits of those devices which some packet of a place gets to."""
        if place not in self._met:
            found: set[str] = set()
            for header in probes():
                for delivery in self._interpreter.deliveries(place, header):
                    found.update(self._exits.get(delivery.place, ()))
                if found == every_exit:
                    break
            self._met[place] = found
        return self._met[place]


def rewriting(network: Network) -> dict[str, tuple[str, ...]]:
    """Return the places of each device that may rewrite packets in ways that are not known.

    With it come the device and its places. Once anything at all gets there, any packet may leave by
    every interface of the device.
    """
    return {
        device.id: tuple(
            wired.nic or f"device:{wired.device}/{wired.name}"
            for wired in network.wiring.interfaces
            if wired.device == device.id
        )
        for device in network.snapshot.devices
        if device.not_understood or isinstance(device.chains, NotRead)
    }
