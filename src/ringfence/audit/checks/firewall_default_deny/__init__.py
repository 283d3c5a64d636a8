"""Firewalls deny what no rule permits."""

from __future__ import annotations

from typing import Final

from ringfence.audit.check import Check

CHECK: Final = Check(
    id="firewall.default-deny",
    title="Firewalls deny what no rule permits",
    item="regular-audit",
    severity="high",
    controls=("NDFW-4X-000016",),
    asks=(
        "Does every declared firewall deny whatever none of its rules permits, with no rule "
        "above that permits everything?"
    ),
    matters=(
        "One rule that permits everything makes all others, and the default deny, mean nothing."
    ),
    remedy=(
        "Remove the rule that permits everything, or set the default to deny; then permit "
        "what is declared."
    ),
    nothing="No declared firewall was read.",
    examine="ringfence.audit.checks.firewall_default_deny.examine:examine",
)
