"""Security appliances have their resources reserved."""

from __future__ import annotations

from typing import Final

from ringfence.audit.check import Check

CHECK: Final = Check(
    id="resources.appliance-reservations",
    title="Security appliances always have what they need",
    item="resource-management",
    severity="medium",
    controls=(),
    asks=(
        "Does every virtual firewall and router have the reservation of CPU and memory that "
        "the policy wants?"
    ),
    matters=(
        "A firewall that waits for CPU drops or delays what it should judge, whenever a "
        "neighbour is busy."
    ),
    remedy="Reserve what the machine is given, CPU and memory.",
    nothing="No declared device is a virtual machine.",
    examine="ringfence.audit.checks.resources_appliance_reservations.examine:examine",
)
