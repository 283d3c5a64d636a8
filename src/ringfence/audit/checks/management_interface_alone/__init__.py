"""A management interface serves nothing else."""

from __future__ import annotations

from typing import Final

from ringfence.audit.check import Check

CHECK: Final = Check(
    id="management.interface-alone",
    title="Management interfaces carry management alone",
    item="management-isolation",
    severity="high",
    controls=("ESXI-80-000198", "esx-9.vmk-management"),
    asks=(
        "Does any kernel interface that answers management also carry migration, storage or "
        "another service?"
    ),
    matters=(
        "What shares the interface shares its network: memory of machines, or their disks, "
        "then passes where management is reached."
    ),
    remedy="Move the other services to kernel interfaces on networks of their own.",
    nothing="No kernel interface that answers management was found.",
    examine="ringfence.audit.checks.management_interface_alone.examine:examine",
)
