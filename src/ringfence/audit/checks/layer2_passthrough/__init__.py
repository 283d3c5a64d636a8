"""No machine has a physical network device of its own."""

from __future__ import annotations

from typing import Final

from ringfence.audit.check import Check

CHECK: Final = Check(
    id="layer2.passthrough",
    title="No machine bypasses the virtual switch",
    item="layer-2-security",
    severity="high",
    controls=("VMCH-80-000214", "vm-8.pci-passthrough"),
    asks="Does any machine hold a physical NIC, or a virtual function of one?",
    matters=(
        "Such a machine talks to the physical switch directly: port groups, VLANs and filters "
        "do not hold it."
    ),
    remedy="Replace the device by a virtual NIC on the network of its zone.",
    nothing="No virtual machine was found.",
    examine="ringfence.audit.checks.layer2_passthrough.examine:examine",
)
