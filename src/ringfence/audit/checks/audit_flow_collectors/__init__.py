"""Flow records go to declared collectors only."""

from __future__ import annotations

from typing import Final

from ringfence.audit.check import Check

CHECK: Final = Check(
    id="audit.flow-collectors",
    title="Flow records go to declared collectors",
    item="regular-audit",
    severity="medium",
    controls=("VCSA-80-000271", "vcenter-8.network-restrict-netflow-usage"),
    asks=(
        "Does any distributed switch send flow records to a collector that the policy does "
        "not declare?"
    ),
    matters="Flow records tell who talks to whom in every zone.",
    remedy="Remove the collector from the switch, or declare it.",
    nothing="No distributed switch was found.",
    examine="ringfence.audit.checks.audit_flow_collectors.examine:examine",
)
