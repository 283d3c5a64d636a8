"""No live port overrides the settings of its port group."""

from __future__ import annotations

from typing import Final

from ringfence.audit.check import Check

CHECK: Final = Check(
    id="layer2.live-port-overrides",
    title="Live ports follow their port group",
    item="layer-2-security",
    severity="high",
    controls=("VCSA-80-000301", "vcenter-8.network-restrict-port-level-overrides"),
    asks="Does any live port of a distributed switch have settings of its own?",
    matters="Forbidding overrides does not undo those that exist: only the live ports show them.",
    remedy="Reset the port to the settings of its port group, and forbid overrides there.",
    nothing="No live port of a distributed switch was found.",
    examine="ringfence.audit.checks.layer2_live_port_overrides.examine:examine",
)
