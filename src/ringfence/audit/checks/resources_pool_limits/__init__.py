"""No zone can take the resources of another."""

from __future__ import annotations

from typing import Final

from ringfence.audit.check import Check

CHECK: Final = Check(
    id="resources.pool-limits",
    title="Every zone that shares a cluster has a limit",
    item="resource-management",
    severity="medium",
    controls=(),
    asks=(
        "Does the resource pool of every zone have a limit where other zones run on the same "
        "cluster?"
    ),
    matters=(
        "A flooded or taken-over zone without a limit slows every other zone down, firewalls "
        "included."
    ),
    remedy="Set a limit for CPU and memory on the pool of the zone.",
    nothing="No resource pool with machines of a zone that shares its cluster was found.",
    examine="ringfence.audit.checks.resources_pool_limits.examine:examine",
)
