"""The host's own firewall answers management networks only."""

from __future__ import annotations

from typing import Final

from ringfence.audit.check import Check

CHECK: Final = Check(
    id="management.firewall-networks",
    title="Host services answer management networks only",
    item="management-isolation",
    severity="high",
    controls=("ESXI-80-000239", "esxi-8.firewall-restrict-access", "CIS8 5.1"),
    asks="Is every enabled ruleset of a host limited to the declared management networks?",
    matters=(
        "A ruleset for all addresses lets any zone that ever reaches the host try its services."
    ),
    remedy="Limit the ruleset to the networks that need it.",
    nothing=(
        "No host was found, or the policy declares no management networks (standards: "
        "management: networks)."
    ),
    examine="ringfence.audit.checks.management_firewall_networks.examine:examine",
)
