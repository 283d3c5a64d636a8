"""Only declared principals may change networks."""

from __future__ import annotations

from typing import Final

from ringfence.audit.check import Check

CHECK: Final = Check(
    id="duties.network-configuration",
    title="Only network administrators change networks",
    item="separation-of-duties",
    severity="high",
    controls=(),
    asks=(
        "May anybody change switches, port groups or host networking whom the policy does not let?"
    ),
    matters="One VLAN number changed by the wrong hand joins two zones.",
    remedy=(
        "Take the privileges on switches, port groups and host networking from the role, or "
        "declare the duty."
    ),
    nothing="No permission but those of administrators was found.",
    examine="ringfence.audit.checks.duties_network_configuration.examine:examine",
)
