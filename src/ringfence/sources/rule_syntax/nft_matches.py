"""What nftables compares, as conditions: payload, meta and ct expressions with values and sets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from ringfence.model.packet import ICMP, ICMPV6, PROTOCOLS_WITH_PORTS
from ringfence.model.rules import (
    AddressMatch,
    Condition,
    FamilyMatch,
    IcmpMatch,
    InterfaceMatch,
    NumberRange,
    PortMatch,
    ProtocolMatch,
    Side,
    StateMatch,
    UnmodelledMatch,
)
from ringfence.sources.rule_syntax import names
from ringfence.sources.rule_syntax.nft_flags import about_flags, flags_match
from ringfence.sources.rule_syntax.nft_fragments import fragment_groups
from ringfence.sources.rule_syntax.nft_text import statement_text
from ringfence.sources.rule_syntax.syntax import Family
from ringfence.sources.rule_syntax.values import (
    address_range,
    masked,
    number_range,
    prefix,
    single,
)

Conditions = tuple[Condition, ...]

_PLAIN = frozenset(("val", "counter", "comment", "last"))
_SIDES: Mapping[str, Side] = {
    "saddr": "source",
    "sport": "source",
    "daddr": "destination",
    "dport": "destination",
}
_FAMILIES: Mapping[str, Family] = {"ip": 4, "ip6": 6, "ipv4": 4, "ipv6": 6}


@dataclass(frozen=True, slots=True)
class NamedSets:
    """The named sets and maps of a table; ``None`` for one whose elements come and go."""

    elements: Mapping[str, tuple[Any, ...] | None]

    def of(self, right: Any) -> tuple[Any, ...] | None:
        """Return the elements that a value stands for, ``None`` where that is not known."""
        if isinstance(right, str) and right.startswith("@"):
            return self.elements.get(right[1:])
        items = right["set"] if isinstance(right, dict) and "set" in right else [right]
        if not isinstance(items, list):
            return None
        return tuple(items)


@dataclass(frozen=True, slots=True)
class Comparison:
    """One match: ``before`` are the conditions of its rule so far, which it may lean on."""

    left: Any
    operator: str
    right: Any
    sets: NamedSets
    before: Conditions = ()

    def alternatives(self) -> list[Conditions]:
        """Return the conditions of which one group has to hold; none at all never holds."""
        elements = self.sets.of(self.right)
        values = [] if elements is None else [plain_element(element) for element in elements]
        unknown = elements is None or any(value is None or value == "*" for value in values)
        equals = self.operator in {"==", "in"}
        parts = self.left.get("concat") if isinstance(self.left, dict) else None
        if unknown or (parts is not None and not equals):
            return [self._open()]
        of_fragments = fragment_groups(self.left, self.operator, values, self._unmodelled().text)
        if of_fragments is not None:
            return of_fragments
        if not values:
            return [self._dependencies()] if self.operator == "!=" else []
        if parts is not None:
            return [self.concatenated(parts, value) for value in values]
        if about_flags(self.left) and equals:
            return [self.of_values(self.left, [value]) for value in values]
        return [self.of_values(self.left, values)]

    def concatenated(self, parts: Any, value: Any) -> Conditions:
        """Return the conditions that each part of a concatenation has its part of the value."""
        pieces = value.get("concat") if isinstance(value, dict) else None
        if not isinstance(parts, list) or not isinstance(pieces, list) or len(parts) != len(pieces):
            return self._open()
        found: Conditions = ()
        for part, piece in zip(parts, pieces, strict=True):
            before = (*self.before, *found)
            one = Comparison(part, "==", piece, self.sets, before)
            found = (*found, *one.of_values(part, [piece]))
        return found

    def of_values(self, left: Any, values: list[Any]) -> Conditions:
        """Return the conditions that ``left`` has one of the values, or compares with it."""
        found = self._known(left, values)
        return (*self._dependencies(), self._unmodelled()) if found is None else found

    def _known(self, left: Any, values: list[Any]) -> Conditions | None:
        if about_flags(left):
            return flags_match(left, self.operator, values)
        match left:
            case {"payload": {"protocol": protocol, "field": field}}:
                return self._payload(protocol, field, values)
            case {"meta": {"key": key}} | {"meta": str() as key}:
                return self._meta(key, values)
            case {"ct": {"key": "state"}}:
                return self._state(values)
            case {"&": [{"payload": dict() as payload}, mask]}:
                return self._masked(payload, mask, values)
            case _:
                return None

    def _payload(self, protocol: Any, field: Any, values: list[Any]) -> Conditions | None:
        family = _FAMILIES.get(str(protocol))
        if family is not None:
            return self._network(family, field, values)
        if field in {"sport", "dport"}:
            return self._ports(protocol, _SIDES[field], values)
        if protocol in {"icmp", "icmpv6"} and field in {"type", "code"}:
            return self._icmp(4 if protocol == "icmp" else 6, field, values)
        return None

    def _network(self, family: Family, field: Any, values: list[Any]) -> Conditions | None:
        if field in {"saddr", "daddr"}:
            ranges = [_addresses(value, family) for value in values]
            return self._addresses(_SIDES[field], ranges)
        if family == 4 and field == "protocol":
            protocols = self._protocols(values)
            return None if protocols is None else (FamilyMatch(family=4), protocols)
        if family == 6 and field == "nexthdr":
            return self._next_header(values)
        return None

    def _addresses(self, side: Side, ranges: list[str | None]) -> Conditions | None:
        negated = self._negated()
        if negated is None or None in ranges:
            return None
        texts = tuple(text for text in ranges if text is not None)
        return (AddressMatch(side=side, ranges=texts, negated=negated),)

    def _masked(self, payload: Any, mask: Any, values: list[Any]) -> Conditions | None:
        family = _FAMILIES.get(str(payload.get("protocol")))
        if family is None or payload.get("field") not in {"saddr", "daddr"}:
            return None
        ranges = [masked(value, mask, family) for value in values]
        return self._addresses(_SIDES[payload["field"]], ranges)

    def _next_header(self, values: list[Any]) -> Conditions | None:
        """A first header says what protocol it is only where no extension header comes first."""
        protocols = self._protocols(values)
        if protocols is None or protocols.negated:
            return None
        if names.EXTENSION_HEADERS.intersection(protocols.protocols):
            return None
        return (FamilyMatch(family=6), protocols, self._unmodelled())

    def _protocols(self, values: list[Any]) -> ProtocolMatch | None:
        ranges = self._numbers(values, names.PROTOCOLS, 255)
        negated = self._negated()
        if ranges is None or negated is None:
            return None
        protocols = tuple(number for each in ranges for number in range(each.first, each.last + 1))
        return ProtocolMatch(protocols=protocols, negated=negated)

    def _ports(self, protocol: Any, side: Side, values: list[Any]) -> Conditions | None:
        ranges = self._numbers(values, {}, 65535)
        if ranges is None:
            return None
        match = PortMatch(side=side, ranges=ranges, negated=self.operator == "!=")
        number = names.PROTOCOLS.get(str(protocol))
        if number in PROTOCOLS_WITH_PORTS:
            return (ProtocolMatch(protocols=(number,)), match)
        # "th" looks at the same bytes of any protocol, whatever these mean there.
        return (match,) if protocol == "th" and self._has_ports() else None

    def _has_ports(self) -> bool:
        return any(
            isinstance(condition, ProtocolMatch)
            and not condition.negated
            and PROTOCOLS_WITH_PORTS.issuperset(condition.protocols)
            for condition in self.before
        )

    def _icmp(self, family: Family, field: str, values: list[Any]) -> Conditions | None:
        table = {
            (4, "type"): names.ICMP_TYPES,
            (4, "code"): names.ICMP_CODES,
            (6, "type"): names.ICMPV6_TYPES,
            (6, "code"): names.ICMPV6_CODES,
        }[family, field]
        ranges = self._numbers(values, table, 255)
        if ranges is None:
            return None
        every = (NumberRange(0, 255),)
        types, codes = (ranges, ()) if field == "type" else (every, ranges)
        negated = self.operator == "!="
        return (IcmpMatch(family=family, types=types, codes=codes, negated=negated),)

    def _meta(self, key: Any, values: list[Any]) -> Conditions | None:
        negated = self._negated()
        match key:
            case "l4proto":
                protocols = self._protocols(values)
                return None if protocols is None else (protocols,)
            case "nfproto" | "protocol" if negated is not None:
                return _family(values, negated=negated)
            case "iif" | "iifname" | "oif" | "oifname" if negated is not None:
                return _interfaces(key, values, negated=negated)
        return None

    def _state(self, values: list[Any]) -> Conditions | None:
        negated = self._negated()
        words = [
            word for value in values for word in (value if isinstance(value, list) else [value])
        ]
        states = tuple(found for word in words if (found := names.state(word)) is not None)
        # "not a, b" compares with both bits at once, which no state has.
        if negated is None or len(states) != len(words) or (negated and len(values) < len(words)):
            return None
        return (StateMatch(states=states, negated=negated),)

    def _numbers(
        self, values: list[Any], table: Mapping[str, int], most: int
    ) -> tuple[NumberRange, ...] | None:
        """Return the ranges that hold for the operator; ``!=`` is left to the condition."""
        ranges = [number_range(value, table, most) for value in values]
        found = tuple(each for each in ranges if each is not None)
        if len(found) != len(ranges):
            return None
        if self.operator in {"==", "in", "!="}:
            return found
        if len(found) != 1 or found[0].first != found[0].last:
            return None
        edge = found[0].first
        ends = {
            "<": (0, edge - 1),
            "<=": (0, edge),
            ">": (edge + 1, most),
            ">=": (edge, most),
        }.get(self.operator)
        return None if ends is None or ends[0] > ends[1] else (NumberRange(*ends),)

    def _negated(self) -> bool | None:
        return {"==": False, "in": False, "!=": True}.get(self.operator)

    def _dependencies(self) -> Conditions:
        """Return what nftables checks before it looks at a header: that the packet has it."""
        found: dict[Condition, None] = {}
        for protocol in _protocols_in(self.left):
            if protocol in {"ip", "ip6"}:
                found[FamilyMatch(family=_FAMILIES[protocol])] = None
            elif protocol in {"icmp", "icmpv6"}:
                found[ProtocolMatch(protocols=(ICMP if protocol == "icmp" else ICMPV6,))] = None
            elif names.PROTOCOLS.get(protocol) in PROTOCOLS_WITH_PORTS:
                found[ProtocolMatch(protocols=(names.PROTOCOLS[protocol],))] = None
        return tuple(found)

    def _open(self) -> Conditions:
        return (*self._dependencies(), self._unmodelled())

    def _unmodelled(self) -> UnmodelledMatch:
        match = {"op": self.operator, "left": self.left, "right": self.right}
        return UnmodelledMatch(text=statement_text({"match": match}))


def plain_element(element: Any) -> Any:
    """Return an element of a set without counters and comments.

    ``None`` where it will expire, or holds for some packets only (``limit``, ``quota``).
    """
    if isinstance(element, dict) and "elem" in element:
        inside = element["elem"]
        if not isinstance(inside, dict) or not inside.keys() <= _PLAIN:
            return None
        return inside.get("val")
    return element


def _addresses(value: Any, family: Family) -> str | None:
    match value:
        case {"prefix": {"addr": address, "len": length}}:
            return prefix(address, length, family)
        case {"range": [first, last]}:
            return address_range(first, last, family)
        case _:
            return single(value, family)


def _family(values: list[Any], *, negated: bool) -> Conditions | None:
    families = {_FAMILIES.get(str(value)) for value in values}
    if None in families or not families:
        return None
    wanted = {4, 6} - families if negated else families
    if wanted == {4, 6}:
        return ()
    if not wanted:
        return None
    return (FamilyMatch(family=4 if 4 in wanted else 6),)


def _interfaces(key: str, values: list[Any], *, negated: bool) -> Conditions | None:
    # A name with an escaped asterisk, or the number of an interface that was gone, is neither.
    if not all(isinstance(value, str) and value and "\\" not in value for value in values):
        return None
    direction: Literal["in", "out"] = "in" if key.startswith("i") else "out"
    return (InterfaceMatch(direction=direction, names=tuple(values), negated=negated),)


def _protocols_in(expression: Any) -> list[str]:
    """Return the protocols of all headers that an expression looks at."""
    match expression:
        case {"payload": {"protocol": str() as protocol}}:
            return [protocol]
        case {"tcp option": _}:
            return ["tcp"]
        case {"concat": list() as parts} | {"&": list() as parts}:
            return [protocol for part in parts for protocol in _protocols_in(part)]
        case _:
            return []
