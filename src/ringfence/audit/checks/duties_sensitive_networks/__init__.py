"""Only declared principals may attach machines to sensitive networks."""

from __future__ import annotations

from typing import Final

from ringfence.audit.check import Check

CHECK: Final = Check(
    id="duties.sensitive-networks",
    title="Only declared principals use sensitive networks",
    item="separation-of-duties",
    severity="high",
    controls=(),
    asks=(
        "May anybody attach machines to a network of a sensitive zone whom the policy does not let?"
    ),
    matters=(
        "One NIC moved to a sensitive network puts a machine of any zone beside the data that "
        "it protects."
    ),
    remedy=(
        "Give the right to assign networks on the networks of the zone only, and replace it "
        "where it is inherited."
    ),
    nothing="No network of a sensitive zone was found.",
    examine="ringfence.audit.checks.duties_sensitive_networks.examine:examine",
)
