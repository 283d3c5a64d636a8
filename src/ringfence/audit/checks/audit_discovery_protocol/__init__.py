"""Distributed switches do not tell strangers about themselves."""

from __future__ import annotations

from typing import Final

from ringfence.audit.check import Check

CHECK: Final = Check(
    id="audit.discovery-protocol",
    title="Discovery protocols only listen",
    item="regular-audit",
    severity="low",
    controls=("VCSA-80-000299", "vcenter-8.network-restrict-discovery-protocol"),
    asks="Does any distributed switch advertise itself by a discovery protocol?",
    matters=(
        "What it advertises, names and versions and addresses, is read by whoever listens on "
        "the wire."
    ),
    remedy="Set the discovery protocol to listen, or turn it off.",
    nothing="No distributed switch was found.",
    examine="ringfence.audit.checks.audit_discovery_protocol.examine:examine",
)
