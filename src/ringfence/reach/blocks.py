"""Blocks of neighbouring addresses: what the rules of one zone pair or network have in common."""

from __future__ import annotations

from bisect import bisect_left
from heapq import heappop, heappush
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

_MOST: Final = 256
_SMALLEST: Final = 8
_BITS: Final = 129  # IPv6 addresses follow the IPv4 ones


def block_starts(starts: Sequence[int], most: int = _MOST) -> tuple[int, ...]:
    """Return the index of the atom at which each block begins.

    ``starts`` are the addresses at which the atoms begin. The block with the most atoms is halved
    where its addresses' next bit changes, as networks are, until there are ``most`` blocks or
    each is small.
    """
    heap: list[tuple[int, int, int, int, int]] = []

    def push(first: int, last: int, low: int, bits: int) -> None:
        # Halves in which nothing lies are passed over at once.
        if first < last:
            heappush(heap, (first - last, first, last, low, bits))

    push(0, len(starts), 0, _BITS)
    done: list[int] = []
    while heap and len(heap) + len(done) < most:
        size, first, last, low, bits = heappop(heap)
        if -size <= _SMALLEST or bits == 0:
            done.append(first)
            continue
        half = bits - 1
        middle = low + (1 << half)
        split = bisect_left(starts, middle, first, last)
        push(first, split, low, half)
        push(split, last, middle, half)
    return tuple(sorted([*done, *(entry[1] for entry in heap)]))
