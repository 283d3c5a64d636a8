"""Uplinks are joined to the physical network as the policy declares it."""

from __future__ import annotations

from typing import Final

from ringfence.audit.check import Check

CHECK: Final = Check(
    id="consistency.physical-network",
    title="Uplinks fit the declared physical network",
    item="host-consistency",
    severity="high",
    controls=("CIS8 5.9", "VCSA-80-000272"),
    asks=(
        "Does each uplink lead to one domain of the declared fabric, with the domain's native "
        "VLAN, and does no switch join two domains?"
    ),
    matters=(
        "A cable in the wrong place joins networks behind every firewall, and frames without a "
        "tag land in another VLAN where the two ends of a cable disagree."
    ),
    remedy=(
        "Move the cable, give the uplink the native VLAN of the physical port, or declare the "
        "fabric as it is."
    ),
    nothing="The policy declares no fabric, or no switch has uplinks.",
    examine="ringfence.audit.checks.consistency_physical_network.examine:examine",
)
