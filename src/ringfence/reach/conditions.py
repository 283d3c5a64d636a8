"""Conditions of rules as sets of headers, and the cuts that they make."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

from ringfence.model.packet import FRAGMENTS, ICMP, ICMPV6, PROTOCOLS_WITH_PORTS, TCP
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
    StateMatch,
    TcpFlagsMatch,
    UnmodelledMatch,
)
from ringfence.reach.diagrams import budgeted
from ringfence.reach.fields import IPV4, IPV6, WITH_PORTS, Cuts, Field, Interval, address_interval

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from ringfence.model.rules import Rule
    from ringfence.reach.headers import HeaderSet, HeaderSpace

_PORT_PROTOCOLS: Final = tuple((number, number) for number in sorted(PROTOCOLS_WITH_PORTS))

_ADDRESS_SIDES: Final = {"source": Field.SOURCE, "destination": Field.DESTINATION}
_PORT_SIDES: Final = {"source": Field.SOURCE_PORT, "destination": Field.DESTINATION_PORT}


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


def add_cuts(cuts: Cuts, condition: Condition) -> None:
    """Note every range that a condition compares a field with."""
    match condition:
        case AddressMatch(ranges=ranges):
            cuts.add_all(_ADDRESS_SIDES[condition.side], map(address_interval, ranges))
        case ProtocolMatch(protocols=protocols):
            cuts.add_all(Field.PROTOCOL, ((one, one) for one in protocols))
        case PortMatch(ranges=ranges):
            cuts.add_all(_PORT_SIDES[condition.side], port_ranges(ranges))
            cuts.add_all(Field.PROTOCOL, _PORT_PROTOCOLS)
        case IcmpMatch():
            cuts.add_all(Field.ICMP, _icmp_values(condition))
            cuts.add_all(Field.PROTOCOL, ((one, one) for one in (ICMP, ICMPV6)))
        case TcpFlagsMatch(mask=mask, value=value):
            cuts.add_all(Field.TCP_FLAGS, _flag_values(mask, value))
            cuts.add(Field.PROTOCOL, (TCP, TCP))
        case FamilyMatch() | FragmentMatch() | InterfaceMatch() | StateMatch() | UnmodelledMatch():
            pass


def _either(
    space: HeaderSpace, matched: HeaderSet, among: HeaderSet, *, negated: bool
) -> HeaderSet:
    """Return what is ``matched``, or where ``negated`` what is not, always within ``among``."""
    return space.without(among, matched) if negated else matched & among


def _addresses(space: HeaderSpace, condition: AddressMatch) -> HeaderSet:
    intervals = [address_interval(text) for text in condition.ranges]
    name = _ADDRESS_SIDES[condition.side]
    if not condition.negated:
        return space.loosely(name, intervals)
    families = {IPV4 if first <= IPV4[1] else IPV6 for first, _ in intervals}
    among = space.intervals(name, families)
    return space.without(among, space.intervals(name, intervals))


def _icmp(space: HeaderSpace, condition: IcmpMatch, told: HeaderSet) -> HeaderSet:
    number = ICMP if condition.family == 4 else ICMPV6
    among = space.interval(Field.PROTOCOL, (number, number)) & space.interval(
        Field.DESTINATION, IPV4 if condition.family == 4 else IPV6
    )
    matched = space.intervals(Field.ICMP, _icmp_values(condition))
    return _either(space, matched, among & told, negated=condition.negated)


def _interface(condition: InterfaceMatch, passage: Passage) -> bool:
    name = passage.incoming if condition.direction == "in" else passage.outgoing
    matched = name is not None and any(
        name.startswith(one[:-1]) if one.endswith("*") else name == one for one in condition.names
    )
    return matched != condition.negated


def depends_on_passage(condition: Condition) -> bool:
    """Tell whether a condition asks how the packet stands to the device, not for its header."""
    return isinstance(condition, InterfaceMatch | StateMatch)


class Match(NamedTuple):
    """A rule that may match, with its conditions sorted by what they ask about.

    ``passage`` are those that depend on it. ``certain`` tells that no condition is not modelled.
    """

    rule: Rule
    passage: tuple[Condition, ...]
    addresses: tuple[AddressMatch, ...]
    services: tuple[Condition, ...]
    certain: bool


def match_of(rule: Rule) -> Match:
    """Return a rule with its conditions sorted."""
    passage: tuple[Condition, ...] = ()
    addresses: tuple[AddressMatch, ...] = ()
    services: tuple[Condition, ...] = ()
    certain = True
    for condition in rule.conditions:
        if isinstance(condition, AddressMatch):
            addresses += (condition,)
        elif isinstance(condition, InterfaceMatch | StateMatch):
            passage += (condition,)
        elif isinstance(condition, UnmodelledMatch):
            certain = False
        else:
            services += (condition,)
    return Match(rule, passage, addresses, services, certain)


class RuleMatcher:
    """Finds which headers match the conditions of rules, in one header space.

    What it returns may hold codes of two address families: hold it against real headers. Without
    ``fragments`` it is about whole packets only, and holds fragments at random.
    """

    def __init__(self, space: HeaderSpace, *, fragments: bool = True) -> None:
        self._space = space
        self._fragments = fragments
        self._sets: dict[Condition, HeaderSet] = {}
        self._services: dict[tuple[Condition, ...], HeaderSet] = {}

    def holds(self, condition: Condition, passage: Passage) -> bool:
        """Tell whether a condition that depends on the passage holds for it; others may hold."""
        match condition:
            case InterfaceMatch():
                return _interface(condition, passage)
            case StateMatch(states=states, negated=negated):
                return (passage.state in states) != negated
            case _:
                return True

    def matches(self, rules: Iterable[Rule], passage: Passage) -> Iterator[Match]:
        """Yield the rules that may match packets of a passage and that do more than count."""
        for rule in rules:
            if rule.action != "continue" and all(
                self.holds(condition, passage) for condition in rule.conditions
            ):
                yield match_of(rule)

    def headers(self, match: Match) -> HeaderSet:
        """Return the headers that match all conditions."""
        with budgeted():
            found = self._service(match.services)
            for condition in match.addresses:
                found = self._one(condition) & found
            return found

    def union(self, matches: Sequence[Match]) -> HeaderSet:
        """Return the headers that match any of some rules."""
        return self._space.union([self.headers(match) for match in matches])

    def _service(self, conditions: tuple[Condition, ...]) -> HeaderSet:
        """Return the headers that match conditions on services, which many rules share."""
        known = self._services.get(conditions)
        if known is None:
            known = self._space.everything
            for condition in conditions:
                known &= self._one(condition)
            self._services[conditions] = known
        return known

    def _one(self, condition: Condition) -> HeaderSet:
        known = self._sets.get(condition)
        if known is None:
            known = self._sets[condition] = matching(
                self._space, condition, fragments=self._fragments
            )
        return known


def _told(space: HeaderSpace, *, fragments: bool) -> HeaderSet:
    """Return the headers that have ports, types and flags."""
    return space.interval(Field.FRAGMENT, WITH_PORTS) if fragments else space.everything


def matching(  # noqa: PLR0911 (one return for each kind of condition)
    space: HeaderSpace, condition: Condition, *, fragments: bool = True
) -> HeaderSet:
    """Return the headers that satisfy a condition on headers; every one where it has none.

    Without ``fragments``, what it says of fragments that come alone is of no account.
    """
    match condition:
        case AddressMatch():
            return _addresses(space, condition)
        case FamilyMatch(family=family):
            return space.interval(Field.DESTINATION, IPV4 if family == 4 else IPV6)
        case ProtocolMatch(protocols=protocols, negated=negated):
            matched = space.intervals(Field.PROTOCOL, ((one, one) for one in protocols))
            return _either(space, matched, space.everything, negated=negated)
        case PortMatch(ranges=ranges, negated=negated):
            among = space.intervals(Field.PROTOCOL, _PORT_PROTOCOLS) & _told(
                space, fragments=fragments
            )
            matched = space.intervals(_PORT_SIDES[condition.side], port_ranges(ranges))
            return _either(space, matched, among, negated=negated)
        case IcmpMatch():
            return _icmp(space, condition, _told(space, fragments=fragments))
        case TcpFlagsMatch(mask=mask, value=value, negated=negated):
            matched = space.intervals(Field.TCP_FLAGS, _flag_values(mask, value))
            tcp = space.interval(Field.PROTOCOL, (TCP, TCP)) & _told(space, fragments=fragments)
            return _either(space, matched, tcp, negated=negated)
        case FragmentMatch(kinds=kinds):
            numbers = ((number, number) for number in map(FRAGMENTS.index, kinds))
            return space.intervals(Field.FRAGMENT, numbers)
        case InterfaceMatch() | StateMatch() | UnmodelledMatch():
            return space.everything
