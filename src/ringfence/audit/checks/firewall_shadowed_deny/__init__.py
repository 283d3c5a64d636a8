"""No deny comes too late."""

from __future__ import annotations

from typing import Final

from ringfence.audit.check import Check

CHECK: Final = Check(
    id="firewall.shadowed-deny",
    title="No deny is shadowed by an earlier permit",
    item="regular-audit",
    severity="high",
    controls=(),
    asks="Does any rule that denies stand below one that permits everything it would deny?",
    matters="Whoever wrote the deny believes that it works.",
    remedy=(
        "Move the deny above the permit, or narrow the permit; if the permit is meant, remove "
        "the deny."
    ),
    nothing="No declared firewall with a rule that denies was read.",
    examine="ringfence.audit.checks.firewall_shadowed_deny.examine:examine",
)
