"""No switch has rules of its own for where frames go."""

from __future__ import annotations

from typing import Final

from ringfence.audit.check import Check

CHECK: Final = Check(
    id="layer2.switch-flows",
    title="Switches forward by their ports alone",
    item="layer-2-security",
    severity="high",
    controls=(),
    asks="Does any switch have OpenFlow rules beyond those of a learning switch?",
    matters=(
        "Such a rule hands frames past VLANs and firewalls, and nothing in the settings of ports "
        "shows it."
    ),
    remedy="Remove the rule, and let ports and VLANs say what reaches what.",
    nothing="No Open vSwitch was found.",
    examine="ringfence.audit.checks.layer2_switch_flows.examine:examine",
)
