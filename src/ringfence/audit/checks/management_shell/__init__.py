"""The shell is stopped on every host."""

from __future__ import annotations

from typing import Final

from ringfence.audit.check import Check

CHECK: Final = Check(
    id="management.shell",
    title="The shell is off on every host",
    item="management-isolation",
    severity="medium",
    controls=("ESXI-80-000194", "esxi-8.deactivate-shell", "CIS8 3.2"),
    asks="Is the local shell stopped on every host, and does it stay so after a restart?",
    matters="Commands in the shell change a host past the roles of the management server.",
    remedy=(
        "Stop the service and set it to be started by hand; start it for the time of a repair only."
    ),
    nothing="No host with that service was found.",
    examine="ringfence.audit.checks.management_shell.examine:examine",
)
