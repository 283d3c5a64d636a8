"""The management server sends its events to the log collector."""

from __future__ import annotations

from typing import Final

from ringfence.audit.check import Check

CHECK: Final = Check(
    id="audit.event-forwarding",
    title="Events of the management server leave it",
    item="regular-audit",
    severity="medium",
    controls=("VCSA-80-000280", "vcenter-8.events-remote-logging"),
    asks="Does the management server send its events to a remote log?",
    matters=(
        "Whoever takes the management server can erase what it remembers, not what it has sent."
    ),
    remedy="Turn on the sending of events to the remote log.",
    nothing="No management server was read; a host by itself has none.",
    examine="ringfence.audit.checks.audit_event_forwarding.examine:examine",
)
