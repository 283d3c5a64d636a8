"""Header sets written over raw values, as the field diagrams of a certificate.

Only what every header space can do is used (ranges, intersection, projection, equality), so that
the same set gives the same diagram whatever atoms, variable order or library stand behind it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ringfence.model.certificate import ANYTHING, FIELDS, NOTHING, Edge, Node
from ringfence.reach.fields import IPV4, IPV6, Field, Interval, address_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ringfence.reach.headers import HeaderSet, HeaderSpace

_ORDER: Final = tuple(Field(name) for name in FIELDS)
_ADDRESSES: Final = (Field.DESTINATION, Field.SOURCE)

_Shape = tuple[int, tuple[tuple[int, int, int], ...]]


class FieldDiagrams:
    """Turns sets of one space into nodes; the nodes of all of them are shared and numbered."""

    def __init__(self, space: HeaderSpace) -> None:
        self._space = space
        self._shapes: dict[_Shape, int] = {}
        self._known: dict[tuple[int, HeaderSet], int] = {}
        self._atoms = {name: space.atoms.count(name) for name in Field}

    @property
    def nodes(self) -> tuple[Node, ...]:
        """Every node so far; a child comes before its parents."""
        return tuple(
            Node(
                field=level,
                edges=tuple(
                    Edge(first=_value(level, first), last=_value(level, last), child=child)
                    for first, last, child in edges
                ),
            )
            for level, edges in self._shapes
        )

    def node(self, headers: HeaderSet) -> int:
        """Return the number of the node where the diagram of a set begins."""
        return self._node(0, headers)

    def _node(self, level: int, headers: HeaderSet) -> int:
        """Return the node of a set of which the fields above ``level`` are of no account."""
        if headers == self._space.nothing:
            return NOTHING
        if level == len(_ORDER):
            return ANYTHING
        known = self._known.get((level, headers))
        if known is None:
            known = self._known[level, headers] = self._shape(level, headers)
        return known

    def _shape(self, level: int, headers: HeaderSet) -> int:
        edges: list[tuple[int, int, int]] = []
        name = _ORDER[level]
        for (start, end), below in self._pieces(level, headers):
            child = self._node(level + 1, below)
            first = self._space.atoms.interval(name, start)[0]
            last = self._space.atoms.interval(name, end)[1]
            if edges and edges[-1][1] == first - 1 and edges[-1][2] == child:
                first = edges.pop()[0]
            edges.append((first, last, child))
        whole = self._space.atoms.interval(name, self._atoms[name] - 1)[1]
        if name not in _ADDRESSES and edges[0][:2] == (0, whole):
            return edges[0][2]
        shape = (level, tuple(edges))
        return self._shapes.setdefault(shape, len(self._shapes) + 2)

    def _pieces(self, level: int, headers: HeaderSet) -> Iterator[tuple[Interval, HeaderSet]]:
        """Yield runs of atoms, in order, of which all lead to the same set of lower fields."""
        space, name = self._space, _ORDER[level]
        keep = _ORDER[level + 1 :]
        families = (IPV4, IPV6) if name in _ADDRESSES else ()
        waiting = [space.atoms.indexes(name, one) for one in reversed(families)]
        waiting = waiting or [(0, self._atoms[name] - 1)]
        while waiting:
            first, last = waiting.pop()
            low = space.atoms.interval(name, first)[0]
            high = space.atoms.interval(name, last)[1]
            here = space.interval(name, (low, high))
            part = headers & here
            if part == space.nothing:
                continue
            below = space.project(part, keep)
            if first == last or below & here == part:
                yield (first, last), below
                continue
            middle = (first + last) // 2
            waiting += ((middle + 1, last), (first, middle))


def _value(level: int, value: int) -> int | str:
    return address_text(value) if _ORDER[level] in _ADDRESSES else value
