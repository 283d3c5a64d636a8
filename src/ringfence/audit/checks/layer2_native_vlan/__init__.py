"""No port group uses the native VLAN of the physical network."""

from __future__ import annotations

from typing import Final

from ringfence.audit.check import Check

CHECK: Final = Check(
    id="layer2.native-vlan",
    title="No network uses the native VLAN",
    item="layer-2-security",
    severity="medium",
    controls=("CIS8 5.9", "esx-9.network-vgt", "VCSA-80-000272"),
    asks=(
        "Does any port group carry the native VLAN of the physical network, or send untagged "
        "frames into it?"
    ),
    matters=(
        "Untagged frames of every port meet in the native VLAN, and double-tagged frames "
        "leave it for other VLANs."
    ),
    remedy="Give the port group a VLAN of its own, and let physical ports drop untagged frames.",
    nothing="No port group was found.",
    examine="ringfence.audit.checks.layer2_native_vlan.examine:examine",
)
