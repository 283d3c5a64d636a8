"""Two snapshots under one policy, asked in one header space, so that equality is identity.

Zones are frozen as they were before the edit (see ``freezing``).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final

import msgspec

from ringfence.foundation.progress import Progress, SilentProgress
from ringfence.reach.carrying import Carrying
from ringfence.reach.describing import services
from ringfence.reach.effects import Effect, PairEffect, sentences
from ringfence.reach.fields import Cuts
from ringfence.reach.fitting import fitted_space
from ringfence.reach.freezing import frozen
from ringfence.reach.leaks import Leak
from ringfence.reach.obligations import Obligations
from ringfence.reach.question import Question
from ringfence.reach.witnesses import Witnesses

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ringfence.model.packet import Header
    from ringfence.model.snapshot import Snapshot
    from ringfence.policy.document import Policy
    from ringfence.policy.membership import Membership
    from ringfence.reach.attachments import Bound
    from ringfence.reach.headers import HeaderSet, HeaderSpace
    from ringfence.reach.leaks import Leaks
    from ringfence.reach.results import Obligation, Verdict
    from ringfence.reach.witnesses import Violating
    from ringfence.replay.interpreter import Delivery

_WORST_FIRST: Final[tuple[Verdict, ...]] = ("VIOLATED", "UNKNOWN", "PROVED")
_BOUNDS: Final[tuple[Bound, Bound]] = ("lower", "upper")


@dataclass(frozen=True)
class Delta:
    """What is delivered after an edit and was not before, and the other way round."""

    opened: HeaderSet
    closed: HeaderSet


class Comparison:
    """One question before an edit and the same question after it."""

    def __init__(self, before: Question, after: Question) -> None:
        self.before = before
        self.after = after
        self.carrying = Carrying(before, after)
        self.space = self._shared_space()

    @staticmethod
    def of(
        policy: Policy,
        before: tuple[Snapshot, Iterable[Membership]],
        after: tuple[Snapshot, Iterable[Membership]],
    ) -> Comparison:
        """Compare two snapshots, each given with the memberships that a policy gives it."""
        members = tuple(before[1])
        return Comparison(
            Question(before[0], policy, members),
            Question(after[0], policy, frozen(members, after[1])),
        )

    def _shared_space(self) -> HeaderSpace:
        """Let both work in one space: that of the first, if it has every cut of the second."""
        before, after = self.before, self.after
        known = "space" in vars(before) and not (before.translates or after.translates)
        # Where addresses are translated, an edit of one header may touch any other.
        if known and before.space.covers(self.carrying.cuts()):
            self.carrying.within(before.space)
            return before.space
        cuts = Cuts()
        after.add_cuts(cuts)
        before.add_cuts(cuts)
        cuts.mirror((*before.mirrored, *after.mirrored))
        space = fitted_space(cuts, before.inventory.snapshot.devices)
        before.work_in(space)
        after.work_in(space)
        return space

    def delta(self, source: str, destination: str, bound: Bound) -> Delta:
        """Return what changes between two zones, for one bound of what is not known."""
        was = self.before.matrix(bound).delivered_with_local(source, destination)
        now = self.after.matrix(bound).delivered_with_local(source, destination)
        return Delta(self.space.without(now, was), self.space.without(was, now))

    def effect(self, progress: Progress | None = None) -> Effect:
        """Return what the edit does to every ordered pair of zones.

        Raises ``BudgetExceededError`` where the sets of headers outgrow their memory.
        """
        told = progress or SilentProgress()
        pairs = self.before.verdicts.pairs
        told.step("comparing", len(pairs))
        found: list[PairEffect] = []
        for source, destination in pairs:
            if self.may_differ(source, destination):
                effect = self.pair(source, destination)
                found.extend(() if effect is None else (effect,))
            told.advance()
        return Effect(
            policy=self.before.policy.name,
            zones=self.before.policy.by_trust(),
            compared=len(pairs),
            pairs=tuple(found),
        )

    def pair(self, source: str, destination: str) -> PairEffect | None:
        """Return what the edit does to one pair of zones, ``None`` where it does nothing."""
        if not self._differs(source, destination):
            return None
        owed = [tuple(one.of_pair(source, destination)) for one in self._obligations]
        verdicts, flows = [*map(judged, owed)], [*map(_flows_work, owed)]
        may = self.delta(source, destination, "upper")
        surely = self.delta(source, destination, "lower")
        nothing = self.space.nothing
        changed = (may.opened, may.closed, surely.opened, surely.closed)
        if verdicts[0] == verdicts[1] and flows[0] == flows[1] and set(changed) == {nothing}:
            return None
        shown = None
        if surely.opened != nothing:
            opened = (Leak(surely.opened),)
            shown = self._witnesses.show(source, destination, opened, self._within(surely))
        effect = PairEffect(
            source=source,
            destination=destination,
            sentences=(),
            before=verdicts[0],
            after=verdicts[1],
            opened=services(self.space, may.opened),
            closed=services(self.space, may.closed),
            surely_opened=services(self.space, surely.opened),
            surely_closed=services(self.space, surely.closed),
            flows_before=flows[0],
            flows_after=flows[1],
            witness=None if shown is None else shown.witness,
        )
        reason = "" if shown is None else f": {shown.reason}"
        told = [*sentences(effect, reason)]
        if effect.before != effect.after and (shown is None or effect.after == "UNKNOWN"):
            told.extend(_why(owed[1], effect.after))
        return msgspec.structs.replace(effect, sentences=tuple(told))

    @cached_property
    def _obligations(self) -> tuple[Obligations, Obligations]:
        return Obligations(self.before), Obligations(self.after)

    @cached_property
    def _leaks(self) -> tuple[Leaks, Leaks]:
        return self.before.leaks, self.after.leaks

    @cached_property
    def _witnesses(self) -> Witnesses:
        return Witnesses(self.after)

    def _within(self, delta: Delta) -> Violating:
        def violating(header: Header, _: Delivery) -> bool:
            return self.space.contains(delta.opened, header)

        return violating

    def may_differ(self, source: str, destination: str) -> bool:
        """Tell whether the edit may touch what is delivered between zones, or works."""
        touched = self.carrying.pairs
        if touched is None or (source, destination) in touched:
            return True
        return any(
            self.carrying.promised_otherwise(self._leaks[0].permitted(flow))
            for flow in self._leaks[0].flows(source, destination)
        )

    def _differs(self, source: str, destination: str) -> bool:
        """Tell whether anything that the verdicts of a pair rest on is another after the edit."""
        was, now = (
            [*self._sets(one, source, destination)] for one in (self._leaks[0], self._leaks[1])
        )
        pair = source, destination
        if self.before.verdicts.of_pair(*pair) != self.after.verdicts.of_pair(*pair):
            return True
        old, new = self.before.verdicts.observed, self.after.verdicts.observed
        before, after = (one.standing(source, destination) for one in self._obligations)
        return (
            was != now
            or before != after
            or old.sights.get(pair) != new.sights.get(pair)
            or bool(old.missing.get(pair)) != bool(new.missing.get(pair))
        )

    def _sets(self, leaks: Leaks, source: str, destination: str) -> Iterator[HeaderSet]:
        question = self.before if leaks is self._leaks[0] else self.after
        for bound in _BOUNDS:
            matrix = question.matrix(bound)
            yield matrix.delivered_with_local(source, destination)
            yield leaks.undeclared(source, destination, bound)
            yield leaks.uncrossed(source, destination, bound)
        yield leaks.answered(source, destination)


def judged(owed: tuple[Obligation, ...]) -> Verdict:
    """Return the verdict of a pair: the worst of its obligations but for promised services."""
    verdicts = {one.verdict for one in owed if one.kind != "flow"}
    return next(verdict for verdict in _WORST_FIRST if verdict in verdicts)


def _why(owed: tuple[Obligation, ...], verdict: Verdict) -> tuple[str, ...]:
    """Return what makes a verdict another than PROVED, in the words of the proof."""
    if verdict == "PROVED":
        return ()
    return tuple(one.sentence for one in owed if one.kind != "flow" and one.verdict == verdict)[:1]


def _flows_work(owed: tuple[Obligation, ...]) -> bool | None:
    verdicts = {one.verdict for one in owed if one.kind == "flow"}
    if "VIOLATED" in verdicts:
        return False
    return True if verdicts == {"PROVED"} else None
