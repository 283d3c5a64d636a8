"""No machine stands on a network of the infrastructure."""

from __future__ import annotations

from typing import Final

from ringfence.audit.check import Check

CHECK: Final = Check(
    id="management.machines-apart",
    title="Infrastructure networks carry no machines of others",
    item="management-isolation",
    severity="high",
    controls=(
        "ESXI-80-000160",
        "esx-9.vmk-vmotion",
        "ESXI-80-000199",
        "esx-9.vmk-storage",
        "VCSA-80-000279",
    ),
    asks=(
        "Is any machine attached to a network that hosts use for management, migration, "
        "storage or fault tolerance?"
    ),
    matters=(
        "Such a machine can reach the hosts themselves, or read the memory and disks of every "
        "zone as they pass."
    ),
    remedy="Move the NIC to the network of the zone that the machine belongs to.",
    nothing="No network with a kernel interface that serves something was found.",
    examine="ringfence.audit.checks.management_machines_apart.examine:examine",
)
