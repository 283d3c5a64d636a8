"""Hosts send their logs to a declared collector."""

from __future__ import annotations

from typing import Final

from ringfence.audit.check import Check

CHECK: Final = Check(
    id="audit.remote-logging",
    title="Hosts log to a declared collector",
    item="regular-audit",
    severity="medium",
    controls=("ESXI-80-000114", "esxi-8.logs-remote", "CIS8 4.2"),
    asks=(
        "Does every host send its logs to a collector that the policy declares, and to no other?"
    ),
    matters=(
        "Logs that stay on the host are lost with it, or changed by whoever took it; logs "
        "sent elsewhere tell a stranger."
    ),
    remedy="Set the log destination of the host to the declared collector.",
    nothing="No host was found.",
    examine="ringfence.audit.checks.audit_remote_logging.examine:examine",
)
