"""Ports of distributed port groups are bound by the management server."""

from __future__ import annotations

from typing import Final

from ringfence.audit.check import Check

CHECK: Final = Check(
    id="consistency.port-binding",
    title="No port group is ephemeral",
    item="host-consistency",
    severity="medium",
    controls=(),
    asks="Does any distributed port group bind its ports ephemerally?",
    matters=(
        "Whoever has rights on a host can attach machines to an ephemeral port group past the "
        "permissions of the management server."
    ),
    remedy="Use static binding; keep one declared port group for recovery at most.",
    nothing="No distributed port group was found.",
    examine="ringfence.audit.checks.consistency_port_binding.examine:examine",
)
