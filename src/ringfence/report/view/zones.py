"""The look of each zone: one colour and one pattern, the same wherever the zone is drawn."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from ringfence.policy.document import Policy

COLOURS: Final = 6
"""Colours of zones inside: Okabe-Ito without orange and vermilion, the verdicts' own; and grey."""
PATTERNS: Final = 5
"""Solid, horizontal lines, dots, vertical lines, grid; diagonals belong to UNKNOWN."""


@dataclass(frozen=True, slots=True)
class ZoneLook:
    """How a zone is drawn: ``colour`` 0 is for external zones, 1 to ``COLOURS`` by trust."""

    name: str
    colour: int
    pattern: int
    trust: int
    note: str


def zone_looks(policy: Policy) -> Mapping[str, ZoneLook]:
    """Return the looks of the policy's zones by name, in order of trust, outside first.

    Colours repeat after ``COLOURS`` zones with the next pattern; names stand beside them always.
    """
    looks: dict[str, ZoneLook] = {}
    outside = inside = 0
    for name in policy.by_trust():
        zone = policy.zones[name]
        if zone.external:
            colour, pattern = 0, outside % PATTERNS
            outside += 1
        else:
            colour, pattern = 1 + inside % COLOURS, inside // COLOURS % PATTERNS
            inside += 1
        notes = [
            "external" if zone.external else "",
            "sensitive" if zone.sensitive else "",
            zone.role or "",
        ]
        looks[name] = ZoneLook(
            name=name,
            colour=colour,
            pattern=pattern,
            trust=zone.trust,
            note=", ".join(filter(None, notes)),
        )
    return looks
