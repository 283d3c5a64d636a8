"""Management has physical NICs of its own, enough of them."""

from __future__ import annotations

from typing import Final

from ringfence.audit.check import Check

CHECK: Final = Check(
    id="management.physical-nics",
    title="Management has its own redundant physical NICs",
    item="management-isolation",
    severity="medium",
    controls=(),
    asks=(
        "Does the management network of each host have enough physical NICs, and do they "
        "carry it alone?"
    ),
    matters=(
        "With one NIC, one cable takes the host out of management; with a shared one, a flood "
        "in a zone does."
    ),
    remedy=(
        "Give the management switch at least as many physical NICs as the policy wants, and "
        "no machines of zones."
    ),
    nothing="No management interface on a management network was found.",
    examine="ringfence.audit.checks.management_physical_nics.examine:examine",
)
