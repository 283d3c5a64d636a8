"""Edits of what the core of a certificate does not name: they must touch no verdict."""

from __future__ import annotations

import re
from collections.abc import Iterator
from random import Random

from generated.certified import certificate_of, certified_case
from generated.edits import KINDS, WHOLE
from generated.network import Network
from ringfence.model.change import Change, difference
from ringfence.model.snapshot import Snapshot
from ringfence.reach.prove import prove

Fact = tuple[str, str, str]

_INSIDE = re.compile(r"(\w+)\[([^]]*)\](?:\.(\w+))?")
_TABLES = {
    "nics": "virtual_nics",
    "kernel_interfaces": "kernel_interfaces",
    "physical_nics": "physical_nics",
}


def core_problem(seed: int) -> tuple[int, str | None]:
    """Return how many edits outside the core were tried, and what one of them did, if any did."""
    case = certified_case(seed)
    made = certificate_of(case)
    if made is None:
        return 0, None
    core = {(one.table, one.id, name) for one in made.core for name in one.properties}
    chance = Random(f"core {seed}")
    tried = 0
    for kind, edit in KINDS.items():
        if kind in WHOLE:
            continue
        for _ in range(6):
            after = edit(case.snapshot, chance)
            if (
                after is None
                or after == case.snapshot
                or not core.isdisjoint(_touched(case, after))
            ):
                continue
            tried += 1
            proof = prove(after, case.policy, case.memberships)
            broken = {
                (one.source, one.destination) for one in proof.pairs if one.verdict != "PROVED"
            }
            if not broken.isdisjoint(made.pairs):
                return tried, f"seed {seed}: {kind} outside the core touched {broken}"
    return tried, None


def _touched(case: Network, after: Snapshot) -> Iterator[Fact]:
    """Yield the facts that an edit changes, as a core names them."""
    for change in difference(case.snapshot, after):
        yield _fact(change)


def _fact(change: Change) -> Fact:
    inside = _INSIDE.match(change.property)
    if inside is None:
        return change.table, change.object, change.property.partition(".")[0]
    what, identity, of_it = inside.groups()
    if what in _TABLES and of_it:
        return _TABLES[what], identity, of_it
    return change.table, change.object, what
