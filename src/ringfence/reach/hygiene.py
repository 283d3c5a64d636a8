"""Rules that do nothing, or not what they seem to: exact, by the headers that they match.

A rule is judged in its own chain, for every way to stand to the device (interfaces, state) that
the chain can tell apart. What other chains decide and what is not modelled counts as undecided,
so that nothing is called idle which may matter.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING, Final, Literal

from ringfence.foundation.text import listed
from ringfence.model.facts import NotRead
from ringfence.model.rules import InterfaceMatch
from ringfence.reach.chains import add_chain_cuts
from ringfence.reach.conditions import Passage, RuleMatcher, depends_on_passage
from ringfence.reach.devices import interface_names, sees_fragments
from ringfence.reach.diagrams import budgeted
from ringfence.reach.fields import IPV4, IPV6, WHOLE, Cuts, Field
from ringfence.reach.headers import HeaderSpace

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from ringfence.model.rules import Chain, Device, Rule
    from ringfence.reach.conditions import Match
    from ringfence.reach.headers import HeaderSet

RuleFault = Literal["never-hit", "shadowed", "redundant", "contradictory", "wide"]

_ELSEWHERE: Final = "(another interface)"
_STATES: Final = ("new", "established", "related", "invalid", "untracked")
_DECIDING: Final = frozenset({"accept", "drop", "reject", "return"})


@dataclass(frozen=True, slots=True)
class RuleFinding:
    """A fault of one rule; ``causes`` are the numbers of the rules of its chain that cause it.

    - ``never-hit``: no packet can meet all of its conditions.
    - ``shadowed``: earlier rules take every packet that it matches, and decide otherwise.
    - ``redundant``: without it every packet would meet the same fate; no cause is the policy.
    - ``contradictory``: an earlier rule decides otherwise on some of its packets, and each of the
      two matches packets that the other does not.
    - ``wide``: it lets new conversations through that no declared flow needs.
    """

    device: str
    chain: str
    rule: Rule
    fault: RuleFault
    causes: tuple[int, ...]

    @property
    def sentence(self) -> str:
        """The finding in words."""
        rules = "rule" if len(self.causes) == 1 else "rules"
        by = f"{rules} {listed(map(str, self.causes), most=8)}"
        match self.fault:
            case "never-hit":
                return "No packet can meet all of its conditions."
            case "shadowed":
                return f"It never decides: all of its packets are taken before it by {by}."
            case "redundant" if not self.causes:
                return "Nothing changes without it: the chain ends the same way."
            case "redundant":
                return f"Nothing changes without it: the same is decided by {by}."
            case "contradictory":
                return f"It decides otherwise than {by} on packets that both match."
            case "wide":
                return "It lets more through than any declared flow needs."


@dataclass(frozen=True, slots=True)
class Needs:
    """The headers that declared flows need, in a space that has the cuts of the rules too."""

    space: HeaderSpace
    headers: HeaderSet


def rule_findings(device: Device, needs: Needs | None = None) -> Iterator[RuleFinding]:
    """Yield the faults of the rules of a device, chain by chain; none where they were not read.

    With ``needs``, rules of forwarding chains are also held against what flows need. Raises
    ``BudgetExceededError`` where the sets of headers outgrow their memory.
    """
    if isinstance(device.chains, NotRead):
        return
    if needs is None:
        cuts = Cuts()
        add_chain_cuts(cuts, device.chains)
        space = HeaderSpace(cuts)
    else:
        space = needs.space
    with budgeted():
        for chain in device.chains:
            needed = needs.headers if needs is not None and chain.hook == "forward" else None
            yield from _Judge(space, device, chain, needed).findings()


@dataclass(frozen=True, slots=True)
class _Reach:
    """What a rule matches for one way to stand, and what of it no earlier rule has taken."""

    match: Match
    headers: HeaderSet
    hit: HeaderSet
    state: str


class _Judge:
    """Judges the rules of one chain."""

    def __init__(
        self, space: HeaderSpace, device: Device, chain: Chain, needed: HeaderSet | None
    ) -> None:
        self._space = space
        self._flows = needed
        self._device = device
        self._chain = chain
        self._matcher = RuleMatcher(space, fragments=sees_fragments(device))
        family = {4: IPV4, 6: IPV6}.get(chain.family)
        self._given = (
            space.everything if family is None else space.interval(Field.DESTINATION, family)
        )
        if not sees_fragments(device):
            self._given &= space.interval(Field.FRAGMENT, WHOLE)

    def findings(self) -> Iterator[RuleFinding]:
        """Yield what is found, in the order of the rules."""
        standings = [self._reaches(passage) for passage in self._passages()]
        needed: set[int] = set()
        sames: defaultdict[int, set[int]] = defaultdict(set)
        for reaches in standings:
            needed |= self._needed(reaches, sames)
        for rule in self._chain.rules:
            if rule.action == "continue":
                continue
            mine = [
                (reaches, reaches[rule.number]) for reaches in standings if rule.number in reaches
            ]
            fault, causes = self._fault(mine)
            if fault is None and rule.number not in needed:
                fault, causes = "redundant", sames[rule.number]
            if fault is None:
                causes = self._contradicting(mine)
                fault = "contradictory" if causes else None
            if fault is None and self._is_wide(mine):
                fault = "wide"
            if fault is not None:
                yield RuleFinding(
                    self._device.id, self._chain.name, rule, fault, tuple(sorted(causes))
                )

    def _passages(self) -> Iterable[Passage]:
        """Return one way to stand for each combination of answers that the chain's rules see."""
        telling = list(
            dict.fromkeys(
                condition
                for rule in self._chain.rules
                for condition in rule.conditions
                if depends_on_passage(condition)
            )
        )
        asked = {
            name.rstrip("*")
            for condition in telling
            if isinstance(condition, InterfaceMatch)
            for name in condition.names
        }
        names = (*sorted({*asked, *interface_names(self._device)}), _ELSEWHERE, None)
        found: dict[tuple[bool, ...], Passage] = {}
        for incoming, outgoing, state in product(names, names, _STATES if telling else ("new",)):
            passage = Passage(incoming, outgoing, state)
            told = tuple(self._matcher.holds(condition, passage) for condition in telling)
            found.setdefault(told, passage)
        return found.values()

    def _reaches(self, passage: Passage) -> dict[int, _Reach]:
        left, found = self._given, {}
        for match in self._matcher.matches(self._chain.rules, passage):
            headers = self._matcher.headers(match) & self._given
            found[match.rule.number] = _Reach(match, headers, headers & left, passage.state)
            if match.certain and match.rule.action in {*_DECIDING, "goto"}:
                left = self._space.without(left, headers)
        return found

    def _fault(
        self, mine: Sequence[tuple[dict[int, _Reach], _Reach]]
    ) -> tuple[RuleFault | None, set[int]]:
        """Tell whether a rule takes no packet, and which rules before it take them instead."""
        nothing = self._space.nothing
        if all(reach.headers == nothing for _, reach in mine):
            return "never-hit", set()
        if any(reach.hit != nothing for _, reach in mine):
            return None, set()
        causes: set[int] = set()
        same = True
        for reaches, reach in mine:
            for number, earlier in reaches.items():
                if earlier is reach:
                    break
                takes = earlier.match.certain and earlier.match.rule.action in {*_DECIDING, "goto"}
                if takes and earlier.hit & reach.headers != nothing:
                    causes.add(number)
                    same &= _decision(earlier.match.rule) == _decision(reach.match.rule)
        return ("redundant" if same else "shadowed"), causes

    def _is_wide(self, mine: Sequence[tuple[dict[int, _Reach], _Reach]]) -> bool:
        """Tell whether a rule lets something new through that no flow needs."""
        if self._flows is None:
            return False
        return any(
            reach.match.rule.action == "accept"
            and reach.state == "new"
            and self._space.without(reach.hit, self._flows) != self._space.nothing
            for _, reach in mine
        )

    def _needed(self, reaches: dict[int, _Reach], sames: defaultdict[int, set[int]]) -> set[int]:
        """Return the rules without which some packet may meet another fate.

        ``sames`` is told which later rules decide the same instead of a rule.
        """
        space, chain = self._space, self._chain
        fates = {"accept": space.nothing, "drop": space.nothing, "return": space.nothing}
        fates[chain.policy if chain.hook is not None else "return"] = self._given
        needed: set[int] = set()
        later: list[_Reach] = []
        for reach in reversed(reaches.values()):
            decision = self._ended(reach.match.rule)
            after = fates.get(decision, space.nothing)
            if space.without(reach.hit, after) != space.nothing:
                needed.add(reach.match.rule.number)
            else:
                left = reach.hit
                for one in reversed(later):
                    if left & one.headers != space.nothing:
                        sames[reach.match.rule.number].add(one.match.rule.number)
                        left = space.without(left, one.headers)
            later.append(reach)
            for name, headers in fates.items():
                fates[name] = space.without(headers, reach.headers)
                if name == decision:
                    # An uncertain rule changes nothing where what follows decides the same.
                    sure = reach.headers if reach.match.certain else reach.headers & headers
                    fates[name] = space.union([fates[name], sure])
        return needed

    def _ended(self, rule: Rule) -> str:
        decision = _decision(rule)
        if decision == "return" and self._chain.hook is not None:
            return self._chain.policy
        return decision

    def _contradicting(self, mine: Sequence[tuple[dict[int, _Reach], _Reach]]) -> set[int]:
        """Return the earlier rules that overlap a rule crosswise and decide otherwise."""
        space = self._space
        found: set[int] = set()
        for reaches, reach in mine:
            if _decision(reach.match.rule) not in ("accept", "drop"):
                continue
            for number, earlier in reaches.items():
                if earlier is reach:
                    break
                decisions = {_decision(earlier.match.rule), _decision(reach.match.rule)}
                if decisions == {"accept", "drop"} and (
                    earlier.hit & reach.headers != space.nothing
                    and space.without(earlier.headers, reach.headers) != space.nothing
                    and space.without(reach.headers, earlier.headers) != space.nothing
                ):
                    found.add(number)
        return found


def _decision(rule: Rule) -> str:
    """Return what a rule does to a packet; to reject is to drop and say so."""
    return "drop" if rule.action == "reject" else str(rule.action)
