"""Conditions of rules as sets of headers, and the cuts that they make."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from ringfence.model.packet import ICMP, ICMPV6, PROTOCOLS_WITH_PORTS, TCP
from ringfence.model.rules import (
    AddressMatch,
    Condition,
    FamilyMatch,
    IcmpMatch,
    InterfaceMatch,
    NumberRange,
    PortMatch,
    ProtocolMatch,
    StateMatch,
    TcpFlagsMatch,
    UnmodelledMatch,
)
from ringfence.reach.fields import IPV4, IPV6, Cuts, Field, Interval, address_interval

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ringfence.reach.headers import HeaderSet, HeaderSpace

_PORT_PROTOCOLS: Final = tuple((number, number) for number in sorted(PROTOCOLS_WITH_PORTS))


@dataclass(frozen=True, slots=True)
class Passage:
    """How a packet stands to a device: by which interface it came in, and leaves.

    ``None`` where there is none at that hook. ``state`` is what the device's connection table
    says of it.
    """

    incoming: str | None
    outgoing: str | None
    state: str = "new"


def port_ranges(ranges: Iterable[NumberRange]) -> Iterator[Interval]:
    """Yield number ranges as intervals."""
    return ((one.first, one.last) for one in ranges)


def _flag_values(mask: int, value: int) -> Iterator[Interval]:
    return ((flags, flags) for flags in range(64) if flags & mask == value)


def _icmp_values(condition: IcmpMatch) -> Iterator[Interval]:
    for types in condition.types:
        if not condition.codes:
            yield types.first * 256, types.last * 256 + 255
            continue
        for kind in range(types.first, types.last + 1):
            for codes in condition.codes:
                yield kind * 256 + codes.first, kind * 256 + codes.last


def _side(condition: AddressMatch | PortMatch) -> Field:
    source = condition.side == "source"
    if isinstance(condition, AddressMatch):
        return Field.SOURCE if source else Field.DESTINATION
    return Field.SOURCE_PORT if source else Field.DESTINATION_PORT


def add_cuts(cuts: Cuts, condition: Condition) -> None:
    """Note every range that a condition compares a field with."""
    match condition:
        case AddressMatch(ranges=ranges):
            cuts.add_all(_side(condition), map(address_interval, ranges))
        case ProtocolMatch(protocols=protocols):
            cuts.add_all(Field.PROTOCOL, ((one, one) for one in protocols))
        case PortMatch(ranges=ranges):
            cuts.add_all(_side(condition), port_ranges(ranges))
            cuts.add_all(Field.PROTOCOL, _PORT_PROTOCOLS)
        case IcmpMatch():
            cuts.add_all(Field.ICMP, _icmp_values(condition))
            cuts.add_all(Field.PROTOCOL, ((one, one) for one in (ICMP, ICMPV6)))
        case TcpFlagsMatch(mask=mask, value=value):
            cuts.add_all(Field.TCP_FLAGS, _flag_values(mask, value))
            cuts.add(Field.PROTOCOL, (TCP, TCP))
        case FamilyMatch() | InterfaceMatch() | StateMatch() | UnmodelledMatch():
            pass


def _either(
    space: HeaderSpace, matched: HeaderSet, among: HeaderSet, *, negated: bool
) -> HeaderSet:
    """Return what is ``matched``, or where ``negated`` what is not, always within ``among``."""
    return space.without(among, matched) if negated else matched & among


def _addresses(space: HeaderSpace, condition: AddressMatch) -> HeaderSet:
    intervals = [address_interval(text) for text in condition.ranges]
    name = _side(condition)
    families = {IPV4 if first <= IPV4[1] else IPV6 for first, _ in intervals}
    among = space.intervals(name, families)
    return _either(space, space.intervals(name, intervals), among, negated=condition.negated)


def _icmp(space: HeaderSpace, condition: IcmpMatch) -> HeaderSet:
    number = ICMP if condition.family == 4 else ICMPV6
    among = space.interval(Field.PROTOCOL, (number, number)) & space.interval(
        Field.DESTINATION, IPV4 if condition.family == 4 else IPV6
    )
    matched = space.intervals(Field.ICMP, _icmp_values(condition))
    return _either(space, matched, among, negated=condition.negated)


def _interface(condition: InterfaceMatch, passage: Passage) -> bool:
    name = passage.incoming if condition.direction == "in" else passage.outgoing
    matched = name is not None and any(
        name.startswith(one[:-1]) if one.endswith("*") else name == one for one in condition.names
    )
    return matched != condition.negated


def matching(  # noqa: PLR0911 (one return for each kind of condition)
    space: HeaderSpace, condition: Condition, passage: Passage
) -> HeaderSet | None:
    """Return the headers that satisfy a condition, or ``None`` where it is not modelled."""
    match condition:
        case AddressMatch():
            return _addresses(space, condition)
        case FamilyMatch(family=family):
            return space.interval(Field.DESTINATION, IPV4 if family == 4 else IPV6)
        case ProtocolMatch(protocols=protocols, negated=negated):
            matched = space.intervals(Field.PROTOCOL, ((one, one) for one in protocols))
            return _either(space, matched, space.everything, negated=negated)
        case PortMatch(ranges=ranges, negated=negated):
            among = space.intervals(Field.PROTOCOL, _PORT_PROTOCOLS)
            matched = space.intervals(_side(condition), port_ranges(ranges))
            return _either(space, matched, among, negated=negated)
        case IcmpMatch():
            return _icmp(space, condition)
        case TcpFlagsMatch(mask=mask, value=value, negated=negated):
            matched = space.intervals(Field.TCP_FLAGS, _flag_values(mask, value))
            tcp = space.interval(Field.PROTOCOL, (TCP, TCP))
            return _either(space, matched, tcp, negated=negated)
        case InterfaceMatch():
            return space.everything if _interface(condition, passage) else space.nothing
        case StateMatch(states=states, negated=negated):
            return space.everything if (passage.state in states) != negated else space.nothing
        case UnmodelledMatch():
            return None
