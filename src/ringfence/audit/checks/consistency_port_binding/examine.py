"""Asks distributed port groups how they bind ports."""

from __future__ import annotations

from ringfence.audit.check import Failed, Outcomes, Passed, Unread
from ringfence.audit.context import AuditContext
from ringfence.model.facts import NotRead


def examine(context: AuditContext) -> Outcomes:
    """Yield an outcome for each distributed port group that no overlay network made."""
    distributed = {switch.id for switch in context.distributed_switches}
    for group in context.port_groups:
        if group.switch not in distributed or group.backing != "vlan":
            continue
        target = context.targets.port_group(group)
        if isinstance(group.binding, NotRead):
            yield Unread(target, "binding", group.binding)
        elif group.binding == "ephemeral":
            yield Failed(
                target=target,
                property="binding",
                found="ephemeral",
                expected="static",
                sentence=f"{target.opening} is ephemeral: a host attaches machines to it past the "
                "permissions of the management server.",
                fix=(target.change("binding", before="ephemeral", after="static"),),
                fix_risk="The management server must run to attach machines.",
            )
        else:
            yield Passed(target)
