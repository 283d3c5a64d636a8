"""Ordered chains of rules compiled to sets: what may be accepted, and what may be refused.

A condition or action that is not modelled may go either way for each packet. Both ways are
followed, so that a packet can be in both sets: the upper bound of what passes is what may be
accepted, the lower bound is what cannot be refused.

A chain is compiled from its last rule to its first, neighbouring rules of one action at a time:
what a rule decides then replaces what the rules behind it would have, and nothing has to be
taken away from every rule.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Final

from ringfence.reach.conditions import Passage, RuleMatcher, add_cuts
from ringfence.reach.fields import IPV4, IPV6, Cuts, Field
from ringfence.reach.rule_index import RuleIndex

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from ringfence.model.rules import Chain, Condition, Hook, Rule
    from ringfence.reach.conditions import Match
    from ringfence.reach.headers import HeaderSet, HeaderSpace
    from ringfence.reach.rule_index import Group

_LEADING: Final = frozenset({"jump", "goto"})


def add_chain_cuts(cuts: Cuts, chains: Iterable[Chain]) -> None:
    """Note every range that the rules of ``chains`` compare a field with."""
    for condition in {one for chain in chains for rule in chain.rules for one in rule.conditions}:
        add_cuts(cuts, condition)


def met_chains(
    chains: Iterable[Chain], hooks: Iterable[Hook], passage: Passage
) -> Iterator[tuple[Chain, Passage]]:
    """Yield the base chains at ``hooks``, in order, and how a packet stands to each.

    A packet has no outgoing interface yet where it comes in.
    """
    every = tuple(chains)
    entering = Passage(passage.incoming, None, passage.state)
    for hook in hooks:
        at_hook = [chain for chain in every if chain.hook == hook]
        for chain in sorted(at_hook, key=lambda one: one.priority):
            yield chain, entering if hook == "prerouting" else passage


def family_of(space: HeaderSpace, chain: Chain) -> HeaderSet:
    """Return the headers that a chain is asked about."""
    if not chain.family:
        return space.everything
    return space.interval(Field.DESTINATION, IPV4 if chain.family == 4 else IPV6)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What chains may accept, and may refuse, of the packets that were given to them."""

    accepted: HeaderSet
    refused: HeaderSet

    def surely_accepted(self, space: HeaderSpace) -> HeaderSet:
        """Return the lower bound: what is accepted whatever is not modelled."""
        return space.without(self.accepted, self.refused)


@dataclass(frozen=True, slots=True)
class _Fate:
    """What may become of packets in the rules from some rule on.

    ``falls`` reach the end of the chain or return from it. ``refused`` is ``None`` while every
    packet has one fate only: then it is what the other two leave.
    """

    accepted: HeaderSet
    falls: HeaderSet
    refused: HeaderSet | None = None


def _kind(match: Match) -> tuple[str, bool]:
    """Return what rules that are compiled together have in common."""
    action = match.rule.action
    return "drop" if action == "reject" else action, match.certain


