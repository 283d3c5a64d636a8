"""No port of a distributed port group may override its settings."""

from __future__ import annotations

from typing import Final

from ringfence.audit.check import Check

CHECK: Final = Check(
    id="layer2.port-overrides",
    title="Ports may not override their port group",
    item="layer-2-security",
    severity="high",
    controls=("VCSA-80-000301", "vcenter-8.network-restrict-port-level-overrides"),
    asks="May a single port of a distributed port group have settings of its own?",
    matters="What one port does differently is seen by nobody who looks at the port group.",
    remedy=(
        "Forbid port-level overrides on the port group, and reset ports that already have some."
    ),
    nothing="No distributed port group was found.",
    examine="ringfence.audit.checks.layer2_port_overrides.examine:examine",
)
