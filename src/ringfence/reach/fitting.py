"""The header space that fits some rules: its order is tried on a sample of them."""

from __future__ import annotations

from functools import partial
from itertools import islice
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
    rules = [
        rule
        for device in devices
        if not isinstance(device.chains, NotRead)
        for chain in device.chains
        for rule in chain.rules
    ]
    if len(rules) < _FEW:
        return HeaderSpace(cuts, order=ADDRESSES_FIRST, library=_SMALL)
    sample = list(islice(rules, 0, None, len(rules) // _SAMPLE))
    return HeaderSpace(cuts, order=min(_CANDIDATES, key=lambda order: _effort(sample, order)))


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
        return space.size(accepted)
    except BudgetExceededError:
        return _SAMPLE_NODES
