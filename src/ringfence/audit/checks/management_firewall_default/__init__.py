"""The host's own firewall blocks what no ruleset allows."""

from __future__ import annotations

from typing import Final

from ringfence.audit.check import Check

CHECK: Final = Check(
    id="management.firewall-default",
    title="Host firewalls block by default",
    item="management-isolation",
    severity="high",
    controls=("ESXI-80-000214", "esxi-8.firewall-incoming-default"),
    asks=(
        "Does each host's own firewall block incoming and outgoing traffic that no ruleset allows?"
    ),
    matters="Without it, every service that starts on the host is open to whoever reaches it.",
    remedy=(
        "Turn on the blocking of incoming and outgoing traffic, and enable the rulesets that "
        "are needed."
    ),
    nothing="No host was found.",
    examine="ringfence.audit.checks.management_firewall_default.examine:examine",
)
