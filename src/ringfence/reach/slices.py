"""Slices of a header space: what outgrows the budget whole may fit in parts, one after the other.

A slice is the headers between some addresses, in a space with diagrams of its own that are dropped
when it is done. Where a slice outgrows its budget too, it is halved, as often as is bearable.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, log2
from typing import TYPE_CHECKING, Final, TypeVar

from ringfence.foundation.errors import BudgetExceededError
from ringfence.reach.diagrams import budgeted
from ringfence.reach.fields import ADDRESS_END, Field, Interval

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from ringfence.reach.fields import Atoms, Box
    from ringfence.reach.headers import HeaderSpace

Found = TypeVar("Found")

ANY_ADDRESS: Final[Interval] = (0, ADDRESS_END - 1)
_MOST_HALVINGS: Final = 4
_NODES_WHOLE: Final = 1 << 22
_NODES_OF_SLICE: Final = 1 << 20


@dataclass(frozen=True)
class Slice:
    """The headers from some addresses to others and, where ``both_ways``, back.

    ``halvings`` tells how often it was halved. Both ways, addresses at the two ends are the same
    or have none in common.
    """

    sources: Interval = ANY_ADDRESS
    destinations: Interval = ANY_ADDRESS
    both_ways: bool = False
    halvings: int = 0

    @property
    def boxes(self) -> tuple[Box, ...]:
        """The boxes that it holds."""
        there = self.sources, self.destinations
        return (there, there[::-1]) if self.both_ways else (there,)

    def halves(self, atoms: Atoms) -> tuple[Slice, ...]:
        """Return the slices of half as many atoms that hold the same together.

        Destinations are halved and, where ``both_ways``, sources too. There are none where
        nothing is left to halve.
        """
        destinations = _halved(atoms, self.destinations)
        sources = _halved(atoms, self.sources) if self.both_ways else (self.sources,)
        if len(destinations) == 1 and len(sources) == 1:
            return ()
        return tuple(
            Slice(source, destination, self.both_ways, self.halvings + 1)
            for source in sources
            for destination in destinations
            # Between the same addresses, one way holds the other.
            if self.sources != self.destinations or not self.both_ways or source <= destination
        )


def destination_slices(atoms: Atoms, nodes: int) -> tuple[Slice, ...]:
    """Return slices by destination for sets that are expected to take some number of nodes."""
    found: tuple[Slice, ...] = (Slice(),)
    for _ in range(max(0, ceil(log2(nodes / _NODES_OF_SLICE))) if nodes > _NODES_WHOLE else 0):
        found = tuple(half for one in found for half in one.halves(atoms) or (one,))
    return tuple(Slice(one.sources, one.destinations) for one in found)


def _halved(atoms: Atoms, interval: Interval) -> tuple[Interval, ...]:
    first, last = atoms.indexes(Field.DESTINATION, interval)
    if first == last:
        return (interval,)
    middle, _ = atoms.interval(Field.DESTINATION, (first + last + 1) // 2)
    return (interval[0], middle - 1), (middle, interval[1])


def in_slices(
    space: HeaderSpace, slices: Iterable[Slice], work: Callable[[HeaderSpace], Found]
) -> Iterator[tuple[Slice, Found]]:
    """Yield what ``work`` finds in the space of each slice, in slices that each fit the budget.

    Raises ``BudgetExceededError`` at the first that does not fit, however often it is halved:
    what was found before it is not the whole then.
    """
    waiting = list(slices)[::-1]
    while waiting:
        one = waiting.pop()
        try:
            with budgeted():
                found = work(space.part(one.boxes))
        except BudgetExceededError:
            halves = one.halves(space.atoms)
            if one.halvings == _MOST_HALVINGS or not halves:
                raise
            waiting.extend(reversed(halves))
        else:
            yield one, found
