"""A physical NIC carries one zone where zones must not share wires."""

from __future__ import annotations

from typing import Final

from ringfence.audit.check import Check

CHECK: Final = Check(
    id="consistency.one-zone-per-nic",
    title="No physical NIC carries a zone beside one that wants its own",
    item="host-consistency",
    severity="high",
    controls=(),
    asks="Does any physical NIC carry another zone beside one that must have NICs of its own?",
    matters=(
        "Zones that are separate on virtual switches meet again on a shared wire, and on "
        "whatever it is plugged into."
    ),
    remedy="Move the port group named to a switch with other physical NICs.",
    nothing=(
        "The policy gives no zone NICs of its own (standards: nics: one-zone-per-nic), and no "
        "NIC is under two switches."
    ),
    examine="ringfence.audit.checks.consistency_one_zone_per_nic.examine:examine",
)
