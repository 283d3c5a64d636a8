"""Every MAC address is used once in a VLAN."""

from __future__ import annotations

from typing import Final

from ringfence.audit.check import Check

CHECK: Final = Check(
    id="layer2.duplicate-mac",
    title="No two NICs share a MAC address",
    item="layer-2-security",
    severity="medium",
    controls=(),
    asks="Do two virtual NICs or kernel interfaces of one VLAN have the same MAC address?",
    matters=(
        "Frames for one of them are delivered to the other: by mistake, or because somebody "
        "took the address."
    ),
    remedy="Let the management server generate a new address for one of the two.",
    nothing="No virtual NIC or kernel interface with a MAC address was found.",
    examine="ringfence.audit.checks.layer2_duplicate_mac.examine:examine",
)
