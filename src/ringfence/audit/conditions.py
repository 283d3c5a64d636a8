"""Whether one rule's conditions take in all of another's: silent where that is not sure.

Both are asked for packets that start a conversation, which have the state ``new``.
"""

from __future__ import annotations

from collections.abc import Iterable
from fnmatch import fnmatchcase
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Literal

from ringfence.model.rules import (
    AddressMatch,
    Condition,
    FamilyMatch,
    InterfaceMatch,
    NumberRange,
    PortMatch,
    ProtocolMatch,
    Rule,
    StateMatch,
)

Address = IPv4Address | IPv6Address
AddressRange = tuple[Address, Address]


def takes_all(rule: Rule, family: Literal[4, 6]) -> bool:
    """Tell whether a rule matches every packet of a family that starts a conversation."""
    return all(_is_trivial(condition, family) for condition in rule.conditions)


def takes_in(wider: Rule, narrower: Rule) -> bool:
    """Tell whether ``wider`` matches whatever ``narrower`` does."""
    any_state = not any(isinstance(each, StateMatch) for each in narrower.conditions)
    return all(
        (any_state and _is_state_of_new(condition))
        or any(_implies(each, condition) for each in narrower.conditions)
        for condition in wider.conditions
    )


def _is_trivial(condition: Condition, family: Literal[4, 6]) -> bool:
    match condition:
        case FamilyMatch():
            return condition.family == family
        case StateMatch():
            return _is_state_of_new(condition)
        case AddressMatch(ranges=ranges, negated=False):
            return any(text.endswith("/0") and _family(text) == family for text in ranges)
        case InterfaceMatch(names=names, negated=False):
            return "*" in names
        case _:
            return False


def _is_state_of_new(condition: Condition) -> bool:
    if not isinstance(condition, StateMatch):
        return False
    return ("new" in condition.states) != condition.negated


def _implies(narrow: Condition, wide: Condition) -> bool:
    """Tell whether whatever satisfies ``narrow`` satisfies ``wide``."""
    implied = narrow == wide
    match wide, narrow:
        case AddressMatch(negated=False), AddressMatch(negated=False):
            implied = wide.side == narrow.side and _addresses_within(narrow.ranges, wide.ranges)
        case FamilyMatch(), AddressMatch(negated=False):
            implied = all(_family(text) == wide.family for text in narrow.ranges)
        case ProtocolMatch(negated=False), ProtocolMatch(negated=False):
            implied = set(narrow.protocols) <= set(wide.protocols)
        case PortMatch(negated=False), PortMatch(negated=False):
            implied = wide.side == narrow.side and _numbers_within(narrow.ranges, wide.ranges)
        case StateMatch(negated=False), StateMatch(negated=False):
            implied = set(narrow.states) <= set(wide.states)
        case InterfaceMatch(negated=False), InterfaceMatch(negated=False):
            implied = wide.direction == narrow.direction and all(
                any(fnmatchcase(name, pattern) for pattern in wide.names) for name in narrow.names
            )
        case _:
            pass
    return implied


def _numbers_within(inner: Iterable[NumberRange], outer: Iterable[NumberRange]) -> bool:
    ranges = tuple(outer)
    return all(
        any(whole.first <= part.first and part.last <= whole.last for whole in ranges)
        for part in inner
    )


def _addresses_within(inner: Iterable[str], outer: Iterable[str]) -> bool:
    wholes = [_addresses(text) for text in outer]
    return all(any(_is_between(part, whole) for whole in wholes) for part in map(_addresses, inner))


def _is_between(part: AddressRange | None, whole: AddressRange | None) -> bool:
    if part is None or whole is None or part[0].version != whole[0].version:
        return False
    return int(whole[0]) <= int(part[0]) and int(part[1]) <= int(whole[1])


def _addresses(text: str) -> AddressRange | None:
    try:
        if "-" in text:
            first, _, last = text.partition("-")
            return ip_address(first.strip()), ip_address(last.strip())
        network = ip_network(text, strict=False)
    except ValueError:
        return None
    return network[0], network[-1]


def _family(text: str) -> int | None:
    found = _addresses(text)
    return None if found is None else found[0].version
