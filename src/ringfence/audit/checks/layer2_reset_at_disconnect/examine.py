"""Asks distributed port groups whether their ports are reset."""

from __future__ import annotations

from ringfence.audit.check import Failed, Outcomes, Passed, Unread
from ringfence.audit.context import AuditContext
from ringfence.model.facts import NotRead


def examine(context: AuditContext) -> Outcomes:
    """Yield an outcome for each distributed port group."""
    for group in context.port_groups:
        if group.overrides is None:
            continue
        target = context.targets.port_group(group)
        if isinstance(group.overrides, NotRead):
            yield Unread(target, "overrides.reset_at_disconnect", group.overrides)
        elif group.overrides.reset_at_disconnect:
            yield Passed(target)
        else:
            path = "overrides.reset_at_disconnect"
            yield Failed(
                target=target,
                property=path,
                found=False,
                expected=True,
                sentence=f"{target.opening} keeps a port's own settings after its machine left.",
                fix=(target.change(path, before=False, after=True),),
            )
