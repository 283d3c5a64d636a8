"""No kernel interface serves the infrastructure on a network of machines."""

from __future__ import annotations

from typing import Final

from ringfence.audit.check import Check

CHECK: Final = Check(
    id="management.interface-apart",
    title="Hosts serve nothing on networks of machines",
    item="management-isolation",
    severity="high",
    controls=("ESXI-80-000198", "esx-9.vmk-management", "ESXI-80-000160", "esx-9.vmk-vmotion"),
    asks=(
        "Does a host answer management, or carry migration or storage, on a network of machines?"
    ),
    matters="Every machine of that zone then talks to the host itself, which holds all zones.",
    remedy="Remove the kernel interface, or move it to a network whose zone has that role.",
    nothing="No kernel interface that serves something was found.",
    examine="ringfence.audit.checks.management_interface_apart.examine:examine",
)
