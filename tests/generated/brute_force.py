"""Every packet of a small universe from every place of every zone, through the interpreter."""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import ip_address

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
        Inventory(network.snapshot), network.wiring, bound, choices=tried(network)
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
    seen: dict[str, dict[str, set[Header]]] = {}
    for source in zones:
        for place in starting(network, interpreter, standing_in[source]):
            if place not in seen:
                seen[place] = _from_place(interpreter, network, place)
            for arrived, headers in seen[place].items():
                into = management if arrived in _own_inputs(network) else standing.get(arrived, ())
                for destination in into:
                    if destination != source:
                        reached[source, destination] |= headers
    return {pair: frozenset(headers) for pair, headers in reached.items()}


def tried(network: Network) -> Choices:
    """Return the addresses and ports of the universe, for translations that may take any."""
    addresses = {
        int(ip_address(text))
        for header in network.universe
        for text in (header.source, header.destination)
    }
    return Choices(frozenset(addresses), TRIED_PORTS)


def zones_of_places(
    network: Network, interpreter: Interpreter, bound: Bound
) -> dict[str, frozenset[str]]:
    """Return the zones that each place is in; undecided ones are in each that may be meant."""
    standing: dict[str, frozenset[str]] = {f"external:{EXTERNAL}": frozenset((EXTERNAL,))}
    owned: dict[str, set[str]] = {}
    for member in network.memberships:
        zones = _zones(member, bound)
        standing[member.attachment] = zones
        if member.attachment in interpreter.places:
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


def _from_place(interpreter: Interpreter, network: Network, place: str) -> dict[str, set[Header]]:
    """Return the packets of the universe that get from one place to each other, as they do."""
    reached: dict[str, set[Header]] = {}
    for header in network.universe:
        for delivery in interpreter.deliveries(place, header):
            reached.setdefault(delivery.place, set()).add(delivery.header)
    if interpreter.bound == "upper":
        anything = _translated(interpreter, network, place)
        for device, exits in rewriting(network).items():
            if anything & set(exits):
                reached.setdefault(f"device:{device}", set()).update(network.universe)
        for exit_place in anything:
            for header in network.universe:
                for delivery in interpreter.deliveries(exit_place, header):
                    reached.setdefault(delivery.place, set()).add(delivery.header)
    return reached


def _translated(interpreter: Interpreter, network: Network, place: str) -> set[str]:
    """Return from where any packet may be sent on, since something may have been rewritten."""
    translators = {place: exits for exits in rewriting(network).values() for place in exits}
    every_exit = set().union(*translators.values())
    found: set[str] = set()
    waiting = {place} if translators else set()
    tried: set[str] = set()
    while waiting and found < every_exit:
        each = waiting.pop()
        tried.add(each)
        for header in probes():
            for delivery in interpreter.deliveries(each, header):
                found.update(translators.get(delivery.place, ()))
            if found == every_exit:
                break
        waiting |= found - tried
    return found


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
