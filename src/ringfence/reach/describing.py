"""A set of headers in words: the services that it holds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ringfence.model.packet import ICMP, ICMPV6, PROTOCOL_NAMES, PROTOCOLS_WITH_PORTS
from ringfence.reach.fields import Field, Interval

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ringfence.reach.headers import HeaderSet, HeaderSpace

_MOST_PARTS: Final = 24


def services(space: HeaderSpace, headers: HeaderSet) -> tuple[str, ...]:
    """Return the services in a set, such as ``tcp/443``; ``any`` where it holds every one.

    A service is named where some source and destination may use it; at most 24 are named.
    """
    projected = space.project(headers, (Field.PROTOCOL, Field.DESTINATION_PORT, Field.ICMP))
    projected &= space.everything
    if projected == space.nothing:
        return ()
    if projected == space.everything:
        return ("any",)
    named = list(_named(space, projected))
    if len(named) > _MOST_PARTS:
        named = [*named[:_MOST_PARTS], f"and {len(named) - _MOST_PARTS} more"]
    return tuple(named)


def _named(space: HeaderSpace, projected: HeaderSet) -> Iterator[str]:
    for first, last in _intervals(space, projected, Field.PROTOCOL):
        protocols = range(first, last + 1)
        known = [number for number in protocols if number in PROTOCOL_NAMES]
        if len(protocols) > 1 and len(known) < len(protocols):
            yield f"protocol {first}-{last}"
            continue
        for number in protocols:
            name = PROTOCOL_NAMES.get(number, f"protocol {number}")
            inside = projected & _protocol(space, number)
            if number in PROTOCOLS_WITH_PORTS:
                yield from _parts(space, inside, Field.DESTINATION_PORT, name)
            elif number in (ICMP, ICMPV6):
                yield from _icmp(space, inside, name)
            else:
                yield name


def _protocol(space: HeaderSpace, number: int) -> HeaderSet:
    index = space.atoms.index(Field.PROTOCOL, number)
    return space.interval(Field.PROTOCOL, space.atoms.interval(Field.PROTOCOL, index))


def _parts(space: HeaderSpace, inside: HeaderSet, field: Field, name: str) -> Iterator[str]:
    for first, last in _merged(_intervals(space, inside, field)):
        if (first, last) == (0, 65535):
            yield name
        else:
            yield f"{name}/{first}" if first == last else f"{name}/{first}-{last}"


def _icmp(space: HeaderSpace, inside: HeaderSet, name: str) -> Iterator[str]:
    for first, last in _merged(_intervals(space, inside, Field.ICMP)):
        if (first, last) == (0, 65535):
            yield name
        else:
            types = (
                f"{first // 256}"
                if first // 256 == last // 256
                else (f"{first // 256}-{last // 256}")
            )
            yield f"{name}/{types}"


def _intervals(space: HeaderSpace, headers: HeaderSet, field: Field) -> Iterator[Interval]:
    """Yield the values of a field in a set, atom by atom."""
    projected = space.project(headers, (field,))
    for index in range(space.atoms.count(field)):
        interval = space.atoms.interval(field, index)
        if projected & space.interval(field, interval) != space.nothing:
            yield interval


def _merged(intervals: Iterator[Interval]) -> Iterator[Interval]:
    current: Interval | None = None
    for first, last in intervals:
        if current is not None and current[1] + 1 == first:
            current = (current[0], last)
            continue
        if current is not None:
            yield current
        current = (first, last)
    if current is not None:
        yield current
