"""What the filters at places let through, as sets of headers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Literal

from ringfence.model.facts import NotRead
from ringfence.model.rules import Chain, Rule, UnmodelledMatch
from ringfence.reach.chains import ChainCompiler
from ringfence.reach.conditions import Passage
from ringfence.reach.devices import kept_back
from ringfence.reach.port_filters import UNFILTERED, read_filter

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ringfence.model.inventory import Inventory
    from ringfence.model.rules import PortFilter
    from ringfence.reach.attachments import Bound
    from ringfence.reach.headers import HeaderSet, HeaderSpace
    from ringfence.reach.port_filters import Filtering, Filterings, Stage

Way = Literal["in", "out"]
"""Into the switch, as what a machine sends, or out of it, as what it gets."""


class FilterSets:
    """The sets of one inventory, for one bound of what is not known.

    ``known`` are headers that filters which keep connections may take for answers: they pass
    where the filter let the packet that they answer through the other way.
    """

    def __init__(self, space: HeaderSpace, inventory: Inventory, bound: Bound) -> None:
        self.space = space
        self._inventory = inventory
        self._bound: Bound = bound
        self._of_stages: dict[tuple[Stage, Way], HeaderSet] = {}
        self._of_places: dict[tuple[Filterings, Way, HeaderSet | None], HeaderSet] = {}

    def sending(self, filterings: Filterings, known: HeaderSet | None = None) -> HeaderSet:
        """Return the headers that a place can send past its filters."""
        return self._passing(filterings, "in", known)

    def receiving(self, filterings: Filterings, known: HeaderSet | None = None) -> HeaderSet:
        """Return the headers that get to a place past its filters."""
        return self._passing(filterings, "out", known)

    def other_frames(self, filterings: Filterings, way: Way) -> bool:
        """Tell whether frames that are not IP may pass the filters of a place."""
        return any(
            all(self._lets_others(stage, way) for stage in filtering) for filtering in filterings
        )

    def _lets_others(self, stage: Stage, way: Way) -> bool:
        known = read_filter(self._inventory, stage)
        if known is None or isinstance(known.rules, NotRead) or not stage.applied:
            return True
        if stage.table != "port_filters":
            return _passes_others(as_chain(known, way))
        return known.other_frames != "drop"

    def keep_connections(self, stages: Iterable[Stage]) -> bool:
        """Tell whether any of some filters lets out answers to what it let in."""
        return any(map(self._is_stateful, stages))

    def keep(self, earlier: FilterSets) -> None:
        """Keep what is known of filters, all of which are the same in an earlier inventory."""
        self._of_stages = earlier._of_stages
        self._of_places = earlier._of_places

    def _is_stateful(self, stage: Stage) -> bool:
        if self._bound == "upper" and not stage.applied:
            return False  # where it may be missing, all of it passes as new
        known = read_filter(self._inventory, stage)
        return known is not None and known.stateful

    def _passing(self, filterings: Filterings, way: Way, known: HeaderSet | None) -> HeaderSet:
        if filterings is UNFILTERED or filterings == UNFILTERED:
            return self.space.everything
        key = (filterings, way, known)
        found = self._of_places.get(key)
        if found is None:
            passed = [self._through(one, way, known) for one in filterings]
            if self._bound == "upper":
                found = self.space.union(passed)
            else:
                found = self.space.everything
                for one in passed:
                    found &= one
            self._of_places[key] = found
        return found

    def _through(self, filtering: Filtering, way: Way, known: HeaderSet | None) -> HeaderSet:
        passed = self.space.everything
        for stage in filtering:
            here = self._stage(stage, way)
            if known is not None and self._is_stateful(stage):
                here |= known & self._answers(self._stage(stage, "out" if way == "in" else "in"))
            passed &= here
        return passed

    def _answers(self, asked: HeaderSet) -> HeaderSet:
        """Return what a filter may take for answers, or surely does, to what it let by."""
        return self.space.answers(asked) if self._bound == "upper" else self.space.replies(asked)

    def _stage(self, stage: Stage, way: Way) -> HeaderSet:
        found = self._of_stages.get((stage, way))
        if found is None:
            found = self._of_stages[stage, way] = self._let_through(stage, way)
        return found

    def _let_through(self, stage: Stage, way: Way) -> HeaderSet:
        space, upper = self.space, self._bound == "upper"
        known = read_filter(self._inventory, stage)
        if known is None or isinstance(known.rules, NotRead):
            return space.everything if upper else space.nothing
        if upper and not stage.applied:
            return space.everything
        chain = as_chain(known, way)
        compiler = ChainCompiler(space, (chain,))
        outcome = compiler.outcome(("forward",), Passage(None, None), space.everything)
        passed = outcome.accepted if upper else outcome.surely_accepted(space)
        return space.without(passed, kept_back(space, known.reassembles, self._bound))


def _passes_others(chain: Chain) -> bool:
    """Tell whether a switch's filter may let frames by that are not IP.

    No condition on a header matches them; one that is not modelled (MAC addresses) may.
    """
    for rule in chain.rules:
        if all(isinstance(one, UnmodelledMatch) for one in rule.conditions):
            if rule.action != "drop":
                return True
            if not rule.conditions:
                return False
    return chain.policy == "accept"


def others_between(sets: FilterSets, senders: Classes, hearers: Classes) -> bool:
    """Tell whether frames that are not IP may get from any sender in a group to any hearer."""
    return any(
        sets.other_frames(one, "in") and sets.other_frames(other, "out")
        for one, owners in senders.items()
        for other, theirs in hearers.items()
        if len(owners) > 1 or owners != theirs
    )


def as_chain(one: PortFilter, way: Way) -> Chain:
    """Return the rules of a filter for one way as a chain."""
    rules = () if isinstance(one.rules, NotRead) else one.rules
    return Chain(
        id=one.id,
        name=one.name,
        hook="forward",
        policy=one.sending if way == "in" else one.receiving,
        rules=tuple(
            Rule(number=rule.number, text=rule.text, conditions=rule.conditions, action=rule.action)
            for rule in rules
            if rule.direction in (way, "both")
        ),
    )


Classes = Mapping["Filterings", frozenset[str]]
"""The owners of places in one group, by the filters at the places."""
Answers = tuple["HeaderSet | None", "HeaderSet | None"]


def passed_between(
    sets: FilterSets, senders: Classes, hearers: Classes, answers: Answers = (None, None)
) -> HeaderSet:
    """Return the headers that any sender in a group gets past all filters to any hearer there.

    What a machine sends itself, from one NIC to another, is no delivery. ``answers`` are what the
    filters at the senders, and those at the hearers, may take for answers.
    """
    space = sets.space
    alone = _only_owners(senders) & _only_owners(hearers)
    sent = {one: sets.sending(one, answers[0]) for one in senders}
    let_in = {one: sets.receiving(one, answers[1]) for one in hearers}
    if not alone:
        return space.union([*sent.values()]) & space.union([*let_in.values()])
    found = space.nothing
    for one, owners in senders.items():
        itself = owners if len(owners) == 1 and owners <= alone else None
        others = [let_in[other] for other, theirs in hearers.items() if theirs != itself]
        found |= sent[one] & space.union(others)
    return found


def _only_owners(classes: Classes) -> frozenset[str]:
    """Return the owners that have a class for themselves."""
    return frozenset[str]().union(*(owners for owners in classes.values() if len(owners) == 1))
