"""Ranges of codes as diagrams, put together from digits that most ranges share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ringfence.reach.diagrams import Diagrams, HeaderSet

_DIGIT: Final = 8


class CodeEncoder:
    """Encodes ranges of a field's codes, given its variables from the highest bit.

    A code is read as digits of eight bits. There are few values of one digit, so that nearly
    every range is a conjunction of diagrams that are already there.
    """

    def __init__(self, diagrams: Diagrams[HeaderSet], variables: Sequence[HeaderSet]) -> None:
        self._diagrams = diagrams
        self._ends: dict[tuple[int, int], HeaderSet] = {}
        self._ranges: dict[tuple[int, int, int], HeaderSet] = {}
        top = len(variables) % _DIGIT
        starts = [*([0] if top else []), *range(top, len(variables), _DIGIT)]
        ends = [*starts[1:], len(variables)]
        self._digits = [variables[one:two] for one, two in zip(starts, ends, strict=True)]
        self._below = [len(variables) - end for end in ends]
        """How many bits stand below each digit."""

    def between(self, first: int, last: int, position: int = 0) -> HeaderSet:
        """Return the codes from ``first`` to ``last``, by their digits from ``position`` on."""
        below = self._below[position]
        if below == 0:
            return self._digit(position, first, last)
        low, high = first >> below, last >> below
        full = (1 << below) - 1
        rest_low, rest_high = first & full, last & full
        if rest_low == 0 and rest_high == full:
            return self._digit(position, low, high)
        after = position + 1
        if low == high:
            inside = self.between(rest_low, rest_high, after)
            return self._digit(position, low, low) & inside
        found = self._digit(position, low, low) & self.between(rest_low, full, after)
        found |= self._digit(position, high, high) & self.between(0, rest_high, after)
        if low + 1 < high:
            found |= self._digit(position, low + 1, high - 1)
        return found

    def _digit(self, position: int, first: int, last: int) -> HeaderSet:
        known = self._ranges.get((position, first, last))
        if known is None:
            known = self._at_most(position, last)
            if first:
                known &= ~self._at_most(position, first - 1)
            self._ranges[position, first, last] = known
        return known

    def _at_most(self, position: int, value: int) -> HeaderSet:
        """Return the values of a digit up to ``value``, decided from the lowest bit up."""
        known = self._ends.get((position, value))
        if known is not None:
            return known
        result, nothing = self._diagrams.true, self._diagrams.false
        for bit, variable in enumerate(reversed(self._digits[position])):
            if value >> bit & 1:
                result = self._diagrams.choose(variable, result, self._diagrams.true)
            else:
                result = self._diagrams.choose(variable, nothing, result)
        self._ends[position, value] = result
        return result
