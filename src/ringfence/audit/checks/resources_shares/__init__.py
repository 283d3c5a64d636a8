"""No zone outweighs another by its shares."""

from __future__ import annotations

from typing import Final

from ringfence.audit.check import Check

CHECK: Final = Check(
    id="resources.shares",
    title="Shares of zones are within the usual levels",
    item="resource-management",
    severity="low",
    controls=(),
    asks="Has any zone more than four times the shares of another on the same cluster?",
    matters=(
        "When resources are short, shares decide who waits: beyond the usual levels, one zone "
        "waits for all others."
    ),
    remedy="Use the levels low, normal and high, between which lies a factor of four.",
    nothing="No two resource pools of zones on one cluster were found.",
    examine="ringfence.audit.checks.resources_shares.examine:examine",
)
