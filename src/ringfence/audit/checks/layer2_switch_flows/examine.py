"""Looks for OpenFlow rules beyond those of a learning switch."""

from __future__ import annotations

from ringfence.audit.check import Failed, Outcomes, Passed, Unread
from ringfence.audit.context import AuditContext
from ringfence.audit.settings import setting_value
from ringfence.model.facts import NotRead


def examine(context: AuditContext) -> Outcomes:
    """Yield an outcome for each Open vSwitch."""
    for switch in context.inventory.switches.values():
        if switch.kind != "open-vswitch":
            continue
        target = context.targets.switch(switch)
        if isinstance(switch.settings, NotRead):
            yield Unread(target, "settings", switch.settings)
            continue
        flows = setting_value(switch.settings, "flows")
        if not isinstance(flows, NotRead):
            yield Failed(
                target=target,
                property="settings[flows].value",
                found=flows,
                expected="the flow of a learning switch alone",
                sentence=f"{target.opening} hands frames on by rules of its own: {flows}.",
            )
        elif flows.reason == "not-supported":
            yield Passed(target)
        else:
            yield Unread(target, "settings[flows].value", flows)
