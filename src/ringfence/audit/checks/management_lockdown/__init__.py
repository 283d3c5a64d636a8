"""Hosts are in lockdown mode."""

from __future__ import annotations

from typing import Final

from ringfence.audit.check import Check

CHECK: Final = Check(
    id="management.lockdown",
    title="Hosts are managed through the management server only",
    item="management-isolation",
    severity="high",
    controls=("ESXI-80-000008", "esxi-8.lockdown-mode", "CIS8 3.20"),
    asks="Is every host in lockdown mode, normal or strict?",
    matters=(
        "Without it, an account of the host itself bypasses the management server's roles and "
        "its records."
    ),
    remedy="Turn lockdown mode on, after the exception users were agreed on.",
    nothing="No host was found.",
    examine="ringfence.audit.checks.management_lockdown.examine:examine",
)
