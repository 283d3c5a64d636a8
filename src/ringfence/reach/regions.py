"""What rules make of a small region of headers: from the first rule down, past those that miss it.

This answers what ``ChainCompiler`` answers, for few packets at once: it follows them through the
rules as a device does, and stops when all are decided. After an edit of a rule only the packets
that the rule matches can fare otherwise.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ringfence.reach.boxes import Boxes
from ringfence.reach.chains import Outcome, family_of, met_chains
from ringfence.reach.conditions import Passage

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ringfence.model.rules import Chain, Hook, Rule
    from ringfence.reach.boxes import Hull
    from ringfence.reach.conditions import RuleMatcher
    from ringfence.reach.headers import HeaderSet, HeaderSpace


@dataclass(slots=True)
class _Fate:
    """What became of packets so far, and which ``go`` on to the next rule."""

    accepted: HeaderSet
    refused: HeaderSet
    falls: HeaderSet
    go: HeaderSet


class RegionCompiler:
    """Follows regions through the chains of one device that meet ``hull``."""

    def __init__(
        self,
        space: HeaderSpace,
        chains: Sequence[Chain],
        matcher: RuleMatcher,
        boxes: Mapping[str, Boxes],
        hull: Hull,
    ) -> None:
        self._space = space
        self._chains = chains
        self._by_id = {chain.id: chain for chain in chains}
        self._matcher = matcher
        self._rules: dict[str, tuple[Rule, ...]] = {
            chain.id: tuple(chain.rules[index] for index in boxes[chain.id].meeting(hull))
            for chain in chains
        }

    @property
    def effort(self) -> int:
        """How many rules have to be looked at for each passage."""
        return sum(map(len, self._rules.values()))

    def outcome(self, hooks: Sequence[Hook], passage: Passage, given: HeaderSet) -> Outcome:
        """Return what the base chains at ``hooks`` make of ``given``, which is in the hull."""
        space = self._space
        accepted, refused = given, space.nothing
        for chain, standing in met_chains(self._chains, hooks, passage):
            family = family_of(space, chain)
            fate = self._through(chain, standing, accepted & family, (chain.id,))
            if chain.policy == "accept":
                fate.accepted |= fate.falls
            else:
                fate.refused |= fate.falls
            refused |= fate.refused
            accepted = fate.accepted | (accepted & ~family)
        return Outcome(accepted, refused)

    def _through(
        self, chain: Chain, passage: Passage, given: HeaderSet, inside: tuple[str, ...]
    ) -> _Fate:
        """Follow packets through a chain; what falls out of it reached its end or returned."""
        nothing = self._space.nothing
        fate = _Fate(nothing, nothing, nothing, given)
        if given == nothing:
            return fate
        for match in self._matcher.matches(self._rules[chain.id], passage):
            headers = self._matcher.headers(match) & fate.go
            if headers == nothing:
                continue
            rule = match.rule
            target = self._target(rule, inside)
            if rule.action in ("accept", "drop", "reject", "return"):
                if rule.action == "accept":
                    fate.accepted |= headers
                elif rule.action == "return":
                    fate.falls |= headers
                else:
                    fate.refused |= headers
                fate.go &= ~headers if match.certain else fate.go
            elif target is None:
                fate.accepted |= headers
                fate.refused |= headers
            else:
                self._led(fate, rule, target, headers, passage, inside, certain=match.certain)
            if fate.go == nothing:
                return fate
        fate.falls |= fate.go
        return fate

    def _led(
        self,
        fate: _Fate,
        rule: Rule,
        target: Chain,
        headers: HeaderSet,
        passage: Passage,
        inside: tuple[str, ...],
        *,
        certain: bool,
    ) -> None:
        """Follow packets into another chain, and back after a jump."""
        there = self._through(target, passage, headers, (*inside, target.id))
        fate.accepted |= there.accepted
        fate.refused |= there.refused
        if certain:
            fate.go &= ~headers
        if rule.action == "jump":
            fate.go |= there.falls
        else:
            fate.falls |= there.falls

    def _target(self, rule: Rule, inside: tuple[str, ...]) -> Chain | None:
        if rule.action not in ("jump", "goto") or rule.target is None or rule.target in inside:
            return None
        return self._by_id.get(rule.target)
