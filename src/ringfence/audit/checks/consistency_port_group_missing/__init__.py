"""A port group that most hosts of a cluster have is on all of them."""

from __future__ import annotations

from typing import Final

from ringfence.audit.check import Check

CHECK: Final = Check(
    id="consistency.port-group-missing",
    title="Every host of a cluster has the same port groups",
    item="host-consistency",
    severity="high",
    controls=(),
    asks=("Does every host of a cluster have the standard port groups that its other hosts have?"),
    matters=(
        "A machine cannot move to a host that lacks its network, or is started there without one."
    ),
    remedy=(
        "Add the port group to the host named, with the settings of the others; or remove it "
        "where it is the odd one."
    ),
    nothing="No cluster of several hosts with standard port groups was found.",
    examine="ringfence.audit.checks.consistency_port_group_missing.examine:examine",
)
