"""The verdict of every ordered pair of zones, without the witness that shows it.

A pair is VIOLATED, UNKNOWN or PROVED exactly as its obligations are (see ``obligations``), except
where a witness is not confirmed by the naive interpreter: that would be a defect of the engine,
which only looking for the witness can show.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from ringfence.foundation.errors import BudgetExceededError
from ringfence.reach.diagrams import budgeted
from ringfence.reach.observing import Observation, observation

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ringfence.reach.question import Question
    from ringfence.reach.results import Verdict

Pair = tuple[str, str]


class Verdicts:
    """Judges the pairs of one question, each when it is first asked for."""

    def __init__(self, question: Question) -> None:
        self._question = question
        self._known: dict[Pair, Verdict] = {}

    @cached_property
    def pairs(self) -> tuple[Pair, ...]:
        """Every ordered pair of zones."""
        zones = self._question.policy.by_trust()
        return tuple((one, other) for one in zones for other in zones if one != other)

    @property
    def complete(self) -> bool:
        """Whether every pair was judged."""
        return len(self._known) == len(self.pairs)

    def of_pair(self, source: str, destination: str) -> Verdict:
        """Return the verdict of one pair; UNKNOWN where the sets outgrow their memory."""
        pair = (source, destination)
        known = self._known.get(pair)
        if known is None:
            try:
                with budgeted():
                    known = self._judged(source, destination)
            except BudgetExceededError:
                known = "UNKNOWN"
            self._known[pair] = known
        return known

    def every(self) -> Mapping[Pair, Verdict]:
        """Return the verdict of every pair."""
        if not self.complete:
            for pair in self.pairs:
                self.of_pair(*pair)
        return self._known

    def keep(self, earlier: Verdicts, touched: frozenset[Pair]) -> None:
        """Keep the verdicts from before an edit but those of the pairs that it touches."""
        known = earlier._known
        self._known = dict(known)
        for pair in touched:
            self._known.pop(pair, None)

    def _judged(self, source: str, destination: str) -> Verdict:
        leaks, nothing = self._question.leaks, self._question.space.nothing
        pair = (source, destination)
        if (
            self.observed.sights.get(pair)
            or leaks.undeclared(*pair, "lower") != nothing
            or leaks.uncrossed(*pair, "lower") != nothing
        ):
            return "VIOLATED"
        if (
            self.observed.missing.get(pair)
            or not self.deserted.isdisjoint(pair)
            or leaks.undeclared(*pair, "upper") != nothing
            or leaks.uncrossed(*pair, "upper") != nothing
            or leaks.answered(*pair) != nothing
        ):
            return "UNKNOWN"
        return "PROVED"

    @cached_property
    def observed(self) -> Observation:
        """Who observes whom."""
        return observation(self._question)

    @cached_property
    def deserted(self) -> frozenset[str]:
        """The zones to which nothing belongs of what was read."""
        question = self._question
        settled = {member.zone for member in question.memberships.values()}
        possible = question.standings("upper").receivers
        return frozenset(
            name
            for name, zone in question.policy.zones.items()
            if not (zone.external or name in settled or name in possible)
        )
