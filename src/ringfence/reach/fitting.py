"""The header space that fits some rules: its order is tried on a sample of them."""

from __future__ import annotations

from functools import partial
from math import log
from typing import TYPE_CHECKING, Final

from ringfence.foundation.errors import BudgetExceededError
from ringfence.model.facts import NotRead
from ringfence.reach.conditions import Passage, RuleMatcher, add_cuts
from ringfence.reach.diagrams import OxiddDiagrams
from ringfence.reach.fields import Cuts
from ringfence.reach.headers import HeaderSpace
from ringfence.reach.orders import (
    ADDRESSES_FIRST,
    BLOCKS_THEN_ADDRESSES,
    BLOCKS_THEN_SERVICES,
    Order,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ringfence.model.rules import Device, Rule

_FEW: Final = 2000
_NODES_OF_FEW: Final = 50
_SAMPLE: Final = 400
_SAMPLE_NODES: Final = 1 << 18
# To lay out a cache for many rules takes longer than to prove with few.
_SMALL: Final = partial(OxiddDiagrams, cache=1 << 16)
_CANDIDATES: Final = (BLOCKS_THEN_SERVICES, BLOCKS_THEN_ADDRESSES)


def fitted_space(cuts: Cuts, devices: Sequence[Device]) -> HeaderSpace:
    """Return a header space in the order in which a sample of the rules makes fewest nodes.

    Few rules are quick in any order, and keep the one that is easiest to read. Raises
    ``BudgetExceededError`` where not even the space fits in its memory.
    """
    rules = _rules(devices)
    if len(rules) < _FEW:
        return HeaderSpace(cuts, order=ADDRESSES_FIRST, library=_SMALL)
    return HeaderSpace(cuts, order=_fitting(rules)[1])


def expected_nodes(devices: Sequence[Device]) -> int:
    """Return how many nodes all rules may take, by how a sample grows when it is four times larger.

    In orderly rule sets nodes grow with the rules; where objects straddle each other, much faster.
    """
    rules = _rules(devices)
    if len(rules) < _FEW:
        return len(rules) * _NODES_OF_FEW
    few, order = _fitting(rules)
    many = _effort(rules[:: max(1, len(rules) // (_SAMPLE * 4))], order)
    growth = max(1.0, log(many / few, 4))
    return int(many * (len(rules) / (_SAMPLE * 4)) ** growth)


def _rules(devices: Sequence[Device]) -> list[Rule]:
    return [
        rule
        for device in devices
        if not isinstance(device.chains, NotRead)
        for chain in device.chains
        for rule in chain.rules
    ]


def _fitting(rules: Sequence[Rule]) -> tuple[int, Order]:
    """Return the candidate in which a sample takes fewest nodes, and how many."""
    sample = rules[:: len(rules) // _SAMPLE]
    efforts = [_effort(sample, order) for order in _CANDIDATES]
    fewest = min(efforts)
    return fewest, _CANDIDATES[efforts.index(fewest)]


def _effort(sample: Sequence[Rule], order: Order) -> int:
    """Return how many nodes the rules take, in a space of their own."""
    cuts = Cuts()
    for rule in sample:
        for condition in rule.conditions:
            add_cuts(cuts, condition)
    try:
        space = HeaderSpace(cuts, _SAMPLE_NODES, order)
        matcher = RuleMatcher(space)
        accepted = space.nothing
        for match in matcher.matches(reversed(sample), Passage(None, None)):
            headers = matcher.headers(match)
            if match.rule.action == "accept":
                accepted = space.union([accepted, headers])
            elif match.rule.action in ("drop", "reject"):
                accepted = space.without(accepted, headers)
        return max(1, space.size(accepted))
    except BudgetExceededError:
        return _SAMPLE_NODES
