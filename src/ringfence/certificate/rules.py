"""What ordered rules may accept: every chain as a few sets, put together from its halves.

Only the upper bound is needed: a condition or action that is not modelled may always let more
through.
"""

from __future__ import annotations

from collections import defaultdict
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from ringfence.certificate.diagram import DESTINATION, EMPTY, IPV4, IPV6, Diagrams
from ringfence.certificate.matches import Passage, holds, is_certain, rule_box
from ringfence.model.rules import InterfaceMatch, StateMatch

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from ringfence.model.rules import Chain, Hook, Rule


_Asked = tuple[InterfaceMatch | StateMatch, ...]
"""The conditions of a rule that ask for the passage, not for the header."""


class Summary(NamedTuple):
    """What some rules in a row may do: accept, go on after the last of them, or return."""

    accepts: int
    goes_on: int
    returns: int


class Rules:
    """The chains of one device; only headers ``among`` some count, which no answer goes beyond."""

    def __init__(self, diagrams: Diagrams, chains: Sequence[Chain], among: int) -> None:
        self._diagrams = diagrams
        self._among = among
        self._chains = {chain.id: chain for chain in chains}
        self._ordered = chains
        self._known: dict[tuple[str, frozenset[str], tuple[bool, ...]], Summary] = {}
        self._matches: dict[int, tuple[int, int]] = {}
        self._positions: dict[str, Mapping[_Asked, Sequence[int]]] = {}
        self._asked: dict[str, tuple[InterfaceMatch | StateMatch, ...]] = {}

    def accepted(
        self, hooks: Sequence[Hook], passage: Passage, asked: Callable[[Chain], bool] = bool
    ) -> int:
        """Return the headers that every base chain at the hooks may accept, of those ``asked``."""
        diagrams = self._diagrams
        accepted = self._among
        for hook in hooks:
            # A packet that comes in has no outgoing interface yet.
            seen = passage._replace(outgoing=None) if hook == "prerouting" else passage
            for chain in self._ordered:
                if chain.hook != hook or chain.translates or not asked(chain):
                    continue
                summary = self._chain(chain, seen, frozenset())
                passing = summary.accepts
                if chain.policy == "accept":
                    passing = diagrams.union([passing, summary.goes_on, summary.returns])
                if chain.family:
                    # Packets of the other family do not meet this chain.
                    others = {DESTINATION: (IPV6 if chain.family == 4 else IPV4,)}
                    passing = diagrams.either(passing, diagrams.box(others))
                accepted = diagrams.both(accepted, passing)
        return accepted

    @cached_property
    def _reachable(self) -> Mapping[str, frozenset[str]]:
        """The chains that rules of each chain lead to, over any number of jumps."""
        direct = {
            name: {rule.target for rule in chain.rules if rule.target is not None}
            & self._chains.keys()
            for name, chain in self._chains.items()
        }
        found: dict[str, frozenset[str]] = {}
        for name in direct:
            reached: set[str] = set()
            waiting = [name]
            while waiting:
                fresh = direct[waiting.pop()] - reached
                reached |= fresh
                waiting.extend(fresh)
            found[name] = frozenset(reached)
        return found

    def _chain(self, chain: Chain, passage: Passage, above: frozenset[str]) -> Summary:
        """Return what a chain does; ``above`` are the chains that led to it."""
        relevant = above & self._reachable[chain.id]
        # Passages that the chain cannot tell apart share one answer.
        told = tuple(holds(one, passage) for one in self._asked_by(chain))
        key = (chain.id, relevant, told)
        known = self._known.get(key)
        if known is None:
            inside = above | {chain.id}
            known = self._known[key] = self._together(list(self._steps(chain, passage, inside)))
        return known

    def _steps(self, chain: Chain, passage: Passage, inside: frozenset[str]) -> Iterator[Summary]:
        """Yield what the rules do that a passage meets, up to one that nothing goes on from."""
        positions = (
            position
            for asked, of_these in self._by_question(chain).items()
            if all(holds(one, passage) for one in asked)
            for position in of_these
        )
        for position in sorted(positions):
            step = self._rule(chain.rules[position], passage, inside)
            if step is not None:
                yield step
                if step.goes_on == EMPTY:
                    return

    def _by_question(self, chain: Chain) -> Mapping[_Asked, Sequence[int]]:
        """Return the positions of a chain's rules by what they ask of a passage."""
        known = self._positions.get(chain.id)
        if known is None:
            found: defaultdict[_Asked, list[int]] = defaultdict(list)
            for position, rule in enumerate(chain.rules):
                asked = tuple(
                    one for one in rule.conditions if isinstance(one, InterfaceMatch | StateMatch)
                )
                found[asked].append(position)
            known = self._positions[chain.id] = found
        return known

    def _asked_by(self, chain: Chain) -> tuple[InterfaceMatch | StateMatch, ...]:
        """Return what a chain, and those that it leads to, ask of a passage."""
        known = self._asked.get(chain.id)
        if known is None:
            conditions = dict.fromkeys(
                condition
                for name in sorted({chain.id, *self._reachable[chain.id]})
                for rule in self._chains[name].rules
                for condition in rule.conditions
                if isinstance(condition, InterfaceMatch | StateMatch)
            )
            known = self._asked[chain.id] = tuple(conditions)
        return known

    def _together(self, steps: list[Summary]) -> Summary:
        """Return what all steps do one after the other, put together by halves."""
        if not steps:
            return Summary(EMPTY, self._among, EMPTY)
        while len(steps) > 1:
            steps = [
                self._then(*steps[at : at + 2]) if at + 1 < len(steps) else steps[at]
                for at in range(0, len(steps), 2)
            ]
        return steps[0]

    def _then(self, first: Summary, second: Summary) -> Summary:
        diagrams = self._diagrams
        return Summary(
            diagrams.either(first.accepts, diagrams.both(first.goes_on, second.accepts)),
            diagrams.both(first.goes_on, second.goes_on),
            diagrams.either(first.returns, diagrams.both(first.goes_on, second.returns)),
        )

    def _rule(self, rule: Rule, passage: Passage, inside: frozenset[str]) -> Summary | None:
        """Return what a rule that a passage meets may do, ``None`` where it does nothing."""
        matched, left = self.matched(rule)
        if matched == EMPTY or rule.action == "continue":
            return None
        match rule.action:
            case "accept":
                return Summary(matched, left, EMPTY)
            case "drop" | "reject":
                return Summary(EMPTY, left, EMPTY)
            case "return":
                return Summary(EMPTY, left, matched)
            case "jump" | "goto" if rule.target in self._chains and rule.target not in inside:
                return self._led(
                    rule, matched, left, self._chain(self._chains[rule.target], passage, inside)
                )
            case _:
                # It is not known what happens, nor where a jump that goes round ends.
                return Summary(matched, self._among, EMPTY)

    @staticmethod
    def met(rule: Rule, passage: Passage) -> bool:
        """Tell whether packets of a passage may match a rule."""
        return all(
            holds(one, passage)
            for one in rule.conditions
            if isinstance(one, InterfaceMatch | StateMatch)
        )

    def matched(self, rule: Rule) -> tuple[int, int]:
        """Return which headers a rule may match, and which may pass it by."""
        known = self._matches.get(id(rule))
        if known is None:
            diagrams = self._diagrams
            box = rule_box(rule)
            matched = EMPTY if box is None else diagrams.both(diagrams.box(box), self._among)
            left = self._among
            if is_certain(rule):
                left = diagrams.without(left, matched)
            known = self._matches[id(rule)] = (matched, left)
        return known

    def _led(self, rule: Rule, matched: int, left: int, target: Summary) -> Summary:
        diagrams = self._diagrams
        accepts = diagrams.both(matched, target.accepts)
        back = diagrams.both(matched, diagrams.either(target.goes_on, target.returns))
        if rule.action == "goto":
            return Summary(accepts, left, back)
        return Summary(accepts, diagrams.either(left, back), EMPTY)
