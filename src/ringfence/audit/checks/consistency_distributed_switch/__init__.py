"""A distributed switch spans every host of its cluster in the same way."""

from __future__ import annotations

from typing import Final

from ringfence.audit.check import Check

CHECK: Final = Check(
    id="consistency.distributed-switch",
    title="Distributed switches span all hosts of a cluster alike",
    item="host-consistency",
    severity="high",
    controls=(),
    asks=(
        "Is every host of a cluster a member of its distributed switches, with the same "
        "uplinks and MTU?"
    ),
    matters=(
        "A host outside the switch, or wired to it differently, cannot run the machines of "
        "the others."
    ),
    remedy=(
        "Add the host to the switch, and give its uplinks physical NICs as on the other hosts."
    ),
    nothing="No distributed switch with hosts of a cluster was found.",
    examine="ringfence.audit.checks.consistency_distributed_switch.examine:examine",
)
