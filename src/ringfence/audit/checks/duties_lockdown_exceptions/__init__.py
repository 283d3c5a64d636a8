"""Only break-glass accounts are exempt from lockdown."""

from __future__ import annotations

from typing import Final

from ringfence.audit.check import Check

CHECK: Final = Check(
    id="duties.lockdown-exceptions",
    title="Only break-glass accounts pass lockdown",
    item="separation-of-duties",
    severity="high",
    controls=("ESXI-80-000201", "esxi-8.lockdown-exception-users", "CIS8 3.19"),
    asks=("Is anybody exempt from lockdown mode on a host who is no declared break-glass account?"),
    matters=(
        "An exception user logs in to the host directly, past the roles and records of the "
        "management server."
    ),
    remedy=(
        "Remove the user from the exception list of the host, or declare it as a break-glass "
        "account."
    ),
    nothing="No host was found.",
    examine="ringfence.audit.checks.duties_lockdown_exceptions.examine:examine",
)
