"""SSH is stopped on every host."""

from __future__ import annotations

from typing import Final

from ringfence.audit.check import Check

CHECK: Final = Check(
    id="management.ssh",
    title="SSH is off on every host",
    item="management-isolation",
    severity="high",
    controls=("ESXI-80-000193", "esxi-8.deactivate-ssh", "CIS8 3.1"),
    asks="Is SSH stopped on every host, and does it stay so after a restart?",
    matters=(
        "A shell reachable from the network passes roles and records by, and its root account "
        "can be tried."
    ),
    remedy=(
        "Stop the service and set it to be started by hand; start it for the time of a repair only."
    ),
    nothing="No host with that service was found.",
    examine="ringfence.audit.checks.management_ssh.examine:examine",
)
