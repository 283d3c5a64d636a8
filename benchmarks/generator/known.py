"""The matrix that a proof of a planned network must find, told from the plan alone."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from benchmarks.generator.plan import Entry, Plan


@dataclass(frozen=True)
class KnownPair:
    """What is known of an ordered pair of zones.

    Everything is delivered where they are ``joined`` on layer 2. Otherwise exactly what the
    ``entries`` permit: in order, the first one that holds a packet decides, and a packet that is
    in none is refused.
    """

    verdict: Literal["VIOLATED", "PROVED"]
    joined: bool
    entries: tuple[Entry, ...]


def known_matrix(plan: Plan) -> Mapping[tuple[str, str], KnownPair]:
    """Return what is known of every ordered pair of different zones."""
    opened = {pair: violation for violation in plan.violations for pair in violation.pairs}
    joined = {
        pair
        for violation in plan.violations
        if violation.kind != "undeclared-rule"
        for pair in violation.pairs
    }
    entries: defaultdict[tuple[str, str], list[Entry]] = defaultdict(list)
    for entry in plan.entries:
        entries[entry.source_zone, entry.destination_zone].append(entry)
    return {
        (source, destination): KnownPair(
            verdict="VIOLATED" if (source, destination) in opened else "PROVED",
            joined=(source, destination) in joined,
            entries=tuple(entries[source, destination]),
        )
        for source in plan.zones
        for destination in plan.zones
        if source != destination
    }
