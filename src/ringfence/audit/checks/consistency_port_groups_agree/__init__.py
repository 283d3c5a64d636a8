"""A port group is the same on every host of its cluster."""

from __future__ import annotations

from typing import Final

from ringfence.audit.check import Check

CHECK: Final = Check(
    id="consistency.port-groups-agree",
    title="A port group is the same on every host of a cluster",
    item="host-consistency",
    severity="high",
    controls=(),
    asks=(
        "Does a standard port group have the same VLAN and the same security on every host of "
        "its cluster?"
    ),
    matters=(
        "A machine that migrates to a host where it differs stands in another network, and "
        "nobody sees it happen."
    ),
    remedy=(
        "Set the port group on the host named as it is on the others, or replace it by a "
        "distributed one."
    ),
    nothing="No standard port group on several hosts of a cluster was found.",
    examine="ringfence.audit.checks.consistency_port_groups_agree.examine:examine",
)
