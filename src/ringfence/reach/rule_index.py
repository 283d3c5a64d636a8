"""The rules of one chain, by how a packet has to stand to the device for them to match.

A firewall has thousands of rules and few pairs of interfaces. Rules with the same conditions on
interfaces and states are a group: for each passage whole groups match or not, so that no rule of
another pair is looked at.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from functools import cached_property
from typing import TYPE_CHECKING, Final

from ringfence.model.rules import InterfaceMatch, StateMatch
from ringfence.reach.conditions import match_of
from ringfence.reach.fields import ADDRESS_END, address_interval

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Sequence

    from ringfence.model.rules import Condition, Rule
    from ringfence.reach.conditions import Match
    from ringfence.reach.fields import Box

_LEADING: Final = frozenset({"jump", "goto"})

Group = tuple["Condition", ...]
"""The conditions on interfaces and states that some rules have in common."""


Ends = tuple[int, int, int, int]
"""The lowest and highest source address that a rule may match, and the same of destinations."""


def _ends_of(match: Match) -> Ends:
    ends = {"source": (0, ADDRESS_END), "destination": (0, ADDRESS_END)}
    for condition in match.addresses:
        if not condition.negated and condition.ranges:
            intervals = [address_interval(text) for text in condition.ranges]
            first, last = min(one for one, _ in intervals), max(one for _, one in intervals)
            before = ends[condition.side]
            ends[condition.side] = max(first, before[0]), min(last, before[1])
    return *ends["source"], *ends["destination"]


class RuleIndex:
    """Rules of a chain that do more than count, by their groups; ``of_rules`` makes the index.

    ``matches`` holds them in their order; positions are indexes of it.
    """

    def __init__(self, matches: Sequence[Match]) -> None:
        self.matches = matches
        self._positions: defaultdict[Group, list[int]] = defaultdict(list)
        for position, match in enumerate(matches):
            self._positions[match.passage].append(position)
        self.asked: tuple[Condition, ...] = tuple(
            dict.fromkeys(condition for group in self._positions for condition in group)
        )
        """Every condition on interfaces and states that some rule has."""
        self.leads: bool = any(match.rule.action in _LEADING for match in self.matches)
        """Whether any rule leads to another chain."""

    @classmethod
    def of_rules(cls, rules: Sequence[Rule]) -> RuleIndex:
        """Return the index of the rules of a chain."""
        return cls([match_of(rule) for rule in rules if rule.action != "continue"])

    def within(self, boxes: Sequence[Box]) -> RuleIndex:
        """Return the index of those rules that may match a header in some boxes."""
        kept: set[int] = set()
        for (source, source_end), (destination, destination_end) in boxes:
            kept.update(
                position
                for position, (first, last, lowest, highest) in enumerate(self._ends)
                if lowest <= destination_end
                and destination <= highest
                and first <= source_end
                and source <= last
            )
        return RuleIndex([self.matches[position] for position in sorted(kept)])

    @cached_property
    def _ends(self) -> list[Ends]:
        return [_ends_of(match) for match in self.matches]

    def holding(self, holds: Callable[[Condition], bool]) -> frozenset[Group]:
        """Return the groups of which every condition ``holds``."""
        answers = {condition: holds(condition) for condition in self.asked}
        return frozenset(
            group for group in self._positions if all(answers[condition] for condition in group)
        )

    def standing(self, holds: Callable[[Condition], bool]) -> frozenset[Group]:
        """Return the groups that match in some state of the connection, as ``holds`` tells."""
        return self.holding(lambda one: not isinstance(one, InterfaceMatch) or holds(one))

    def backwards(self, groups: Collection[Group], first: int, end: int) -> Iterator[Match]:
        """Yield the rules of ``groups`` from a position up to another, the last one first."""
        found: list[int] = []
        for group in groups:
            positions = self._positions[group]
            found += positions[bisect_left(positions, first) : bisect_left(positions, end)]
        found.sort(reverse=True)
        return (self.matches[position] for position in found)

    def last(self, group: Group) -> int:
        """Return the position of the last rule of a group."""
        return self._positions[group][-1]

    def ends(self, groups: Collection[Group]) -> list[int]:
        """Return where the last rules of the groups stand that ask for a state, from the first.

        Behind such a rule packets of another state may meet the same rules as well.
        """
        return sorted(
            {
                self._positions[group][-1]
                for group in groups
                if any(isinstance(condition, StateMatch) for condition in group)
            }
        )
