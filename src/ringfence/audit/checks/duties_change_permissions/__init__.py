"""Only declared principals may change permissions."""

from __future__ import annotations

from typing import Final

from ringfence.audit.check import Check

CHECK: Final = Check(
    id="duties.change-permissions",
    title="Only declared principals change permissions",
    item="separation-of-duties",
    severity="high",
    controls=("VCSA-80-000095",),
    asks="May anybody change roles or permissions whom the policy does not let?",
    matters="Who can change permissions can give themselves every other right.",
    remedy="Take the right to change permissions from the role, or declare the duty.",
    nothing="No permission but those of administrators was found.",
    examine="ringfence.audit.checks.duties_change_permissions.examine:examine",
)
