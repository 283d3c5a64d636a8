"""Every host has physical NICs enough to keep outside, inside and management apart."""

from __future__ import annotations

from typing import Final

from ringfence.audit.check import Check

CHECK: Final = Check(
    id="consistency.host-nics",
    title="Every host has enough physical NICs",
    item="host-consistency",
    severity="medium",
    controls=(),
    asks="Are at least as many physical NICs of each host in use as the policy wants?",
    matters=(
        "Outside, inside and management each need a wire of their own; with fewer, they share one."
    ),
    remedy=(
        "Add physical NICs to the virtual switches of the host, or place zones that share "
        "wires elsewhere."
    ),
    nothing="No host with virtual switches was found.",
    examine="ringfence.audit.checks.consistency_host_nics.examine:examine",
)
