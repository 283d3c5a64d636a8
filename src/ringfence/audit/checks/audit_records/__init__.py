"""Hosts keep audit records, and send them away."""

from __future__ import annotations

from typing import Final

from ringfence.audit.check import Check

CHECK: Final = Check(
    id="audit.records",
    title="Hosts keep and send audit records",
    item="regular-audit",
    severity="medium",
    controls=("ESXI-80-000232/233", "esxi-8.logs-audit-remote"),
    asks="Does every host keep audit records, and send them to its log collector?",
    matters="Audit records tell who changed a host; without them, an investigation ends there.",
    remedy="Turn on both the local storage and the remote sending of audit records.",
    nothing="No host was found.",
    examine="ringfence.audit.checks.audit_records.examine:examine",
)
