"""Field diagrams: sets of headers as graphs whose edges are intervals of raw values.

A node asks for one field and leads each of its values to another node, that of a later field, or
to one of the two ends, 0 (not in the set) and 1 (in the set). Nodes are shared and reduced, so
that two sets are the same exactly when they are the same number.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

Interval = tuple[int, int]
Edge = tuple[int, int]
"""The last value of an interval and where it leads; the first value follows the edge before."""

EMPTY: Final = 0
FULL: Final = 1

IPV6_START: Final = 1 << 32  # IPv6 addresses follow the IPv4 ones in one space of numbers
ADDRESS_LAST: Final = IPV6_START + (1 << 128) - 1
IPV4: Final[Interval] = (0, IPV6_START - 1)
IPV6: Final[Interval] = (IPV6_START, ADDRESS_LAST)

DESTINATION, SOURCE, PROTOCOL, DESTINATION_PORT, SOURCE_PORT, ICMP, TCP_FLAGS, FRAGMENT = range(8)
LAST_VALUES: Final = (ADDRESS_LAST, ADDRESS_LAST, 255, 65535, 65535, 65535, 63, 2)
_END: Final = len(LAST_VALUES)
_TWINS: Final = (DESTINATION, DESTINATION_PORT)  # each is followed by the same field of the source

Box = dict[int, "tuple[Interval, ...]"]
"""For some fields, by number, the sorted intervals that their values lie in."""


class Diagrams:
    """Makes and combines sets; ``everything`` holds each header whose addresses are of one family.

    What a protocol lacks (ports, ICMP type, flags) is a field all the same.
    """

    def __init__(self) -> None:
        self._nodes: list[tuple[int, tuple[Edge, ...]]] = [(_END, ()), (_END, ())]
        self._numbers: dict[tuple[int, tuple[Edge, ...]], int] = {}
        self._both: dict[tuple[int, int], int] = {}
        self._either: dict[tuple[int, int], int] = {}
        self._without: dict[tuple[int, int], int] = {}
        self._exchanged: dict[int, int] = {}
        self._freed: dict[tuple[int, tuple[int, ...]], int] = {}
        self.everything = self.box({})

    def node(self, field: int, edges: Iterable[Edge]) -> int:
        """Return the node with these edges, which cover every value in order; neighbours merge."""
        merged: list[Edge] = []
        for edge in edges:
            if merged and merged[-1][1] == edge[1]:
                merged[-1] = edge
            else:
                merged.append(edge)
        if len(merged) == 1:
            return merged[0][1]
        key = (field, tuple(merged))
        known = self._numbers.get(key)
        if known is None:
            known = self._numbers[key] = len(self._nodes)
            self._nodes.append(key)
        return known

    def field_of(self, one: int) -> int:
        """Return the field that a node asks for; one past the last for the two ends."""
        return self._nodes[one][0]

    def inside(self, field: int, intervals: Iterable[Interval], child: int) -> int:
        """Return the node that leads sorted, disjoint intervals to ``child``, the rest to 0."""
        edges: list[Edge] = []
        covered = -1
        for first, last in intervals:
            if first > covered + 1:
                edges.append((first - 1, EMPTY))
            edges.append((last, child))
            covered = last
        if covered < LAST_VALUES[field]:
            edges.append((LAST_VALUES[field], EMPTY))
        return self.node(field, edges)

    def box(self, box: Mapping[int, tuple[Interval, ...]]) -> int:
        """Return the headers whose fields all lie in the intervals that the box gives them."""
        below = FULL
        for field in range(FRAGMENT, SOURCE, -1):
            if field in box:
                below = self.inside(field, box[field], below)
        edges: list[tuple[Interval, int]] = []
        for family in (IPV4, IPV6):
            sources = within(box.get(SOURCE, (family,)), family)
            child = self.inside(SOURCE, sources, below)
            edges += ((each, child) for each in within(box.get(DESTINATION, (family,)), family))
        return self._leading(DESTINATION, edges)

    def _leading(self, field: int, edges: Iterable[tuple[Interval, int]]) -> int:
        full: list[Edge] = []
        covered = -1
        for (first, last), child in edges:
            if first > covered + 1:
                full.append((first - 1, EMPTY))
            full.append((last, child))
            covered = last
        if covered < LAST_VALUES[field]:
            full.append((LAST_VALUES[field], EMPTY))
        return self.node(field, full)

    def both(self, one: int, other: int) -> int:
        """Return what is in both sets."""
        if other in (one, FULL):
            return one
        if one == FULL:
            return other
        if EMPTY in (one, other):
            return EMPTY
        if one > other:
            one, other = other, one
        return self._combined(self._both, self.both, one, other)

    def either(self, one: int, other: int) -> int:
        """Return what is in either set."""
        if other in (one, EMPTY):
            return one
        if one == EMPTY:
            return other
        if FULL in (one, other):
            return FULL
        if one > other:
            one, other = other, one
        return self._combined(self._either, self.either, one, other)

    def without(self, one: int, other: int) -> int:
        """Return what is in ``one`` and not in ``other``."""
        if one in (EMPTY, other) or other == FULL:
            return EMPTY
        if other == EMPTY:
            return one
        return self._combined(self._without, self.without, one, other)

    def _combined(
        self,
        known: dict[tuple[int, int], int],
        combine: Callable[[int, int], int],
        one: int,
        other: int,
    ) -> int:
        key = (one, other)
        found = known.get(key)
        if found is None:
            field = min(self._nodes[one][0], self._nodes[other][0])
            ones, others = self._edges(one, field), self._edges(other, field)
            edges: list[Edge] = []
            at_one = at_other = 0
            last_value = LAST_VALUES[field]
            last = -1
            while last < last_value:
                (end_one, child_one), (end_other, child_other) = ones[at_one], others[at_other]
                last = min(end_one, end_other)
                edges.append((last, combine(child_one, child_other)))
                at_one += end_one == last
                at_other += end_other == last
            found = known[key] = self.node(field, edges)
        return found

    def _edges(self, one: int, field: int) -> tuple[Edge, ...]:
        own, edges = self._nodes[one]
        return edges if own == field else ((LAST_VALUES[field], one),)

    def union(self, sets: Sequence[int]) -> int:
        """Return the union of sets, built as a balanced tree."""
        parts = [one for one in sets if one != EMPTY]
        while len(parts) > 1:
            parts = [
                self.either(*parts[at : at + 2]) if at + 1 < len(parts) else parts[at]
                for at in range(0, len(parts), 2)
            ]
        return parts[0] if parts else EMPTY

    def answers(self, one: int) -> int:
        """Return whatever may answer: ends exchanged, with any TCP flags and ICMP types."""
        return self.freed(self.exchanged(one), (ICMP, TCP_FLAGS))

    def exchanged(self, one: int) -> int:
        """Return the set with source and destination exchanged in every header."""
        field = self.field_of(one)
        if field == _END:
            return one
        known = self._exchanged.get(one)
        if known is not None:
            return known
        twin = next((first for first in _TWINS if first <= field <= first + 1), None)
        if twin is None:
            edges = [(last, self.exchanged(child)) for last, child in self._edges(one, field)]
            found = self.node(field, edges)
        else:
            found = self._turned(one, twin)
        self._exchanged[one] = found
        return found

    def _turned(self, one: int, first: int) -> int:
        """Exchange the fields ``first`` and the next, and what is below."""
        parts: list[int] = []
        start = 0
        for last, child in self._edges(one, first):
            below = [
                (end, self.inside(first + 1, ((start, last),), self.exchanged(grandchild)))
                for end, grandchild in self._edges(child, first + 1)
            ]
            parts.append(self.node(first, below))
            start = last + 1
        return self.union(parts)

    def freed(self, one: int, fields: tuple[int, ...]) -> int:
        """Return the set with any values in some fields, of two families together too."""
        field = self.field_of(one)
        if field == _END or not fields:
            return one
        key = (one, fields)
        found = self._freed.get(key)
        if found is None:
            edges = [(last, self.freed(child, fields)) for last, child in self._edges(one, field)]
            if field in fields:
                found = self.union([child for _, child in edges])
            else:
                found = self.node(field, edges)
            self._freed[key] = found
        return found

    def shifted(self, one: int, field: int, old: Interval, new: Interval) -> int:
        """Return the headers whose field lies in ``old``, moved to the same place in ``new``."""
        own = self.field_of(one)
        if one == EMPTY:
            return EMPTY
        if own < field:
            edges = [
                (last, self.shifted(child, field, old, new))
                for last, child in self._edges(one, own)
            ]
            return self.node(own, edges)
        moved: list[tuple[Interval, int]] = []
        start = 0
        for last, child in self._edges(one, field):
            for low, high in within([(start, last)], old):
                moved.append(((low - old[0] + new[0], high - old[0] + new[0]), child))
            start = last + 1
        return self._leading(field, moved)

    def example(self, one: int) -> dict[int, int]:
        """Return a header of a set that is not empty: the least value of each field it asks for."""
        found: dict[int, int] = {}
        while one != FULL:
            field, edges = self._nodes[one]
            start = 0
            for last, child in edges:
                if child != EMPTY:
                    found[field] = start
                    one = child
                    break
                start = last + 1
        return found


def within(intervals: Iterable[Interval], bounds: Interval) -> tuple[Interval, ...]:
    """Return the parts of sorted intervals that lie within ``bounds``."""
    low, high = bounds
    return tuple(
        (max(first, low), min(last, high))
        for first, last in intervals
        if first <= high and last >= low
    )


def joined(intervals: Iterable[Interval]) -> tuple[Interval, ...]:
    """Return intervals sorted, and those that overlap or touch as one."""
    found: list[Interval] = []
    for first, last in sorted(intervals):
        if found and first <= found[-1][1] + 1:
            found[-1] = (found[-1][0], max(found[-1][1], last))
        else:
            found.append((first, last))
    return tuple(found)


def outside(intervals: Iterable[Interval], bounds: Interval) -> tuple[Interval, ...]:
    """Return what sorted, disjoint intervals leave of ``bounds``."""
    left: list[Interval] = []
    start, end = bounds
    for first, last in within(intervals, bounds):
        if first > start:
            left.append((start, first - 1))
        start = last + 1
    if start <= end:
        left.append((start, end))
    return tuple(left)


def common(one: Iterable[Interval], other: Sequence[Interval]) -> tuple[Interval, ...]:
    """Return what two sequences of sorted, disjoint intervals have in common."""
    return joined(part for interval in one for part in within(other, interval))
