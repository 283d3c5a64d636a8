"""Asks distributed switches what they do with discovery protocols."""

from __future__ import annotations

from typing import Final

from ringfence.audit.check import Failed, Outcomes, Passed, Unread
from ringfence.audit.context import AuditContext
from ringfence.model.facts import NotRead

QUIET: Final = ("none", "listen")


def examine(context: AuditContext) -> Outcomes:
    """Yield an outcome for each distributed switch."""
    for switch in context.distributed_switches:
        target = context.targets.switch(switch)
        found = switch.discovery_operation
        if isinstance(found, NotRead):
            yield Unread(target, "discovery_operation", found)
        elif found in QUIET:
            yield Passed(target)
        else:
            yield Failed(
                target=target,
                property="discovery_operation",
                found=found,
                expected="none or listen",
                sentence=f"{target.opening} advertises itself by its discovery protocol.",
                fix=(target.change("discovery_operation", before=found, after="listen"),),
                fix_risk="Tools on the physical network no longer see the host behind a port.",
            )
