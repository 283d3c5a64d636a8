"""No port group uses a VLAN that the physical network keeps for itself."""

from __future__ import annotations

from typing import Final

from ringfence.audit.check import Check

CHECK: Final = Check(
    id="layer2.reserved-vlans",
    title="No network uses a reserved VLAN",
    item="layer-2-security",
    severity="medium",
    controls=("ESXI5-VMNET-000012", "VCSA-80-000274"),
    asks="Does any port group use a VLAN number that physical switches reserve?",
    matters=(
        "Physical switches use these numbers inside, drop them, or treat them in ways of their own."
    ),
    remedy="Give the port group a VLAN outside the reserved ranges.",
    nothing="No port group with a VLAN number was found.",
    examine="ringfence.audit.checks.layer2_reserved_vlans.examine:examine",
)
