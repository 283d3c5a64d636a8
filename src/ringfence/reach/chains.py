"""Ordered chains of rules compiled to sets: what may be accepted, and what may be refused.

A condition or action that is not modelled may go either way for each packet. Both ways are
followed, so that a packet can be in both sets: the upper bound of what passes is what may be
accepted, the lower bound is what cannot be refused.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ringfence.reach.conditions import Passage, add_cuts, matching
from ringfence.reach.fields import IPV4, IPV6, Cuts, Field

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from ringfence.model.rules import Chain, Condition, Hook, Rule
    from ringfence.reach.headers import HeaderSet, HeaderSpace


def add_chain_cuts(cuts: Cuts, chains: Iterable[Chain]) -> None:
    """Note every range that the rules of ``chains`` compare a field with."""
    for chain in chains:
        for rule in chain.rules:
            for condition in rule.conditions:
                add_cuts(cuts, condition)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What chains may accept, and may refuse, of the packets that were given to them."""

    accepted: HeaderSet
    refused: HeaderSet

    def surely_accepted(self, space: HeaderSpace) -> HeaderSet:
        """Return the lower bound: what is accepted whatever is not modelled."""
        return space.without(self.accepted, self.refused)


@dataclass
class _Walk:
    """The sets on the way through one base chain."""

    accepted: HeaderSet
    refused: HeaderSet


class ChainCompiler:
    """Compiles the chains of one device in one header space."""

    def __init__(self, space: HeaderSpace, chains: Sequence[Chain]) -> None:
        self._space = space
        self._chains = chains
        self._by_id = {chain.id: chain for chain in chains}
        self._matches: dict[tuple[Condition, Passage], HeaderSet | None] = {}

    def outcome(self, hooks: Sequence[Hook], passage: Passage, given: HeaderSet) -> Outcome:
        """Return what the base chains at ``hooks``, in order, make of the packets ``given``.

        Every base chain has to accept; a refusal anywhere is final.
        """
        space = self._space
        accepted, refused = given, space.nothing
        for hook in hooks:
            at_hook = [chain for chain in self._chains if chain.hook == hook]
            for chain in sorted(at_hook, key=lambda one: one.priority):
                # A packet has no outgoing interface yet where it comes in.
                standing = (
                    Passage(passage.incoming, None, passage.state)
                    if hook == "prerouting"
                    else passage
                )
                concerned = accepted & self._family(chain)
                walk = _Walk(space.nothing, space.nothing)
                rest = self._walk(chain, concerned, standing, walk, ())
                if chain.policy == "accept":
                    walk.accepted |= rest
                else:
                    walk.refused |= rest
                accepted = space.without(accepted, concerned) | walk.accepted
                refused |= walk.refused
        return Outcome(accepted, refused)

    def _family(self, chain: Chain) -> HeaderSet:
        if chain.family == 0:
            return self._space.everything
        return self._space.interval(Field.DESTINATION, IPV4 if chain.family == 4 else IPV6)

    def _walk(
        self, chain: Chain, given: HeaderSet, passage: Passage, walk: _Walk, above: tuple[str, ...]
    ) -> HeaderSet:
        """Follow one chain; return what may come out at its end or return from it."""
        space = self._space
        inside = (*above, chain.id)
        current, returned = given, space.nothing
        for rule in chain.rules:
            if current == space.nothing:
                break
            matched, certain = self._matched(rule, current, passage)
            if matched == space.nothing or rule.action == "continue":
                continue
            stays = space.without(current, matched) if certain else current
            target = self._target(rule, inside)
            match rule.action:
                case "accept":
                    walk.accepted |= matched
                case "drop" | "reject":
                    walk.refused |= matched
                case "return":
                    returned |= matched
                case "jump" if target is not None:
                    stays |= self._walk(target, matched, passage, walk, inside)
                case "goto" if target is not None:
                    returned |= self._walk(target, matched, passage, walk, inside)
                case _:
                    stays = self._either_way(current, matched, walk)
            current = stays
        return current | returned

    def _target(self, rule: Rule, inside: tuple[str, ...]) -> Chain | None:
        """Return the chain that a rule leads to; none where it is missing or would go round."""
        if rule.target is None or rule.target in inside:
            return None
        return self._by_id.get(rule.target)

    @staticmethod
    def _either_way(current: HeaderSet, matched: HeaderSet, walk: _Walk) -> HeaderSet:
        """Let packets be accepted, refused or passed on: nothing is known of what happens."""
        walk.accepted |= matched
        walk.refused |= matched
        return current

    def _matched(self, rule: Rule, current: HeaderSet, passage: Passage) -> tuple[HeaderSet, bool]:
        """Return which of ``current`` may match a rule, and whether they surely do."""
        certain = True
        for condition in rule.conditions:
            key = (condition, passage)
            if key not in self._matches:
                self._matches[key] = matching(self._space, condition, passage)
            headers = self._matches[key]
            if headers is None:
                certain = False
            else:
                current &= headers
        return current, certain
