"""No firewall believes a source address, whatever interface it comes in by."""

from __future__ import annotations

from typing import Final

from ringfence.audit.check import Check

CHECK: Final = Check(
    id="firewall.source-addresses",
    title="Firewalls do not believe source addresses",
    item="layer-2-security",
    severity="high",
    controls=("esx-9.network-rpf-promisc",),
    asks="Does any rule permit packets for their source address, from whatever interface?",
    matters="Whoever writes another zone's address into a packet is then taken for that zone.",
    remedy=(
        "Let rules name the interface that packets come in by, or filter by the reverse path "
        "(rp_filter=1, for IPv4)."
    ),
    nothing="No firewall that the policy declares was read.",
    examine="ringfence.audit.checks.firewall_source_addresses.examine:examine",
)
