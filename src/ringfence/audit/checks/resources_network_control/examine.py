"""Asks distributed switches for network I/O control."""

from __future__ import annotations

from ringfence.audit.check import Failed, Outcomes, Passed, Unread
from ringfence.audit.context import AuditContext
from ringfence.model.facts import NotRead


def examine(context: AuditContext) -> Outcomes:
    """Yield an outcome for each distributed switch."""
    for switch in context.distributed_switches:
        target = context.targets.switch(switch)
        if isinstance(switch.resource_control, NotRead):
            yield Unread(target, "resource_control", switch.resource_control)
        elif switch.resource_control:
            yield Passed(target)
        else:
            yield Failed(
                target=target,
                property="resource_control",
                found=False,
                expected=True,
                sentence=f"{target.opening} does not control how its uplinks are shared: one kind "
                "of traffic can fill them.",
                fix=(target.change("resource_control", before=False, after=True),),
            )
