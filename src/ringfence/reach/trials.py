"""Whether the changes that witnesses name close what they show, tried in the engine.

Each change is made to the snapshot, zones as they were, and the pair is judged again. What is too
large to be judged so often is not tried, and said to be not checked.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property
from itertools import combinations
from typing import TYPE_CHECKING, Final

import msgspec

from ringfence.foundation.errors import BudgetExceededError, ChangeRefusedError
from ringfence.foundation.text import listed
from ringfence.model.change import apply
from ringfence.model.facts import NotRead
from ringfence.reach.comparing import Comparison
from ringfence.reach.device_chains import DeviceChains
from ringfence.reach.diagrams import budgeted
from ringfence.reach.obligations import Obligations
from ringfence.reach.promises import Promises
from ringfence.reach.question import Question
from ringfence.reach.results import Closing, Obligation, PairResult, Together, Trial, Witness
from ringfence.reach.session import edited

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ringfence.model.change import Change
    from ringfence.policy.membership import Membership
    from ringfence.reach.device_chains import Chain
    from ringfence.reach.results import Verdict

    Pair = tuple[str, str]
    _Standing = dict[Pair, tuple[tuple[str, bool | None], ...]]
    Changes = tuple[Change, ...]

_MOST_MACHINES: Final = 5_000
_MOST_RULES: Final = 10_000
_MOST_TRIED: Final = 64  # edits of one proof
_MOST_TOGETHER: Final = 4  # changes of one pair


class Trials:
    """Tries changes of one question, each once for all pairs."""

    def __init__(self, question: Question) -> None:
        self._question = question
        self._known: dict[bytes, _Edited | None] = {}
        self._standing: _Standing = {}

    def of_pair(self, pair: PairResult) -> PairResult:
        """Return a violated pair with what became of the changes that its witnesses name.

        Where none of them closes the pair alone, the fewest of those tried that do together are
        ``closed_by``.
        """
        if pair.verdict != "VIOLATED" or not self._small:
            return pair
        ends = pair.source, pair.destination
        tried = tuple(
            self._tried(ends, one) if one.verdict == "VIOLATED" else one for one in pair.obligations
        )
        found = msgspec.structs.replace(pair, obligations=tried)
        trials = [one.trial for one in _witnesses(tried) if one.trial is not None]
        if any(one.verdict != "VIOLATED" for one in trials):
            return found
        return msgspec.structs.replace(found, closed_by=self._together(ends, tried))

    @property
    def _small(self) -> bool:
        """Whether the network is small enough to be judged again and again."""
        snapshot = self._question.snapshot
        rules = sum(
            len(chain.rules)
            for device in snapshot.devices
            if not isinstance(device.chains, NotRead)
            for chain in device.chains
        )
        return len(snapshot.machines) <= _MOST_MACHINES and rules <= _MOST_RULES

    def _tried(self, pair: Pair, obligation: Obligation) -> Obligation:
        witness = obligation.witness
        return msgspec.structs.replace(
            obligation,
            witness=None if witness is None else self._with_trial(pair, witness),
            others=tuple(self._with_trial(pair, one) for one in obligation.others),
        )

    def _with_trial(self, pair: Pair, witness: Witness) -> Witness:
        after = self._after(witness.close)
        if after is None:
            return witness
        return msgspec.structs.replace(witness, trial=after.trial(pair))

    def _after(self, changes: Changes) -> _Edited | None:
        """Return the question after some changes; ``None`` where that is not to be had."""
        key = _key(changes)
        if not changes or (key not in self._known and len(self._known) >= _MOST_TRIED):
            return None
        if key not in self._known:
            try:
                with budgeted():
                    self._known[key] = _Edited(self._question, changes, self._standing)
            except (BudgetExceededError, ChangeRefusedError):
                self._known[key] = None
        return self._known[key]

    def _together(self, pair: Pair, owed: Iterable[Obligation]) -> Together | None:
        """Return the fewest closing changes that close a pair together, ``None`` where none do.

        Those of the witnesses are made, then those of what is still shown after them, until nothing
        is left; then ever more of all these are tried together.
        """
        chosen: dict[bytes, Closing] = {}
        closes = False
        while not closes and len(chosen) < _MOST_TOGETHER:
            fresh = [one for one in _closings(owed) if _key(one.changes) not in chosen]
            chosen.update({_key(one.changes): one for one in fresh[: _MOST_TOGETHER - len(chosen)]})
            after = self._after(_joined(chosen.values()))
            if not fresh or after is None:
                return None
            closes = after.verdict(pair) != "VIOLATED"
            owed = () if closes else after.owed(pair)
        return self._fewest(pair, tuple(chosen.values())) if closes else None

    def _fewest(self, pair: Pair, closings: tuple[Closing, ...]) -> Together | None:
        """Return the fewest of some changes that close a pair, those that stop least of these."""
        for number in range(1, len(closings) + 1):
            found = [
                Together(closings=some, verdict=trial.verdict, stops=trial.stops)
                for some in combinations(closings, number)
                if (after := self._after(_joined(some))) is not None
                and (trial := after.trial(pair)).verdict != "VIOLATED"
            ]
            if found:
                return min(found, key=lambda one: len(one.stops))
        return None


class _Edited:
    """The question after some changes, which shares with the one before what they do not touch."""

    def __init__(self, question: Question, changes: Changes, standing: _Standing) -> None:
        """``standing`` is what is known of the services of the question itself, and is added to."""
        # Where addresses are translated, a comparison works in a new space: not that of the proof.
        self._before = (
            Question(question.snapshot, question.policy, question.memberships, question.inventory)
            if question.translates
            else question
        )
        self._before.verdicts.every()
        after = edited(self._before, apply(question.snapshot, changes))
        after.memberships = {**after.memberships, **dict(_at_home(after, changes))}
        comparison = Comparison(self._before, after)
        flows = dict.fromkeys((flow.from_, flow.to) for flow in question.policy.flows)
        self._touched = [pair for pair in flows if comparison.may_differ(*pair)]
        self._standing = standing
        self._after = after

    @cached_property
    def _chains(self) -> DeviceChains:
        return DeviceChains(self._after)

    def verdict(self, pair: Pair) -> Verdict:
        """Return the verdict of a pair after the changes."""
        return self._after.verdicts.of_pair(*pair)

    def owed(self, pair: Pair) -> tuple[Obligation, ...]:
        """Return what is owed to a pair after the changes."""
        with budgeted():
            return tuple(Obligations(self._after).of_pair(*pair))

    def trial(self, pair: Pair) -> Trial:
        """Return what became of a pair."""
        verdict = self.verdict(pair)
        remaining = self._remaining(pair) if verdict == "VIOLATED" else ()
        return Trial(verdict=verdict, remaining=tuple(remaining), stops=self._stops)

    def _remaining(self, pair: Pair) -> Iterator[str]:
        """Yield over which devices something undeclared still gets there, and other reasons."""
        after, nothing = self._after, self._after.space.nothing
        required = after.leaks.required_devices
        found = False
        for chain, delivered in self._chains.between(*pair):
            flows = [flow for flow in after.leaks.flows(*pair) if {*flow.through} <= {*chain}]
            undeclared = after.space.without(delivered, after.leaks.allowed(flows))
            if undeclared != nothing or required.isdisjoint(chain):
                found = True
                yield self._way(chain)
        if not found and after.leaks.undeclared(*pair, "lower") != nothing:
            yield "over more devices"
        if after.verdicts.observed.sights.get(pair):
            yield "by observing it"

    def _way(self, chain: Chain) -> str:
        devices = self._after.inventory.devices
        if not chain:
            return "past every device"
        return f"through {listed(devices[name].name for name in chain)}"

    @cached_property
    def _stops(self) -> tuple[str, ...]:
        """What flows promise and surely worked before, and does not surely work after."""
        promised, kept = (Promises(one, one.leaks) for one in (self._before, self._after))
        stopped: dict[Pair, list[str]] = {}
        for pair in self._touched:
            before = self._standing.get(pair)
            if before is None:
                before = self._standing[pair] = promised.standing(*pair)
            if not any(works for _, works in before):
                continue
            after = dict(kept.standing(*pair))
            lost = [name for name, works in before if works and not after.get(name)]
            if lost:
                stopped[pair] = lost
        return tuple(
            f"{listed(names)} from {one} to {other}" for (one, other), names in stopped.items()
        )


def _at_home(question: Question, changes: Changes) -> Iterator[tuple[str, Membership]]:
    """Yield the memberships of virtual NICs that changes attach to a network of their zone."""
    for change in changes:
        nic = change.property.removeprefix("nics[").removesuffix("].port_group")
        member = question.memberships.get(nic)
        if change.table == "machines" and member is not None and member.zone is not None:
            yield nic, replace(member, standing="agreed", network_zones=(member.zone,))


def _witnesses(owed: Iterable[Obligation]) -> Iterator[Witness]:
    for one in owed:
        if one.verdict == "VIOLATED":
            yield from (() if one.witness is None else (one.witness,))
            yield from one.others


def _closings(owed: Iterable[Obligation]) -> Iterator[Closing]:
    """Yield what witnesses say would close their ways, each once."""
    found = {
        _key(one.close): Closing(sentence=one.closing, changes=one.close)
        for one in _witnesses(owed)
        if one.close
    }
    yield from found.values()


def _joined(closings: Iterable[Closing]) -> Changes:
    return tuple({_key((one,)): one for closing in closings for one in closing.changes}.values())


def _key(changes: Changes) -> bytes:
    """Return what tells changes apart: they hold values that have no hash."""
    return msgspec.json.encode(changes)
