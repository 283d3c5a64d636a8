"""Where the engine says that a delivered packet comes from, sent there and followed."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import ip_address
from typing import Final

from generated.brute_force import rewriting, starting, zones_of_places
from generated.network import Network
from generated.translation import TRIED_PORTS
from ringfence.model.facts import NotRead
from ringfence.model.inventory import Inventory
from ringfence.model.packet import FRAGMENTS, ICMP, ICMPV6, PROTOCOLS_WITH_PORTS, TCP, Header
from ringfence.reach.fields import (
    Field,
    Interval,
    address_interval,
    address_text,
    header_values,
)
from ringfence.reach.headers import HeaderSet, HeaderSpace
from ringfence.reach.question import Question
from ringfence.replay.interpreter import Interpreter
from ringfence.replay.translation import Choices
from ringfence.replay.wiring import Bound

_MOST_PICKED: Final = 4  # headers that a place sends


def is_sent_so(
    case: Network, question: Question, source: str, destination: str, header: Header, bound: Bound
) -> bool:
    """Tell whether something in a zone can send a packet that is delivered with this header.

    The engine says what has to be sent, the interpreter what becomes of it.
    """
    space, matrix = question.space, question.matrix(bound)
    values = header_values(header)
    wanted = space.everything
    for field, value in values.items():
        atom = space.atoms.interval(field, space.atoms.index(field, value))
        wanted &= space.interval(field, atom)
    origins = matrix.origins(destination, wanted)
    interpreter = Interpreter(Inventory(case.snapshot), case.wiring, bound)
    standing = zones_of_places(case, interpreter, bound)
    own = {place for place, zones in standing.items() if source in zones}
    exits_of = {place: exits for exits in rewriting(case).values() for place in exits}
    waiting = sorted(starting(case, interpreter, own))
    sent_from = set(waiting)
    while waiting:
        place = waiting.pop(0)
        if place not in question.places.by_id:
            continue  # attached nowhere, it sends nothing
        sent = origins.sent_by(question.places.by_id[place])
        for picked in _likely(space, sent, values):
            first = _header(picked, values, shifts(case))
            tried = Interpreter(
                Inventory(case.snapshot), case.wiring, bound, choices=_choices(first, header)
            )
            for delivery in tried.deliveries(place, first):
                into = standing.get(delivery.place, frozenset())
                if delivery.place.startswith("device:"):
                    into = matrix.management
                # What may be rewritten in any way may be taken in, and leave, as anything.
                exits = exits_of.get(delivery.place, ())
                if exits and destination in matrix.management:
                    return True
                if destination in into and delivery.header == header:
                    return True
                waiting.extend(one for one in exits if one not in sent_from)
                sent_from.update(exits)
    return False


def _likely(
    space: HeaderSpace, sent: HeaderSet, values: dict[Field, int]
) -> Iterator[dict[Field, Interval]]:
    """Yield where headers of a set may lie, those with the wanted values first.

    The first may be what a machine sends itself, which is no delivery.
    """
    for _ in range(_MOST_PICKED):
        picked = space.pick(_nearest(space, sent, values))
        if picked is None:
            return
        yield picked
        alike = space.everything
        for field, interval in picked.items():
            alike &= space.interval(field, interval)
        sent = space.without(sent, alike)


def _nearest(space: HeaderSpace, sent: HeaderSet, values: dict[Field, int]) -> HeaderSet:
    """Return the headers that have the wanted values in as many fields as may be."""
    for field, value in values.items():
        atom = space.atoms.interval(field, space.atoms.index(field, value))
        alike = sent & space.interval(field, atom)
        sent = sent if alike == space.nothing else alike
    return sent


def _choices(*headers: Header) -> Choices:
    addresses = {
        int(ip_address(one)) for each in headers for one in (each.source, each.destination)
    }
    ports = {one for each in headers for one in (each.source_port, each.destination_port)} - {None}
    return Choices(frozenset(addresses), TRIED_PORTS | ports)


def shifts(case: Network) -> frozenset[int]:
    """Return by how much translations from prefix to prefix move addresses, none among them."""
    translations = (
        rule.translation
        for device in case.snapshot.devices
        if not isinstance(device.chains, NotRead)
        for chain in device.chains
        for rule in chain.rules
    )
    return frozenset({0}) | {
        address_interval(one.addresses[0])[0] - address_interval(one.prefix)[0]
        for one in translations
        if one is not None and one.prefix is not None
    }


def _header(
    picked: dict[Field, Interval], wanted: dict[Field, int], moved: frozenset[int]
) -> Header:
    """Return a header of picked intervals, with values that become the wanted ones if any do."""
    values = {
        field: next(
            (
                wanted[field] - by
                for by in sorted(moved, key=abs)
                if first <= wanted[field] - by <= last
            ),
            first,
        )
        for field, (first, last) in picked.items()
    }
    protocol = values[Field.PROTOCOL]
    fragment = FRAGMENTS[values[Field.FRAGMENT]]
    whole = fragment != "later"
    ported, icmp = protocol in PROTOCOLS_WITH_PORTS and whole, protocol in (ICMP, ICMPV6) and whole
    kind, code = divmod(values[Field.ICMP], 256)
    return Header(
        source=address_text(values[Field.SOURCE]),
        destination=address_text(values[Field.DESTINATION]),
        protocol=protocol,
        source_port=values[Field.SOURCE_PORT] if ported else None,
        destination_port=values[Field.DESTINATION_PORT] if ported else None,
        icmp_type=kind if icmp else None,
        icmp_code=code if icmp else None,
        tcp_flags=values[Field.TCP_FLAGS] if protocol == TCP and whole else None,
        fragment=fragment,
    )
