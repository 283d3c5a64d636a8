"""Choosing one plausible packet out of a set, and the weakest attacker who can send it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ringfence.model.packet import FRAGMENTS, ICMP, ICMPV6, PROTOCOLS_WITH_PORTS, TCP, UDP, Header
from ringfence.reach.fields import IPV4, Field, Interval, address_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ringfence.reach.headers import HeaderSet, HeaderSpace
    from ringfence.reach.question import Question
    from ringfence.reach.results import Attacker

_SYN: Final = 2
_CLIENT_PORT: Final = 49152  # the first dynamic port of RFC 6335
USUAL_PORTS: Final = (22, 443, 3389, 445, 80, 1433, 5432, 53)
_HIGHEST_VALUE: Final = {Field.PROTOCOL: 255, Field.ICMP: 65535, Field.TCP_FLAGS: 63}


def weakest_attacker(
    question: Question, headers: HeaderSet, source: str, destination: str
) -> tuple[Attacker, HeaderSet]:
    """Return the weakest attacker to whom some of ``headers`` is open, and which headers.

    An honest machine sends from an address of its zone to an address of the other; one that
    spoofs sends from any; one that poisons ARP or neighbour discovery makes packets to any
    address arrive.
    """
    space = question.space
    own = question.sent_by(source)
    theirs = question.sent_to(destination)
    if destination in question.upper.management:
        theirs |= space.intervals(Field.DESTINATION, question.device_addresses)
    at_home = question.sent_to(destination, settled=True)
    for addresses in (at_home, theirs):
        honest = headers & own & addresses
        if honest != space.nothing:
            return "honest", honest
    spoofed = headers & theirs
    if spoofed != space.nothing:
        return "spoofing", spoofed
    return "poisoning", headers


def a_part(space: HeaderSpace, headers: HeaderSet) -> HeaderSet:
    """Return some headers of a set that nothing tells apart, none where it is empty."""
    picked = space.pick(headers)
    if picked is None:
        return space.nothing
    part = headers
    for field, interval in picked.items():
        part &= space.interval(field, interval)
    return part


def plausible(question: Question, headers: HeaderSet) -> Iterator[Header]:
    """Yield packets of a set, the most plausible first: TCP to a usual port, then UDP, then ICMP.

    Nothing is yielded for an empty set.
    """
    space = question.space
    for protocol in (TCP, UDP, ICMP, ICMPV6, None):
        narrowed = headers
        if protocol is not None:
            narrowed = headers & _at(question, Field.PROTOCOL, protocol)
        if narrowed == space.nothing:
            continue
        for field, value in _preferences(protocol):
            preferred = narrowed & _at(question, field, value)
            if preferred != space.nothing:
                narrowed = preferred
        picked = space.pick(narrowed)
        if picked is not None:
            yield _header(picked, protocol)


def _preferences(protocol: int | None) -> Iterator[tuple[Field, int]]:
    yield Field.FRAGMENT, FRAGMENTS.index("none")
    yield Field.DESTINATION, 0x0A000000  # any IPv4 atom near private space reads best
    if protocol == TCP:
        yield Field.TCP_FLAGS, _SYN
    if protocol in (TCP, UDP):
        yield Field.SOURCE_PORT, _CLIENT_PORT
        for port in USUAL_PORTS:
            yield Field.DESTINATION_PORT, port
    if protocol == ICMP:
        yield Field.ICMP, 8 * 256
    if protocol == ICMPV6:
        yield Field.ICMP, 128 * 256


def _at(question: Question, field: Field, value: int) -> HeaderSet:
    atoms = question.space.atoms
    return question.space.interval(field, atoms.interval(field, atoms.index(field, value)))


def _value(picked: dict[Field, Interval], field: Field, *wanted: int) -> int:
    first, last = picked[field]
    return next((one for one in wanted if first <= one <= last), first)


def _header(picked: dict[Field, Interval], protocol: int | None) -> Header:
    number = _value(picked, Field.PROTOCOL, protocol or 0)
    fragment = FRAGMENTS[_value(picked, Field.FRAGMENT)]
    ports = number in PROTOCOLS_WITH_PORTS and fragment != "later"
    icmp = number in (ICMP, ICMPV6) and fragment != "later"
    kind = _value(picked, Field.ICMP, 8 * 256 if number == ICMP else 128 * 256)
    return Header(
        source=_address(picked[Field.SOURCE]),
        destination=_address(picked[Field.DESTINATION]),
        protocol=number,
        source_port=_value(picked, Field.SOURCE_PORT, _CLIENT_PORT) if ports else None,
        destination_port=(_value(picked, Field.DESTINATION_PORT, *USUAL_PORTS) if ports else None),
        icmp_type=kind // 256 if icmp else None,
        icmp_code=kind % 256 if icmp else None,
        tcp_flags=_value(picked, Field.TCP_FLAGS, _SYN) if number == TCP and ports else None,
        fragment=fragment,
    )


def _address(interval: Interval) -> str:
    """Return an address of an interval; in a wide one, not the network's own number."""
    first, last = interval
    wide = last - first > 2 and (first == IPV4[0] or first & 0xFF == 0)
    return address_text(first + 1 if wide else first)
