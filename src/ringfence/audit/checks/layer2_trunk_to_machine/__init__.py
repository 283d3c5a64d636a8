"""No machine is handed tagged frames of many VLANs."""

from __future__ import annotations

from typing import Final

from ringfence.audit.check import Check

CHECK: Final = Check(
    id="layer2.trunk-to-machine",
    title="No trunk ends at a machine",
    item="layer-2-security",
    severity="high",
    controls=(
        "ESXI-80-000220",
        "esxi-8.network-vgt",
        "CIS8 5.10",
        "VCSA-80-000273",
        "vcenter-8.network-vgt",
    ),
    asks="Does any port group or live port hand tagged frames to a machine?",
    matters=(
        "A machine on a trunk stands in every VLAN of its range, and chooses for each frame which."
    ),
    remedy=(
        "Give the port group the one VLAN of its zone; give a machine that needs several one "
        "NIC for each."
    ),
    nothing="No port group was found, or the policy allows trunks to machines.",
    examine="ringfence.audit.checks.layer2_trunk_to_machine.examine:examine",
)
