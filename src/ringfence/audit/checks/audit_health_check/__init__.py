"""Health checks of distributed switches are off between uses."""

from __future__ import annotations

from typing import Final

from ringfence.audit.check import Check

CHECK: Final = Check(
    id="audit.health-check",
    title="Health checks are off between uses",
    item="regular-audit",
    severity="low",
    controls=("VCSA-80-000267", "vcenter-9.vds-health-check-disable"),
    asks="Is a health check of VLANs or teaming running on any distributed switch?",
    matters="It sends probes into every VLAN, with the addresses of hosts, as long as it is on.",
    remedy="Turn the health check off; turn it on for the time of a diagnosis only.",
    nothing="No distributed switch was found.",
    examine="ringfence.audit.checks.audit_health_check.examine:examine",
)
