"""Switches of a host take orders from the host itself."""

from __future__ import annotations

from typing import Final

from ringfence.audit.check import Check

CHECK: Final = Check(
    id="management.switch-control",
    title="Switches take orders from their own host alone",
    item="management-isolation",
    severity="high",
    controls=(),
    asks="Does any Open vSwitch take its configuration or its flows from the network?",
    matters=(
        "Whoever stands at the other end, or reaches the port it listens on, joins any networks."
    ),
    remedy=(
        "Let managers and controllers use the host's own socket (unix:), or only ssl: within the "
        "management network, and declare an exception for it."
    ),
    nothing="No host with Open vSwitch was found.",
    examine="ringfence.audit.checks.management_switch_control.examine:examine",
)
