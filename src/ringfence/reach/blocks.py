"""Blocks of neighbouring addresses: what the rules of one zone pair or network have in common."""

from __future__ import annotations

from bisect import bisect_left
from heapq import heappop, heappush
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

_MOST: Final = 256
_SMALLEST: Final = 8


def block_starts(starts: Sequence[int], first_ipv6: int, most: int = _MOST) -> tuple[int, ...]:
    """Return the index of the atom at which each block begins.

    ``starts`` are the addresses at which the atoms begin, those of IPv6 from the index
    ``first_ipv6`` on. The block with the most atoms is halved where its addresses' next bit
    changes, as networks are, until there are ``most`` blocks or each is small.
    """
    # The most atoms first: (their negated count, first, past the last, lowest address, bits).
    heap: list[tuple[int, int, int, int, int]] = []

    def push(first: int, last: int, low: int, bits: int) -> None:
        if first < last:
            heappush(heap, (first - last, first, last, low, bits))

    push(0, first_ipv6, 0, 32)
    push(first_ipv6, len(starts), starts[first_ipv6], 128)
    while len(heap) < most and -heap[0][0] > _SMALLEST:
        _, first, last, low, bits = heappop(heap)
        middle = low + (1 << (bits - 1))
        split = bisect_left(starts, middle, first, last)
        push(first, split, low, bits - 1)
        push(split, last, middle, bits - 1)
    return tuple(sorted(entry[1] for entry in heap))
