"""Networks of machines stay connected when one physical NIC fails."""

from __future__ import annotations

from typing import Final

from ringfence.audit.check import Check

CHECK: Final = Check(
    id="consistency.teaming",
    title="Every network has redundant physical NICs",
    item="host-consistency",
    severity="medium",
    controls=(),
    asks="Does every network that leaves a host have enough active and standby physical NICs?",
    matters=(
        "With one NIC, one cable takes the zone off the network, and repairs under pressure "
        "break separation."
    ),
    remedy=(
        "Add a physical NIC to the switch, or make one of its NICs active or standby for the "
        "port group."
    ),
    nothing="No virtual switch with uplinks was found.",
    examine="ringfence.audit.checks.consistency_teaming.examine:examine",
)
