"""Asks each host for its lockdown mode."""

from __future__ import annotations

from ringfence.audit.check import Failed, Outcomes, Passed, Unread
from ringfence.audit.context import AuditContext
from ringfence.model.facts import NotRead


def examine(context: AuditContext) -> Outcomes:
    """Yield an outcome for each host."""
    for host in context.vsphere_hosts:
        target = context.targets.host(host)
        if isinstance(host.lockdown, NotRead):
            yield Unread(target, "lockdown", host.lockdown)
        elif host.lockdown == "disabled":
            yield Failed(
                target=target,
                property="lockdown",
                found="disabled",
                expected="normal or strict",
                sentence=f"{target.opening} is not in lockdown mode: it can be managed past the "
                "management server.",
                fix=(target.change("lockdown", before="disabled", after="normal"),),
                fix_risk="Tools that log in to the host directly no longer can.",
            )
        else:
            yield Passed(target)
