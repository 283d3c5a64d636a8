"""Virtual switches, port groups and live ports reject changed MAC addresses."""

from __future__ import annotations

from typing import Final

from ringfence.audit.check import Check

CHECK: Final = Check(
    id="layer2.mac-changes",
    title="Virtual switches reject changed MAC addresses",
    item="layer-2-security",
    severity="high",
    controls=(
        "ESXI-80-000217",
        "esxi-8.network-reject-mac-changes-standardswitch",
        "CIS8 5.7",
        "VCSA-80-000269",
        "vcenter-8.network-reject-mac-changes-dvportgroup",
    ),
    asks=(
        "Does any switch, port group or live port accept that a machine changes its MAC address?"
    ),
    matters="A machine that takes the address of another receives what was meant for it.",
    remedy=(
        "Set MAC address changes to reject on the object named, and remove overrides below it."
    ),
    nothing=(
        "No standard or distributed switch was found, or the policy accepts changed MAC addresses."
    ),
    examine="ringfence.audit.checks.layer2_mac_changes.examine:examine",
)
