"""The hull of every rule's match, so that the few rules that meet a region are found at once.

A hull is one interval for each of source, destination, protocol and both ports. Rules whose hulls
do not meet have no packet in common; rules whose hulls do may still have none.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt

from ringfence.model.rules import AddressMatch, FamilyMatch, PortMatch, ProtocolMatch
from ringfence.reach.fields import IPV4, IPV6, Interval, address_interval

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from ringfence.model.changed import Window
    from ringfence.model.rules import Condition, Rule

Hull = tuple[Interval, ...]
"""Source, destination, protocol, source port and destination port."""

_IPV6_BITS_LEFT_OUT: Final = 68  # 60 bits of an IPv6 address are left, to fit beside IPv4 in 63
_FAMILIES: Final = {4: IPV4, 6: IPV6}


def _place(number: int) -> int:
    """Return an address as a number of 63 bits; the order is kept, though some fall together."""
    if number <= IPV4[1]:
        return number
    return IPV6[0] + ((number - IPV6[0]) >> _IPV6_BITS_LEFT_OUT)


def _shrunk(interval: Interval) -> Interval:
    return _place(interval[0]), _place(interval[1])


_ANY_ADDRESS: Final = _shrunk((IPV4[0], IPV6[1]))
EVERYTHING: Final[Hull] = (
    _ANY_ADDRESS,
    _ANY_ADDRESS,
    (0, 255),
    (0, 65_535),
    (0, 65_535),
)


def hull_of(rule: Rule) -> Hull:
    """Return the hull of a rule's match."""
    hull = list(EVERYTHING)
    for condition in rule.conditions:
        for column, interval in _bounds(condition):
            low, high = hull[column]
            hull[column] = max(low, interval[0]), min(high, interval[1])
    return tuple(hull)


def _bounds(condition: Condition) -> Iterable[tuple[int, Interval]]:
    match condition:
        case AddressMatch(side=side, ranges=ranges, negated=False):
            intervals = [_shrunk(address_interval(text)) for text in ranges]
            return ((0 if side == "source" else 1, _around(intervals)),)
        case FamilyMatch(family=family):
            return ((0, _shrunk(_FAMILIES[family])), (1, _shrunk(_FAMILIES[family])))
        case ProtocolMatch(protocols=protocols, negated=False):
            return ((2, _around([(one, one) for one in protocols])),)
        case PortMatch(side=side, ranges=numbers, negated=False):
            intervals = [(one.first, one.last) for one in numbers]
            return ((3 if side == "source" else 4, _around(intervals)),)
        case _:
            return ()


def _around(intervals: Sequence[Interval]) -> Interval:
    """Return the smallest interval around several; around none, one that meets nothing."""
    if not intervals:
        return 1, 0
    return min(low for low, _ in intervals), max(high for _, high in intervals)


def around(hulls: Sequence[Hull]) -> Hull:
    """Return the smallest hull around several."""
    return tuple(_around(columns) for columns in zip(*hulls, strict=True))


class Boxes:
    """The hulls of a chain's rules, in their order."""

    def __init__(self, lows: npt.NDArray[np.int64], highs: npt.NDArray[np.int64]) -> None:
        self.lows = lows
        self.highs = highs

    @staticmethod
    def of(rules: Iterable[Rule]) -> Boxes:
        """Return the hulls of some rules."""
        hulls = np.array([hull_of(rule) for rule in rules], dtype=np.int64)
        hulls = hulls.reshape(-1, len(EVERYTHING), 2)
        return Boxes(hulls[:, :, 0].T.copy(), hulls[:, :, 1].T.copy())

    def edited(self, window: Window, rules: Sequence[Rule]) -> Boxes:
        """Return the hulls where the rules of a window gave way to others of ``rules``."""
        there = Boxes.of(rules[window.start : window.new_end])
        return Boxes(
            *(
                np.concatenate((own[:, : window.start], new, own[:, window.old_end :]), axis=1)
                for own, new in ((self.lows, there.lows), (self.highs, there.highs))
            )
        )

    def meeting(self, hull: Hull) -> list[int]:
        """Return the positions of the rules whose hulls meet ``hull``."""
        meets = np.ones(self.lows.shape[1], dtype=bool)
        for column, (low, high) in enumerate(hull):
            meets &= (self.lows[column] <= high) & (self.highs[column] >= low)
        found: list[int] = np.flatnonzero(meets).tolist()
        return found
