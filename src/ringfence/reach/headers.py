"""Sets of packet headers: exact, closed under union, intersection and difference.

A set is a decision diagram over the bits of each field's atom index (see ``fields``). Sets of one
space are canonical: two are the same set exactly when they are equal.
"""

from __future__ import annotations

from functools import reduce
from typing import TYPE_CHECKING, Final

from oxidd.bcdd import BCDDFunction, BCDDManager
from oxidd.util import DDMemoryError

from ringfence.foundation.errors import BudgetExceededError
from ringfence.reach.fields import IPV4, IPV6, Atoms, Cuts, Field, Interval, header_values

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from ringfence.model.packet import Header

HeaderSet = BCDDFunction

_NODES: Final = 1 << 23
_CACHE: Final = 1 << 20
_REPLY: Final = {
    Field.SOURCE: Field.DESTINATION,
    Field.DESTINATION: Field.SOURCE,
    Field.SOURCE_PORT: Field.DESTINATION_PORT,
    Field.DESTINATION_PORT: Field.SOURCE_PORT,
}


class HeaderSpace:
    """All headers that some fixed cuts can tell apart, and the sets of them.

    ``everything`` holds each header of one address family and no unused code, so that a set is
    empty exactly when no packet is in it. Complements are taken within it. Raises
    ``BudgetExceededError`` where the diagrams outgrow ``nodes``.
    """

    def __init__(self, cuts: Cuts, nodes: int = _NODES) -> None:
        self.atoms: Atoms = cuts.atoms()
        self._manager = BCDDManager(nodes, min(_CACHE, nodes), 1)
        self._variables: dict[Field, list[BCDDFunction]] = {}
        self._first: dict[Field, int] = {}
        for name in Field:
            bits = max(1, (self.atoms.count(name) - 1).bit_length())
            numbers = self._manager.add_vars(bits)
            self._first[name] = numbers.start
            self._variables[name] = [self._manager.var(number) for number in numbers]
        self._below: dict[tuple[Field, int], HeaderSet] = {}
        self.nothing: HeaderSet = self._manager.false()
        self.everything: HeaderSet = self._guarded(self._valid)

    def _guarded(self, build: Callable[[], HeaderSet]) -> HeaderSet:
        try:
            return build()
        except DDMemoryError as error:
            message = "The sets of packet headers outgrew the memory that they were given."
            advice = "Prove fewer zone pairs at a time, or give more memory."
            raise BudgetExceededError(message, advice) from error

    def _valid(self) -> HeaderSet:
        used = reduce(
            lambda one, other: one & other,
            (self._at_most(name, self.atoms.count(name) - 1) for name in Field),
        )
        one_family = self.nothing
        for family in (IPV4, IPV6):
            one_family |= self._raw(Field.SOURCE, family) & self._raw(Field.DESTINATION, family)
        return used & one_family

    def interval(self, name: Field, interval: Interval) -> HeaderSet:
        """Return the headers whose field ``name`` lies in ``interval``, whose ends are cuts."""
        return self._guarded(lambda: self._raw(name, interval) & self.everything)

    def intervals(self, name: Field, intervals: Iterable[Interval]) -> HeaderSet:
        """Return the headers whose field ``name`` lies in any of ``intervals``."""
        return self.union([self.interval(name, interval) for interval in intervals])

    def union(self, sets: Sequence[HeaderSet]) -> HeaderSet:
        """Return the union, built as a balanced tree, which keeps the diagrams small."""
        if not sets:
            return self.nothing

        def halves(parts: Sequence[HeaderSet]) -> HeaderSet:
            if len(parts) == 1:
                return parts[0]
            middle = len(parts) // 2
            return halves(parts[:middle]) | halves(parts[middle:])

        return self._guarded(lambda: halves(sets))

    def without(self, one: HeaderSet, other: HeaderSet) -> HeaderSet:
        """Return what is in ``one`` and not in ``other``."""
        return self._guarded(lambda: one & ~other)

    def complement(self, one: HeaderSet) -> HeaderSet:
        """Return every header that is not in ``one``."""
        return self.without(self.everything, one)

    def contains(self, one: HeaderSet, header: Header) -> bool:
        """Tell whether a header is in the set."""
        assignment: list[tuple[int, bool]] = []
        for name, value in header_values(header).items():
            index = self.atoms.index(name, value)
            bits = len(self._variables[name])
            assignment.extend(
                (self._first[name] + bit, bool(index >> (bits - 1 - bit) & 1))
                for bit in range(bits)
            )
        return one.eval(assignment)

    def replies(self, one: HeaderSet) -> HeaderSet:
        """Return the set with source and destination exchanged in every header."""
        pairs = [
            (self._first[name] + bit, variable)
            for name, twin in _REPLY.items()
            for bit, variable in enumerate(self._variables[twin])
        ]
        substitution = BCDDFunction.make_substitution(pairs)
        return self._guarded(lambda: one.substitute(substitution))

    def project(self, one: HeaderSet, keep: Iterable[Field]) -> HeaderSet:
        """Return the headers that agree with one of the set's in the fields ``keep``."""
        kept = set(keep)
        dropped = [bit for name in Field if name not in kept for bit in self._variables[name]]
        if not dropped:
            return one
        cube = reduce(lambda left, right: left & right, dropped)
        return self._guarded(lambda: one.exists(cube))

    def pick(self, one: HeaderSet) -> dict[Field, Interval] | None:
        """Return, for one header of the set, the interval of values that each field may have.

        ``None`` where the set is empty.
        """
        cube = one.pick_cube()
        if cube is None:
            return None
        picked: dict[Field, Interval] = {}
        for name, variables in self._variables.items():
            first = self._first[name]
            index = 0
            for bit in cube[first : first + len(variables)]:
                index = index * 2 + bool(bit)
            picked[name] = self.atoms.interval(name, index)
        return picked

    def _raw(self, name: Field, interval: Interval) -> HeaderSet:
        first, last = self.atoms.indexes(name, interval)
        below = self._at_most(name, last)
        return below & ~self._at_most(name, first - 1) if first else below

    def _at_most(self, name: Field, index: int) -> HeaderSet:
        """Return the codes up to ``index``, decided from the lowest bit up."""
        known = self._below.get((name, index))
        if known is not None:
            return known
        result = self._manager.true()
        for position, variable in enumerate(reversed(self._variables[name])):
            result = (~variable | result) if index >> position & 1 else (~variable & result)
        self._below[(name, index)] = result
        return result
