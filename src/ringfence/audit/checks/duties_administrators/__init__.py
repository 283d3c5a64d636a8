"""Only declared principals may do everything."""

from __future__ import annotations

from typing import Final

from ringfence.audit.check import Check

CHECK: Final = Check(
    id="duties.administrators",
    title="Only declared principals are administrators",
    item="separation-of-duties",
    severity="high",
    controls=("VCSA-80-000298", "vcenter-8.administration-sso-groups"),
    asks="Does anybody hold the administrator role whom the policy does not name?",
    matters="An administrator can undo every separation there is, and grant that right to others.",
    remedy=(
        "Remove the permission, or give a role with the rights that are needed; declare who "
        "is meant to have it."
    ),
    nothing="No permission with an administrator role was found.",
    examine="ringfence.audit.checks.duties_administrators.examine:examine",
)
