"""All hosts take their time from the same declared servers."""

from __future__ import annotations

from typing import Final

from ringfence.audit.check import Check

CHECK: Final = Check(
    id="audit.time-servers",
    title="All hosts have the declared time",
    item="regular-audit",
    severity="low",
    controls=("ESXI-80-000124", "esxi-8.timekeeping-sources", "CIS8 2.6"),
    asks=(
        "Does every host take its time from the declared servers, and all hosts of a cluster "
        "from the same?"
    ),
    matters="Events of hosts whose clocks differ cannot be put in order.",
    remedy="Set the same declared time servers on every host.",
    nothing="No host was found.",
    examine="ringfence.audit.checks.audit_time_servers.examine:examine",
)
