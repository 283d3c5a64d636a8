"""Distributed switches share their uplinks under control."""

from __future__ import annotations

from typing import Final

from ringfence.audit.check import Check

CHECK: Final = Check(
    id="resources.network-control",
    title="Network I/O control is on",
    item="resource-management",
    severity="medium",
    controls=("VCSA-80-000110", "vcenter-9.network-nioc"),
    asks="Does every distributed switch control how its uplinks are shared?",
    matters="Without it, one zone or one migration can fill the wire that all others use.",
    remedy="Turn network I/O control on, and give shares to the kinds of traffic.",
    nothing="No distributed switch was found.",
    examine="ringfence.audit.checks.resources_network_control.examine:examine",
)
