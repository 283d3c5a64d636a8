"""Conditions of rules and terms of flows as boxes: for each field, the intervals that it allows.

Every condition compares single fields with ranges, so that a rule is one box; a rule whose
condition never holds has none.
"""

from __future__ import annotations

from functools import lru_cache
from ipaddress import ip_address, ip_network
from typing import TYPE_CHECKING, Final, NamedTuple, assert_never

from ringfence.certificate.diagram import (
    ADDRESS_LAST,
    DESTINATION,
    DESTINATION_PORT,
    FRAGMENT,
    ICMP,
    IPV4,
    IPV6,
    IPV6_START,
    LAST_VALUES,
    PROTOCOL,
    SOURCE,
    SOURCE_PORT,
    TCP_FLAGS,
    Box,
    Interval,
    common,
    joined,
    outside,
)
from ringfence.model import packet
from ringfence.model.rules import (
    AddressMatch,
    Condition,
    FamilyMatch,
    FragmentMatch,
    IcmpMatch,
    InterfaceMatch,
    NumberRange,
    PortMatch,
    ProtocolMatch,
    Rule,
    StateMatch,
    TcpFlagsMatch,
    UnmodelledMatch,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ringfence.policy.narrowing import FlowTerms
    from ringfence.policy.services import ServiceTerm

_FRAGMENTS: Final = ("none", "first", "later")
_NOT_LATER: Final = ((0, 1),)  # a later fragment has no ports, types or flags
_WITH_PORTS: Final = joined((one, one) for one in packet.PROTOCOLS_WITH_PORTS)


class Passage(NamedTuple):
    """By which interfaces a packet passes, ``None`` where there is none yet, and its state."""

    incoming: str | None
    outgoing: str | None
    state: str


@lru_cache(maxsize=1 << 16)
def address_number(text: str) -> int:
    """Return the number of an address, IPv6 after IPv4; raises ``ValueError`` for other text."""
    address = ip_address(text.partition("%")[0])
    return int(address) + (IPV6_START if address.version == 6 else 0)


@lru_cache(maxsize=1 << 16)
def address_interval(text: str) -> Interval:
    """Return ``10.0.0.0/8``, ``10.0.0.1`` or ``10.0.0.1-10.0.0.9`` as numbers."""
    first, dash, last = text.partition("-")
    if dash:
        return address_number(first.strip()), address_number(last.strip())
    network = ip_network(text, strict=False)
    start = int(network.network_address) + (IPV6_START if network.version == 6 else 0)
    return start, start + network.num_addresses - 1


def rule_box(rule: Rule) -> Box | None:
    """Return the box of headers that a rule may match, whatever it asks of the passage.

    ``None`` where there is no such header.
    """
    box: Box = {}
    for condition in rule.conditions:
        if not narrow(box, _condition(condition)):
            return None
    return box


def is_certain(rule: Rule) -> bool:
    """Tell whether a rule surely matches what it may match."""
    return not any(isinstance(one, UnmodelledMatch) for one in rule.conditions)


def holds(condition: InterfaceMatch | StateMatch, passage: Passage) -> bool:
    """Tell whether a condition that does not ask for the header holds in a passage."""
    if isinstance(condition, StateMatch):
        return (passage.state in condition.states) != condition.negated
    name = passage.incoming if condition.direction == "in" else passage.outgoing
    named = name is not None and any(_is_named(name, each) for each in condition.names)
    return named != condition.negated


def narrow(box: Box, other: Box) -> bool:
    """Narrow a box to what is in both; tell whether anything is left."""
    for field, intervals in other.items():
        box[field] = common(box[field], intervals) if field in box else joined(intervals)
        if not box[field]:
            return False
    return True


def _condition(  # noqa: PLR0911 (one return for each kind of condition)
    condition: Condition,
) -> Box:
    """Return a condition's box: everything, where it does not ask for the header."""
    match condition:
        case AddressMatch():
            return _addresses(condition)
        case FamilyMatch(family=family):
            return {DESTINATION: (_family(family),)}
        case ProtocolMatch(protocols=protocols, negated=negated):
            numbers = joined((one, one) for one in protocols)
            return {PROTOCOL: _unless(PROTOCOL, numbers, negated=negated)}
        case PortMatch(side=side, ranges=ranges, negated=negated):
            field = SOURCE_PORT if side == "source" else DESTINATION_PORT
            ports = _unless(field, _numbers(ranges), negated=negated)
            return {PROTOCOL: _WITH_PORTS, field: ports, FRAGMENT: _NOT_LATER}
        case IcmpMatch(family=family, types=types, codes=codes, negated=negated):
            number = packet.ICMP if family == 4 else packet.ICMPV6
            return {
                DESTINATION: (_family(family),),
                PROTOCOL: ((number, number),),
                ICMP: _unless(ICMP, _icmp(types, codes), negated=negated),
                FRAGMENT: _NOT_LATER,
            }
        case TcpFlagsMatch(mask=mask, value=value, negated=negated):
            flags = joined((one, one) for one in range(64) if one & mask == value)
            return {
                PROTOCOL: ((packet.TCP, packet.TCP),),
                TCP_FLAGS: _unless(TCP_FLAGS, flags, negated=negated),
                FRAGMENT: _NOT_LATER,
            }
        case FragmentMatch(kinds=kinds):
            return {FRAGMENT: joined((number, number) for number in map(_FRAGMENTS.index, kinds))}
        case InterfaceMatch() | StateMatch() | UnmodelledMatch():
            return {}
        case _:
            assert_never(condition)


def _is_named(name: str, pattern: str) -> bool:
    return name.startswith(pattern[:-1]) if pattern.endswith("*") else name == pattern


def _family(number: int) -> Interval:
    return IPV4 if number == 4 else IPV6


def _unless(field: int, intervals: tuple[Interval, ...], *, negated: bool) -> tuple[Interval, ...]:
    return outside(intervals, (0, LAST_VALUES[field])) if negated else intervals


def _addresses(condition: AddressMatch) -> Box:
    """Return the addresses named, or where negated the others of the families named."""
    field = SOURCE if condition.side == "source" else DESTINATION
    named = joined(map(address_interval, condition.ranges))
    if condition.negated:
        families = {address_interval(text)[0] >= IPV6_START for text in condition.ranges}
        named = joined(
            part for is_six in families for part in outside(named, IPV6 if is_six else IPV4)
        )
    return {field: named}


def _numbers(ranges: Iterable[NumberRange]) -> tuple[Interval, ...]:
    return joined((one.first, one.last) for one in ranges)


def _icmp(types: Iterable[NumberRange], codes: tuple[NumberRange, ...]) -> tuple[Interval, ...]:
    return joined(
        (kind * 256 + one.first, kind * 256 + one.last)
        for each in types
        for kind in range(each.first, each.last + 1)
        for one in codes or (NumberRange(first=0, last=255),)
    )


def flow_boxes(terms: FlowTerms) -> Iterable[Box]:
    """Yield the boxes whose union a flow permits."""
    for service in terms.services:
        box = _service(service)
        for field, texts in ((SOURCE, terms.source), (DESTINATION, terms.destination)):
            if texts is not None and not narrow(box, {field: joined(map(address_interval, texts))}):
                break
        else:
            yield box


def _service(term: ServiceTerm) -> Box:
    box: Box = {DESTINATION: ((0, ADDRESS_LAST),)}
    if term.protocol is not None:
        box[PROTOCOL] = ((term.protocol, term.protocol),)
    if term.family is not None:
        box[DESTINATION] = (_family(term.family),)
    if term.ports:
        box[DESTINATION_PORT] = _numbers(term.ports)
    if term.ports or term.icmp_types:
        box[FRAGMENT] = _NOT_LATER
    if term.icmp_types:
        box[ICMP] = _icmp(term.icmp_types, term.icmp_codes)
    return box
