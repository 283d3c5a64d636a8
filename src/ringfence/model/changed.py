"""Which records of a table an edit has put in the place of others, found without reading them all.

An edit keeps every record that it does not touch, so that most of two tables is not only equal but
the same objects, and comparing them costs a pointer each.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ringfence.model.facts import NotRead


@dataclass(frozen=True, slots=True)
class Window:
    """Where two sequences differ: ``start`` to ``old_end`` in one, to ``new_end`` in the other."""

    start: int
    old_end: int
    new_end: int


def window(old: Sequence[Any], new: Sequence[Any]) -> Window:
    """Return the smallest stretch outside of which two sequences are the same."""
    start = _alike(old, new, from_end=False)
    most = min(len(old), len(new)) - start
    rest_old, rest_new = old[len(old) - most :], new[len(new) - most :]
    end = _alike(rest_old, rest_new, from_end=True)
    return Window(start, len(old) - end, len(new) - end)


def _alike(old: Sequence[Any], new: Sequence[Any], *, from_end: bool) -> int:
    """Return how many items at one end are the same, by halves: slices are compared quickly."""
    low, high = 0, min(len(old), len(new))
    while low < high:
        middle = (low + high + 1) // 2
        if from_end:
            same = (
                old[len(old) - middle : len(old) - low] == new[len(new) - middle : len(new) - low]
            )
        else:
            same = old[low:middle] == new[low:middle]
        low, high = (middle, high) if same else (low, middle - 1)
    return low


@dataclass(frozen=True, slots=True)
class TableChange:
    """The records of a table that are others after an edit, by id: as they were and as they are."""

    old: dict[str, Any]
    new: dict[str, Any]

    def __bool__(self) -> bool:
        return bool(self.old or self.new)

    @property
    def ids(self) -> frozenset[str]:
        """The ids of all records that came, went or changed."""
        return frozenset(self.old) | frozenset(self.new)


NOTHING_CHANGED = TableChange({}, {})


def table_change(old: Any, new: Any) -> TableChange:
    """Return how a table of records with an ``id`` changed; one that was not read holds none."""
    if old is new:
        return NOTHING_CHANGED
    before: Sequence[Any] = () if isinstance(old, NotRead) else old
    after: Sequence[Any] = () if isinstance(new, NotRead) else new
    found = window(before, after)
    left, right = before[found.start : found.old_end], after[found.start : found.new_end]
    if len(left) == len(right):
        pairs = [(one, other) for one, other in zip(left, right, strict=True) if one is not other]
        if all(one.id == other.id for one, other in pairs):
            pairs = [(one, other) for one, other in pairs if one != other]
            return TableChange(
                {one.id: one for one, _ in pairs}, {other.id: other for _, other in pairs}
            )
    olds, news = {one.id: one for one in left}, {one.id: one for one in right}
    return TableChange(
        {name: one for name, one in olds.items() if name not in news or news[name] != one},
        {name: one for name, one in news.items() if name not in olds or olds[name] != one},
    )
