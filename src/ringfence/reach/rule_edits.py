"""An edit of a device's rules, and the headers that can fare otherwise after it.

A packet that no changed rule matches, as it was or as it is, meets the same rules in the same order
as before. So only what the changed rules match is followed through the rules again.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import msgspec

from ringfence.model.changed import Window, window
from ringfence.model.facts import NotRead
from ringfence.reach.boxes import EVERYTHING, Boxes, around, hull_of
from ringfence.reach.regions import RegionCompiler

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from ringfence.model.rules import Chain, Device, Hook, Rule
    from ringfence.reach.chains import Outcome
    from ringfence.reach.conditions import Passage, RuleMatcher
    from ringfence.reach.headers import HeaderSet, HeaderSpace

_MOST_CHANGED: Final = 100
_MOST_LOOKED_AT: Final = 2000


@dataclass(frozen=True)
class ChangedRules:
    """The rules of one chain that an edit changed, and where they stand."""

    chain: str
    window: Window
    rules: tuple[Rule, ...]


def chains_of(device: Device) -> tuple[Chain, ...]:
    """Return the chains of a device, none where they were not read."""
    return () if isinstance(device.chains, NotRead) else device.chains


def changed_rules(old: Device, new: Device) -> tuple[ChangedRules, ...] | None:
    """Return which rules changed, ``None`` where more than the rules of some chains did."""
    if isinstance(old.chains, NotRead) or isinstance(new.chains, NotRead):
        return None
    if len(old.chains) != len(new.chains) or _frame(old) != _frame(new):
        return None
    found: list[ChangedRules] = []
    for was, now in zip(old.chains, new.chains, strict=True):
        if was is now:
            continue
        stretch = window(was.rules, now.rules)
        rules = _differing(
            was.rules[stretch.start : stretch.old_end], now.rules[stretch.start : stretch.new_end]
        )
        if len(rules) > _MOST_CHANGED:
            return None
        found.append(ChangedRules(now.id, stretch, rules))
    return tuple(found)


def _frame(device: Device) -> object:
    """Return all of a device but the rules in its chains."""
    frames = [(one.id, one.family, one.hook, one.priority, one.policy) for one in chains_of(device)]
    return frames, msgspec.structs.replace(device, chains=())


def _differing(old: tuple[Rule, ...], new: tuple[Rule, ...]) -> tuple[Rule, ...]:
    """Return the rules that came, went or moved; what only has another number did not change."""
    olds, news = [*map(_meaning, old)], [*map(_meaning, new)]
    inner = window(olds, news)
    olds, news = olds[inner.start : inner.old_end], news[inner.start : inner.new_end]
    first, last = old[inner.start : inner.old_end], new[inner.start : inner.new_end]
    if olds[1:] == news[:-1] and olds[:1] == news[-1:]:
        return first[:1]
    if olds[:-1] == news[1:] and olds[-1:] == news[:1]:
        return first[-1:]
    return first + last


def _meaning(rule: Rule) -> object:
    return rule.conditions, rule.action, rule.target


class RuleEdit:
    """Says of an edited device what changed rules match, and what becomes of that now."""

    def __init__(
        self,
        space: HeaderSpace,
        device: Device,
        matcher: RuleMatcher,
        index: ChainIndex,
        changed: Sequence[ChangedRules],
    ) -> None:
        chains = chains_of(device)
        self._space = space
        self._matcher = matcher
        self._rules = tuple(rule for one in changed for rule in one.rules)
        hull = around([hull_of(one) for one in self._rules] or [EVERYTHING])
        self._compiler = RegionCompiler(space, chains, matcher, index.boxes, hull)
        self._outcomes: dict[tuple[tuple[Hook, ...], Passage, HeaderSet], Outcome] = {}
        self.hooks = index.hooks(chains, changed)
        """The hooks at which packets may meet a changed rule."""

    @property
    def small(self) -> bool:
        """Whether following what changed is less work than compiling all rules again."""
        return not self._rules or self._compiler.effort <= _MOST_LOOKED_AT

    def region(self, passage: Passage) -> HeaderSet:
        """Return the headers that a changed rule may match, as it was or as it is.

        That is also where packets come in, and have no outgoing interface yet.
        """
        entering = replace(passage, outgoing=None)
        matches = [
            match
            for standing in dict.fromkeys((passage, entering))
            for match in self._matcher.matches(self._rules, standing)
        ]
        if not matches:
            return self._space.nothing
        return self._matcher.union(matches) & self._space.everything

    def outcome(self, hooks: Sequence[Hook], passage: Passage, given: HeaderSet) -> Outcome:
        """Return what the rules make of packets of the region; both bounds ask for the same."""
        key = (tuple(hooks), passage, given)
        known = self._outcomes.get(key)
        if known is None:
            known = self._outcomes[key] = self._compiler.outcome(hooks, passage, given)
        return known


class ChainIndex:
    """Where the rules of a device's chains are, by their hulls, and which chains they lead to."""

    def __init__(self, boxes: Mapping[str, Boxes], targets: Mapping[str, frozenset[str]]) -> None:
        self.boxes = boxes
        self._targets = targets

    @staticmethod
    def of(chains: Iterable[Chain]) -> ChainIndex:
        """Return the index of some chains."""
        several = tuple(chains)
        return ChainIndex(
            {chain.id: Boxes.of(chain.rules) for chain in several},
            {chain.id: _targets(chain.rules) for chain in several},
        )

    def edited(self, chains: Sequence[Chain], changed: Iterable[ChangedRules]) -> ChainIndex:
        """Return the index after an edit; chains that a rule led to once may still be noted."""
        boxes, targets = dict(self.boxes), dict(self._targets)
        by_id = {chain.id: chain for chain in chains}
        for one in changed:
            boxes[one.chain] = boxes[one.chain].edited(one.window, by_id[one.chain].rules)
            targets[one.chain] |= _targets(one.rules)
        return ChainIndex(boxes, targets)

    def hooks(self, chains: Iterable[Chain], changed: Iterable[ChangedRules]) -> frozenset[Hook]:
        """Return the hooks at which packets may meet a changed rule."""
        found = {one.chain for one in changed}
        while more := {one for one, there in self._targets.items() if there & found} - found:
            found |= more
        return frozenset(one.hook for one in chains if one.id in found and one.hook is not None)


def _targets(rules: Iterable[Rule]) -> frozenset[str]:
    return frozenset(rule.target for rule in rules if rule.target is not None)
