"""A set of headers in words: the services that it holds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ringfence.foundation.text import listed
from ringfence.model.packet import ICMP, ICMPV6, PROTOCOL_NAMES, PROTOCOLS_WITH_PORTS
from ringfence.reach.fields import WITH_PORTS, Field, Interval

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ringfence.reach.headers import HeaderSet, HeaderSpace

_MOST_PARTS: Final = 24
_ALL: Final = (0, 65535)
_FEW: Final = 3
_REST: Final = "other protocols"


class Describer:
    """Words for the sets of one space, found once for all sets that use the same services."""

    def __init__(self, space: HeaderSpace) -> None:
        self._space = space
        self._known: dict[HeaderSet, tuple[str, ...]] = {}

    def services(self, headers: HeaderSet) -> tuple[str, ...]:
        """Return the services in a set, such as ``tcp/443``; ``any`` where it holds every one.

        A service is named where some source and destination may use it. Where nearly all are in
        the set, those that are not are named instead ("any except tcp/8443"). At most 24 are named.
        """
        space = self._space
        if headers == space.nothing:
            return ()
        kept = (Field.PROTOCOL, Field.DESTINATION_PORT, Field.ICMP)
        projected = space.project(headers, kept) & space.everything
        known = self._known.get(projected)
        if known is None:
            known = self._known[projected] = _words(space, projected)
        if headers & space.interval(Field.FRAGMENT, WITH_PORTS) == space.nothing:
            return tuple(f"later fragments of {one}" for one in known)
        return known


def services(space: HeaderSpace, headers: HeaderSet) -> tuple[str, ...]:
    """Return the services in a set of a space."""
    return Describer(space).services(headers)


def _words(space: HeaderSpace, projected: HeaderSet) -> tuple[str, ...]:
    if projected == space.nothing:
        return ()
    if projected == space.everything:
        return ("any",)
    named = list(_named(space, projected))
    lacking = list(_named(space, space.complement(projected)))
    if len(lacking) <= _FEW and len(lacking) < len(named):
        return (f"any except {listed(lacking)}",)
    if len(named) > _MOST_PARTS:
        named = [*named[:_MOST_PARTS], f"and {len(named) - _MOST_PARTS} more"]
    return tuple(named)


def _named(space: HeaderSpace, projected: HeaderSet) -> Iterator[str]:
    """Yield what is in a set, protocols with a name first, all others as one."""
    for number, name in sorted(PROTOCOL_NAMES.items()):
        inside = projected & _protocol(space, number)
        if inside == space.nothing:
            continue
        if number in PROTOCOLS_WITH_PORTS:
            yield from _ports(_merged(_intervals(space, inside, Field.DESTINATION_PORT)), name)
        elif number in (ICMP, ICMPV6):
            yield from _types(_merged(_intervals(space, inside, Field.ICMP)), name)
        else:
            yield name
    others = [
        space.atoms.interval(Field.PROTOCOL, index)
        for index in range(space.atoms.count(Field.PROTOCOL))
    ]
    unnamed = [
        (first, last)
        for first, last in others
        if any(number not in PROTOCOL_NAMES for number in range(first, last + 1))
    ]
    if projected & space.intervals(Field.PROTOCOL, unnamed) != space.nothing:
        yield _REST


def _protocol(space: HeaderSpace, number: int) -> HeaderSet:
    index = space.atoms.index(Field.PROTOCOL, number)
    return space.interval(Field.PROTOCOL, space.atoms.interval(Field.PROTOCOL, index))


def _ports(intervals: list[Interval], name: str) -> Iterator[str]:
    lacking = _gaps(intervals)
    if intervals == [_ALL]:
        yield name
    elif len(lacking) < len(intervals):
        yield f"{name} except {listed(map(_range, lacking))}"
    else:
        yield from (f"{name}/{_range(one)}" for one in intervals)


def _types(intervals: list[Interval], name: str) -> Iterator[str]:
    if intervals == [_ALL]:
        yield name
    else:
        types = dict.fromkeys((first // 256, last // 256) for first, last in intervals)
        yield from (f"{name}/{_range(one)}" for one in types)


def _range(interval: Interval) -> str:
    first, last = interval
    return str(first) if first == last else f"{first}-{last}"


def _gaps(intervals: list[Interval]) -> list[Interval]:
    ends = [-1, *(last for _, last in intervals)]
    starts = [*(first for first, _ in intervals), _ALL[1] + 1]
    return [
        (end + 1, start - 1) for end, start in zip(ends, starts, strict=True) if end + 1 < start
    ]


def _intervals(space: HeaderSpace, headers: HeaderSet, field: Field) -> Iterator[Interval]:
    """Yield the values of a field in a set, halving what is neither all in it nor all outside."""
    projected = space.project(headers, (field,))

    def within(first: int, last: int) -> Iterator[Interval]:
        lowest, highest = space.atoms.interval(field, first), space.atoms.interval(field, last)
        whole = space.interval(field, (lowest[0], highest[1]))
        inside = projected & whole
        if inside == whole:
            yield lowest[0], highest[1]
        elif inside != space.nothing:
            middle = (first + last) // 2
            yield from within(first, middle)
            yield from within(middle + 1, last)

    yield from within(0, space.atoms.count(field) - 1)


def _merged(intervals: Iterator[Interval]) -> list[Interval]:
    result: list[Interval] = []
    for first, last in intervals:
        if result and result[-1][1] + 1 == first:
            result[-1] = (result[-1][0], last)
        else:
            result.append((first, last))
    return result
