"""The management server keeps events and tasks long enough."""

from __future__ import annotations

from typing import Final

from ringfence.audit.check import Check

CHECK: Final = Check(
    id="audit.event-retention",
    title="Events are kept for thirty days at least",
    item="regular-audit",
    severity="medium",
    controls=("VCSA-80-000293",),
    asks="Does the management server keep events and tasks for thirty days at least?",
    matters="What was changed last month, and by whom, is asked after the breach was found.",
    remedy="Set the retention of events and tasks to thirty days or more.",
    nothing="No management server was read; a host by itself has none.",
    examine="ringfence.audit.checks.audit_event_retention.examine:examine",
)
