"""Compares the flow collector of each distributed switch with the declared ones."""

from __future__ import annotations

from ringfence.audit.check import Failed, Outcomes, Passed, Unread
from ringfence.audit.context import AuditContext
from ringfence.model.facts import NotRead


def examine(context: AuditContext) -> Outcomes:
    """Yield an outcome for each distributed switch."""
    declared = context.policy.standards.logging.flow_collectors
    for switch in context.distributed_switches:
        target = context.targets.switch(switch)
        found = switch.flow_collector
        if isinstance(found, NotRead):
            yield Unread(target, "flow_collector", found)
        elif not found or found in declared:
            yield Passed(target)
        else:
            yield Failed(
                target=target,
                property="flow_collector",
                found=found,
                expected=list(declared) or "no collector",
                sentence=f"{target.opening} sends flow records to {found}, which the policy does "
                "not declare.",
                fix=(target.change("flow_collector", before=found, after=""),),
                fix_risk="Whoever analyses the records no longer receives them.",
            )
