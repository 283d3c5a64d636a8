"""Migration of machines is encrypted."""

from __future__ import annotations

from typing import Final

from ringfence.audit.check import Check

CHECK: Final = Check(
    id="management.migration-encryption",
    title="Machines migrate encrypted",
    item="management-isolation",
    severity="medium",
    controls=("VMCH-80-000203", "vm-8.vmotion-encrypted"),
    asks="Is the memory of every machine encrypted while it migrates?",
    matters=(
        "A migration sends the memory of a machine, keys and card numbers included, over the "
        "migration network."
    ),
    remedy=(
        "Set the encryption of migration to required for machines of sensitive zones, to "
        "opportunistic at least for all."
    ),
    nothing="No virtual machine was found.",
    examine="ringfence.audit.checks.management_migration_encryption.examine:examine",
)