class ChainCompiler:
    """Compiles the chains of one device in one header space.

    Where the space is a part of another, rules are sorted by what compiles them in the ``whole``.
    Without ``fragments`` what it says is about whole packets only.
    """

    def __init__(
        self,
        space: HeaderSpace,
        chains: Sequence[Chain],
        whole: ChainCompiler | None = None,
        matcher: RuleMatcher | None = None,
        *,
        fragments: bool = True,
    ) -> None:
        self._space = space
        self._whole = whole
        self._fragments = fragments
        self._chains = chains
        self._by_id = {chain.id: chain for chain in chains}
        self._matcher = matcher or RuleMatcher(space, fragments=fragments)
        self._indexes: dict[str, RuleIndex] = {}
        self._reachable: dict[str, frozenset[str]] = {}
        self._telling: dict[str, tuple[Condition, ...]] = {}
        self._behind: dict[tuple[str, bool, int, frozenset[Group]], _Fate] = {}
        self._fates: dict[tuple[str, bool, tuple[bool, ...], frozenset[str]], _Fate] = {}

    @property
    def matcher(self) -> RuleMatcher:
        """What finds the headers of conditions; it may be shared."""
        return self._matcher

    def outcome(self, hooks: Sequence[Hook], passage: Passage, given: HeaderSet) -> Outcome:
        """Return what the base chains at ``hooks``, in order, make of the packets ``given``.

        Every base chain has to accept; a refusal anywhere is final.
        """
        space = self._space
        accepted, refused = given, space.nothing
        for chain, standing in met_chains(self._chains, hooks, passage):
            family = family_of(space, chain)
            concerned = accepted & family
            fate = self._fate(chain, standing, ())
            refused |= concerned & self._refused(fate)
            accepted = (concerned & fate.accepted) | space.without(accepted, family)
        return Outcome(accepted, refused)

    def _refused(self, fate: _Fate) -> HeaderSet:
        if fate.refused is not None:
            return fate.refused
        return self._space.complement(fate.accepted | fate.falls)

    def _fate(self, chain: Chain, passage: Passage, above: tuple[str, ...]) -> _Fate:
        """Return what may become of packets in a chain; ``above`` are the chains that led here."""
        # What passages and callers the chain cannot tell apart share one answer.
        told = tuple(self._matcher.holds(one, passage) for one in self._told_apart(chain))
        key = (chain.id, not above, told, self._led_to(chain).intersection(above))
        known = self._fates.get(key)
        if known is None:
            known = self._fates[key] = self._compiled(chain, passage, (*above, chain.id))
        return known

    def _compiled(self, chain: Chain, passage: Passage, inside: tuple[str, ...]) -> _Fate:
        index = self._index(chain)

        def holds(condition: Condition) -> bool:
            return self._matcher.holds(condition, passage)

        groups = index.holding(holds)
        # Where rules lead elsewhere, more than the groups tells what becomes of packets.
        ends = [] if index.leads else index.ends(index.standing(holds))
        keys = [
            (
                chain.id,
                len(inside) == 1,
                end,
                frozenset(one for one in groups if index.last(one) > end),
            )
            for end in ends
        ]
        known = next((key for key in keys if key in self._behind), None)
        if known is None:
            start = len(index.matches)
            fate = self._at_end(chain, _Fate(self._space.nothing, self._space.everything), inside)
        else:
            start, fate = known[2] + 1, self._behind[known]
            keys = keys[: keys.index(known)]
        for key in reversed(keys):
            fate = self._before(
                chain, index.backwards(groups, key[2] + 1, start), fate, passage, inside
            )
            self._behind[key] = fate
            start = key[2] + 1
        return self._before(chain, index.backwards(groups, 0, start), fate, passage, inside)

    def _before(
        self,
        chain: Chain,
        matches: Iterable[Match],
        fate: _Fate,
        passage: Passage,
        inside: tuple[str, ...],
    ) -> _Fate:
        """Return the fates where some rules, from the last to the first, stand before others."""
        for (action, certain), run in groupby(matches, key=_kind):
            if action in _LEADING:
                for match in run:
                    fate = self._led(match, fate, passage, inside)
            else:
                headers = self._matcher.union(list(run))
                fate = self._decided(action, headers, fate, certain=certain)
            fate = self._at_end(chain, fate, inside)
        return fate

    def _index(self, chain: Chain) -> RuleIndex:
        known = self._indexes.get(chain.id)
        if known is None:
            known = self._indexes[chain.id] = self._indexed(chain)
        return known

    def _indexed(self, chain: Chain) -> RuleIndex:
        if self._whole is None:
            return RuleIndex.of_rules(chain.rules)
        return self._whole._index(chain).within(self._space.between)  # noqa: SLF001 (of the same class)

    def within(self, space: HeaderSpace) -> ChainCompiler:
        """Return what compiles the same chains in a part of the header space."""
        return ChainCompiler(space, self._chains, self, fragments=self._fragments)

    def _at_end(self, chain: Chain, fate: _Fate, inside: tuple[str, ...]) -> _Fate:
        """Let the policy decide on what falls out of a base chain that no other chain led to."""
        if len(inside) > 1 or fate.falls == self._space.nothing:
            return fate
        accepted, refused = fate.accepted, fate.refused
        if chain.policy == "accept":
            accepted |= fate.falls
        elif refused is not None:
            refused |= fate.falls
        return _Fate(accepted, self._space.nothing, refused)

    def _decided(self, action: str, headers: HeaderSet, later: _Fate, *, certain: bool) -> _Fate:
        """Return the fates where rules of one action stand before others."""
        space = self._space
        refused = later.refused
        if action not in ("accept", "drop", "return"):
            # Nothing is known of what happens: accepted, refused or passed on.
            refused = self._refused(later) | headers
            return _Fate(later.accepted | headers, later.falls, refused)
        if not certain and refused is None:
            refused = self._refused(later)

        def after(one: HeaderSet, deciding: str) -> HeaderSet:
            if action == deciding:
                return one | headers
            return space.without(one, headers) if certain else one

        return _Fate(
            after(later.accepted, "accept"),
            after(later.falls, "return"),
            None if refused is None else after(refused, "drop"),
        )

    def _led(self, match: Match, later: _Fate, passage: Passage, inside: tuple[str, ...]) -> _Fate:
        """Return the fates where a rule that leads to another chain stands before others."""
        space, rule = self._space, match.rule
        headers = self._matcher.headers(match)
        target = self._target(rule, inside)
        if target is None:
            return self._decided("unmodelled", headers, later, certain=match.certain)
        there = self._fate(target, passage, inside)
        if rule.action == "jump":
            back = there.falls
            exact = later.refused is None and there.refused is None
            there = _Fate(
                there.accepted | (back & later.accepted),
                back & later.falls,
                None if exact else self._refused(there) | (back & self._refused(later)),
            )

        def either(inner: HeaderSet, outer: HeaderSet) -> HeaderSet:
            if match.certain:
                return space.choose(headers, inner, outer)
            return outer | (headers & inner)

        exact = match.certain and later.refused is None and there.refused is None
        return _Fate(
            either(there.accepted, later.accepted),
            either(there.falls, later.falls),
            None if exact else either(self._refused(there), self._refused(later)),
        )

    def _target(self, rule: Rule, inside: tuple[str, ...]) -> Chain | None:
        """Return the chain that a rule leads to; none where it is missing or would go round."""
        if rule.target is None or rule.target in inside:
            return None
        return self._by_id.get(rule.target)

    def _led_to(self, chain: Chain) -> frozenset[str]:
        """Return the ids of the chains that a chain may lead to, over any number of rules."""
        known = self._reachable.get(chain.id)
        if known is None:
            found: set[str] = set()
            waiting = [chain]
            while waiting:
                for rule in waiting.pop().rules:
                    if rule.target is not None and rule.target not in found:
                        found.add(rule.target)
                        if rule.target in self._by_id:
                            waiting.append(self._by_id[rule.target])
            known = self._reachable[chain.id] = frozenset(found)
        return known

    def _told_apart(self, chain: Chain) -> tuple[Condition, ...]:
        """Return the conditions on interfaces and states that a chain and those behind it have."""
        known = self._telling.get(chain.id)
        if known is None:
            chains = {chain.id, *self._led_to(chain)} & self._by_id.keys()
            known = self._telling[chain.id] = tuple(
                dict.fromkeys(
                    condition
                    for one in sorted(chains)
                    for condition in self._index(self._by_id[one]).asked
                )
            )
        return known
