"""Asks distributed switches for their health check."""

from __future__ import annotations

from ringfence.audit.check import Failed, Outcomes, Passed, Unread
from ringfence.audit.context import AuditContext
from ringfence.model.facts import NotRead


def examine(context: AuditContext) -> Outcomes:
    """Yield an outcome for each distributed switch."""
    for switch in context.distributed_switches:
        target = context.targets.switch(switch)
        if isinstance(switch.health_check, NotRead):
            yield Unread(target, "health_check", switch.health_check)
        elif switch.health_check:
            yield Failed(
                target=target,
                property="health_check",
                found=True,
                expected=False,
                sentence=f"The health check of {target.label} is on: it sends probes of the hosts "
                "into every VLAN.",
                fix=(target.change("health_check", before=True, after=False),),
            )
        else:
            yield Passed(target)
