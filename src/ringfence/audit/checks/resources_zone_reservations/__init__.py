"""Sensitive zones have resources of their own."""

from __future__ import annotations

from typing import Final

from ringfence.audit.check import Check

CHECK: Final = Check(
    id="resources.zone-reservations",
    title="Sensitive zones have resources reserved",
    item="resource-management",
    severity="medium",
    controls=(),
    asks=(
        "Does the resource pool of every sensitive zone, and of each zone with a standard, "
        "have its reservation?"
    ),
    matters="Without a reservation, a sensitive zone has what the others leave it.",
    remedy="Reserve CPU and memory on the pool of the zone.",
    nothing="No pool of a sensitive zone, or of one with a reservation in the policy, was found.",
    examine="ringfence.audit.checks.resources_zone_reservations.examine:examine",
)
