"""A port loses its own settings when its machine disconnects."""

from __future__ import annotations

from typing import Final

from ringfence.audit.check import Check

CHECK: Final = Check(
    id="layer2.reset-at-disconnect",
    title="Ports are reset when they are disconnected",
    item="layer-2-security",
    severity="medium",
    controls=("VCSA-80-000302", "vcenter-8.network-reset-port"),
    asks="Does a distributed port forget its own settings when its machine disconnects?",
    matters=(
        "Otherwise the next machine on that port inherits an exception that was made for another."
    ),
    remedy="Turn on the reset of port configuration at disconnect on the port group.",
    nothing="No distributed port group was found.",
    examine="ringfence.audit.checks.layer2_reset_at_disconnect.examine:examine",
)
