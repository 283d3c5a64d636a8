"""``-m set``: whether a packet is in a set, as conditions.

A set compares each of its fields with the source or the destination, as ``--match-set`` says. A
packet without what a field asks for (a port of a later fragment) is in no such set.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Iterator
from typing import Final, Literal

from ringfence.model.packet import TCP, UDP
from ringfence.model.rules import (
    AddressMatch,
    Condition,
    IcmpMatch,
    InterfaceMatch,
    NumberRange,
    PortMatch,
    ProtocolMatch,
    Side,
)
from ringfence.sources.rule_syntax.ipsets import AddressSet, Entry, Field, Ports, Sets
from ringfence.sources.rule_syntax.iptables_rule import Option, Part
from ringfence.sources.rule_syntax.syntax import Family

Conditions = tuple[Condition, ...]
_SIDES: Final[dict[str, Side]] = {"src": "source", "dst": "destination"}


def set_alternatives(part: Part, family: Family, sets: Sets) -> list[Conditions] | str:
    """Return the groups of conditions of which one has to hold; as text, why it is not known."""
    match part.options:
        case [Option("--match-set", (name, flags), negated)]:
            sides = [_SIDES.get(flag) for flag in flags.split(",")]
        case _:
            return "only --match-set SET FLAGS alone is read of -m set"
    if name not in sets:
        return f"the set {name} was not given; save the output of 'ipset save' too"
    known = [side for side in sides if side is not None]
    if len(known) != len(sides):
        return f"the flags {flags} of a set are not known"
    members = [sets[name], *(sets[one] for one in sets[name].members)]
    for one in members:
        if one.open:
            return one.open
    found = [group for one in members for group in _groups(one, known, family)]
    if not negated:
        return found
    opposite = _negated(found)
    return (
        f"the opposite of the set {name} has no form that is read" if opposite is None else opposite
    )


def _groups(of: AddressSet, sides: list[Side], family: Family) -> list[Conditions]:
    """Return what a set holds; nothing where it compares more than it is asked, or others."""
    if len(of.fields) > len(sides) or of.family not in {None, family}:
        return []
    if any(entry.excepted for entry in of.entries):
        ranges = tuple(_without_exceptions(of.entries, family))
        return [(AddressMatch(side=sides[0], ranges=ranges),)] if ranges else []
    # Entries that differ in nothing but their first field are one group.
    alike: dict[tuple[Field, ...], list[Field]] = {}
    for entry in of.entries:
        alike.setdefault(entry.fields[1:], []).append(entry.fields[0])
    return [
        (*_compared(of.fields[0], sides[0], first), *_others(of, sides, rest, family))
        for rest, first in alike.items()
    ]


def _others(
    of: AddressSet, sides: list[Side], rest: tuple[Field, ...], family: Family
) -> Iterator[Condition]:
    for kind, side, value in zip(of.fields[1:], sides[1:], rest, strict=False):
        yield from _compared(kind, side, [value], family)


def _compared(
    kind: str, side: Side, values: list[Field], family: Family = 4
) -> Iterator[Condition]:
    """Yield the conditions that a packet's field is one of several values."""
    texts = tuple(dict.fromkeys(value for value in values if isinstance(value, str)))
    ports = [value for value in values if isinstance(value, Ports)]
    if kind in {"ip", "net"}:
        yield AddressMatch(side=side, ranges=texts)
    elif kind == "iface":
        direction: Literal["in", "out"] = "in" if side == "source" else "out"
        yield InterfaceMatch(direction=direction, names=texts)
    elif all(one.protocol is None for one in ports):
        ranges = tuple(one.port for one in ports if one.port is not None)
        yield ProtocolMatch(protocols=(TCP, UDP))
        yield PortMatch(side=side, ranges=ranges)
    else:
        (one,) = ports
        yield ProtocolMatch(protocols=(one.protocol or TCP,))
        if one.port is not None:
            yield PortMatch(side=side, ranges=(one.port,))
        if one.icmp is not None:
            kind_, code = (NumberRange(number, number) for number in one.icmp)
            yield IcmpMatch(family=family, types=(kind_,), codes=(code,))


def _negated(groups: list[Conditions]) -> list[Conditions] | None:
    """Return what holds for every packet in no group, where that can be said."""
    if not groups:
        return [()]
    opposite: list[Condition] = []
    for group in groups:
        match group:
            case (AddressMatch(side=side, ranges=ranges, negated=False),):
                opposite.append(AddressMatch(side=side, ranges=ranges, negated=True))
            case _:
                return None
    return [tuple(opposite)]


def _without_exceptions(entries: Iterable[Entry], family: Family) -> Iterator[str]:
    """Yield what is left of prefixes: the longest that holds an address decides on it."""
    kept: list[tuple[int, int]] = []
    networks = [(ipaddress.ip_network(str(entry.fields[0])), entry.excepted) for entry in entries]
    for network, excepted in sorted(networks, key=lambda one: one[0].prefixlen):
        first, last = int(network[0]), int(network[-1])
        kept = [
            end
            for one in kept
            for end in ((one[0], min(one[1], first - 1)), (max(one[0], last + 1), one[1]))
            if end[0] <= end[1]
        ]
        if not excepted:
            kept.append((first, last))
    address = ipaddress.IPv4Address if family == 4 else ipaddress.IPv6Address
    for first, last in sorted(kept):
        yield f"{address(first)}-{address(last)}"
