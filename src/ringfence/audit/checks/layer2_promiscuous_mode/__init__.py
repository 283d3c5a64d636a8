"""Virtual switches, port groups and live ports reject promiscuous mode."""

from __future__ import annotations

from typing import Final

from ringfence.audit.check import Check

CHECK: Final = Check(
    id="layer2.promiscuous-mode",
    title="Virtual switches reject promiscuous mode",
    item="layer-2-security",
    severity="high",
    controls=(
        "ESXI-80-000218",
        "esxi-8.network-reject-promiscuous-mode-standardswitch",
        "CIS8 5.8",
        "VCSA-80-000270",
        "vcenter-8.network-reject-promiscuous-mode-dvportgroup",
    ),
    asks="Does any switch, port group or live port accept promiscuous mode?",
    matters=(
        "A machine on such a port sees every frame that the host's switch carries in the "
        "port's VLANs, from other port groups too."
    ),
    remedy="Set promiscuous mode to reject on the object named, and remove overrides below it.",
    nothing="No standard or distributed switch was found, or the policy accepts promiscuous mode.",
    examine="ringfence.audit.checks.layer2_promiscuous_mode.examine:examine",
)
