"""No principal holds two rights that must never meet."""

from __future__ import annotations

from typing import Final

from ringfence.audit.check import Check

CHECK: Final = Check(
    id="duties.never-together",
    title="Rights that must be apart are apart",
    item="separation-of-duties",
    severity="high",
    controls=("VCSA-80-000095",),
    asks="Does any user or group hold two rights that the policy never wants in one hand?",
    matters=(
        "Who can change a network and attach machines to it can join two zones alone, unseen "
        "by a second pair of eyes."
    ),
    remedy=(
        "Take one of the two rights from the role, or give the two roles to different groups "
        "without a common member."
    ),
    nothing="No permission was found, or the policy lists no pair (duties: never-together).",
    examine="ringfence.audit.checks.duties_never_together.examine:examine",
)
