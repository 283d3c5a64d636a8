"""Virtual switches, port groups and live ports reject forged transmits."""

from __future__ import annotations

from typing import Final

from ringfence.audit.check import Check

CHECK: Final = Check(
    id="layer2.forged-transmits",
    title="Virtual switches reject forged transmits",
    item="layer-2-security",
    severity="high",
    controls=(
        "ESXI-80-000216",
        "esxi-8.network-reject-forged-transmit-standardswitch",
        "CIS8 5.6",
        "VCSA-80-000268",
        "vcenter-8.network-reject-forged-transmit-dvportgroup",
    ),
    asks=(
        "Does any switch, port group or live port let a machine send frames under a foreign "
        "MAC address?"
    ),
    matters="With it, a machine can speak in the name of another and draw its traffic to itself.",
    remedy="Set forged transmits to reject on the object named, and remove overrides below it.",
    nothing="No standard or distributed switch was found, or the policy accepts forged transmits.",
    examine="ringfence.audit.checks.layer2_forged_transmits.examine:examine",
)
