"""Sets of packet headers: exact, closed under union, intersection and difference.

A set is a decision diagram over the bits of each field's atom code (see ``fields``). Sets of one
space are canonical: two are the same set exactly when they are equal.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from ringfence.reach.diagrams import HeaderSet, OxiddDiagrams, budgeted
from ringfence.reach.encoding import CodeEncoder
from ringfence.reach.fields import IPV4, IPV6, Atoms, Box, Cuts, Field, Interval, header_values
from ringfence.reach.orders import ADDRESSES_FIRST, Order, levels

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from ringfence.model.packet import Header
    from ringfence.reach.diagrams import Diagrams

__all__ = ["HeaderSet", "HeaderSpace"]

_NODES: Final = 1 << 23
_MOST_KEPT: Final = 2048
_REPLY: Final = {
    Field.SOURCE: Field.DESTINATION,
    Field.DESTINATION: Field.SOURCE,
    Field.SOURCE_PORT: Field.DESTINATION_PORT,
    Field.DESTINATION_PORT: Field.SOURCE_PORT,
}


def _keep(known: dict[HeaderSet, HeaderSet], one: HeaderSet, other: HeaderSet) -> None:
    """Keep what became of a set, and of so many only: what is kept takes memory."""
    if len(known) >= _MOST_KEPT:
        del known[next(iter(known))]
    known[one] = other


def _halves(sets: Sequence[HeaderSet]) -> HeaderSet:
    """Return the union of some sets, by halves of them."""
    count = len(sets)
    if count < 3:
        return sets[0] | sets[1] if count == 2 else sets[0]
    middle = count // 2
    return _halves(sets[:middle]) | _halves(sets[middle:])


class HeaderSpace:
    """All headers that some fixed cuts can tell apart, and the sets of them.

    ``everything`` holds each header of one address family, so that a set is empty exactly when no
    packet is in it. Complements are taken within it. ``order`` says which
    bits stand above which in the diagrams, and ``library`` which decision diagrams are used.
    Where ``between`` is given, the space holds only the headers from the source addresses to the
    destination addresses of any of its boxes, whose ends are cuts.
    Raises ``BudgetExceededError`` where the diagrams outgrow ``nodes``.
    """

    def __init__(
        self,
        cuts: Cuts | Atoms,
        nodes: int = _NODES,
        order: Order = ADDRESSES_FIRST,
        library: Callable[[int], Diagrams[Any]] = OxiddDiagrams,
        between: Sequence[Box] = (),
    ) -> None:
        aligned = order.blocks_on_top
        self.atoms: Atoms = cuts.atoms(aligned=aligned) if isinstance(cuts, Cuts) else cuts
        self.between = tuple(between)
        self._made_with = nodes, order, library
        self._diagrams: Diagrams[HeaderSet] = library(nodes)
        self._levels = levels(self.atoms, order)
        """The variables of each field's code, by number, from the highest bit."""
        with budgeted():
            variables = self._diagrams.variables(sum(map(len, self._levels.values())))
            self._encoders = {
                name: CodeEncoder(self._diagrams, [variables[number] for number in numbers])
                for name, numbers in self._levels.items()
            }
            self._ranges: dict[tuple[Field, Interval], HeaderSet] = {}
            self._encoded: dict[Header, dict[int, bool]] = {}
            self._replied: dict[HeaderSet, HeaderSet] = {}
            self._answered: dict[HeaderSet, HeaderSet] = {}
            self.nothing: HeaderSet = self._diagrams.false
            self.everything: HeaderSet = self._one_family()

    def _one_family(self) -> HeaderSet:
        both = self.nothing
        for family in (IPV4, IPV6):
            both |= self._box(family, family)
        if self.between:
            both &= self.union([self._box(*box) for box in self.between])
        return both

    def _box(self, sources: Interval, destinations: Interval) -> HeaderSet:
        return self._raw(Field.SOURCE, sources) & self._raw(Field.DESTINATION, destinations)

    def part(self, between: Sequence[Box]) -> HeaderSpace:
        """Return the space of the headers in some boxes, with diagrams and a budget of its own."""
        nodes, order, library = self._made_with
        return HeaderSpace(self.atoms, nodes, order, library, between)

    def covers(self, cuts: Cuts) -> bool:
        """Tell whether every one of some cuts is one of the space's."""
        return all(
            self.atoms.begins(name, start)
            for name, starts in cuts.starts().items()
            for start in starts
        )

    def interval(self, name: Field, interval: Interval) -> HeaderSet:
        """Return the headers whose field ``name`` lies in ``interval``, whose ends are cuts."""
        known = self._ranges.get((name, interval))
        if known is None:
            with budgeted():
                known = self._raw(name, interval) & self.everything
            self._ranges[name, interval] = known
        return known

    def intervals(self, name: Field, intervals: Iterable[Interval]) -> HeaderSet:
        """Return the headers whose field ``name`` lies in any of ``intervals``."""
        return self.union([self.interval(name, interval) for interval in intervals])

    def loosely(self, name: Field, intervals: Iterable[Interval]) -> HeaderSet:
        """Return the same, and codes of two address families with it, which no packet has.

        It is smaller, for what is held against a set of real headers in the end.
        """
        between, code_range = self._encoders[name].between, self.atoms.code_range
        with budgeted():
            return self.union([between(*code_range(name, interval)) for interval in intervals])

    def union(self, sets: Sequence[HeaderSet]) -> HeaderSet:
        """Return the union, built as a balanced tree, which keeps the diagrams small."""
        if len(sets) < 2:
            return sets[0] if sets else self.nothing
        with budgeted():
            return _halves(sets)

    def without(self, one: HeaderSet, other: HeaderSet) -> HeaderSet:
        """Return what is in ``one`` and not in ``other``."""
        with budgeted():
            return one & ~other

    def complement(self, one: HeaderSet) -> HeaderSet:
        """Return every header that is not in ``one``."""
        return self.without(self.everything, one)

    def choose(self, condition: HeaderSet, inside: HeaderSet, outside: HeaderSet) -> HeaderSet:
        """Return what ``inside`` holds in ``condition``, and what ``outside`` holds elsewhere."""
        with budgeted():
            return self._diagrams.choose(condition, inside, outside)

    def contains(self, one: HeaderSet, header: Header) -> bool:
        """Tell whether a header is in the set."""
        values = self._encoded.get(header)
        if values is None:
            values = self._encoded[header] = self._bits(header)
        return self._diagrams.holds(one, values)

    def _bits(self, header: Header) -> dict[int, bool]:
        values: dict[int, bool] = {}
        for name, value in header_values(header).items():
            code, _ = self.atoms.codes(name, self.atoms.index(name, value))
            for bit, number in enumerate(reversed(self._levels[name])):
                values[number] = bool(code >> bit & 1)
        return values

    def replies(self, one: HeaderSet) -> HeaderSet:
        """Return the set with source and destination exchanged in every header."""
        known = self._replied.get(one)
        if known is None:
            pairs = {
                number: partner
                for name, twin in _REPLY.items()
                for number, partner in zip(self._levels[name], self._levels[twin], strict=True)
            }
            with budgeted():
                known = self._diagrams.exchange(one, pairs)
            _keep(self._replied, one, known)
        return known

    def answers(self, one: HeaderSet) -> HeaderSet:
        """Return every header with which conversations of the set's headers may be answered.

        A device knows them by addresses, protocol and ports alone: TCP flags, and types of ICMP,
        are what whoever answers makes them.
        """
        known = self._answered.get(one)
        if known is None:
            known = self.freed(self.replies(one), (Field.TCP_FLAGS, Field.ICMP))
            _keep(self._answered, one, known)
        return known

    def project(self, one: HeaderSet, keep: Iterable[Field]) -> HeaderSet:
        """Return the headers that agree with one of the set's in the fields ``keep``."""
        kept = set(keep)
        return self.freed(one, [name for name in Field if name not in kept])

    def freed(self, one: HeaderSet, fields: Iterable[Field]) -> HeaderSet:
        """Return the set with any values in some fields; it may hold two families together."""
        dropped = [number for name in fields for number in self._levels[name]]
        if not dropped:
            return one
        with budgeted():
            return self._diagrams.exists(one, dropped)

    def pieces(self, name: Field, interval: Interval) -> Iterator[Interval]:
        """Yield the atoms of an interval whose ends are cuts."""
        first, last = self.atoms.indexes(name, interval)
        return (self.atoms.interval(name, index) for index in range(first, last + 1))

    def pick(self, one: HeaderSet) -> dict[Field, Interval] | None:
        """Return, for one header of the set, the interval of values that each field may have.

        ``None`` where the set is empty.
        """
        values = self._diagrams.pick(one)
        if values is None:
            return None
        picked: dict[Field, Interval] = {}
        for name, numbers in self._levels.items():
            code = 0
            for number in numbers:
                code = code * 2 + values.get(number, False)
            picked[name] = self.atoms.interval(name, self.atoms.index_of_code(name, code))
        return picked

    def size(self, one: HeaderSet) -> int:
        """Return how many nodes the diagram of a set has."""
        return self._diagrams.size(one)

    def _raw(self, name: Field, interval: Interval) -> HeaderSet:
        return self._encoders[name].between(*self.atoms.code_range(name, interval))
