"""Port groups do not learn MAC addresses from their machines."""

from __future__ import annotations

from typing import Final

from ringfence.audit.check import Check

CHECK: Final = Check(
    id="layer2.mac-learning",
    title="Port groups do not learn MAC addresses",
    item="layer-2-security",
    severity="medium",
    controls=("vcenter-8.network-mac-learning", "VCFA-9X-000345"),
    asks=(
        "Does any distributed port group learn MAC addresses, or flood frames whose address "
        "it does not know?"
    ),
    matters=(
        "A port that learns takes several addresses at once, and flooding hands it the frames "
        "of strangers."
    ),
    remedy=(
        "Turn MAC learning off, and unknown unicast flooding with it, unless nested "
        "hypervisors need it."
    ),
    nothing="No distributed port group was found.",
    examine="ringfence.audit.checks.layer2_mac_learning.examine:examine",
)
