"""Compares the exception users of each host with the declared break-glass accounts."""

from __future__ import annotations

from ringfence.audit.check import Failed, Outcomes, Passed, Unread
from ringfence.audit.context import AuditContext
from ringfence.foundation.text import listed
from ringfence.model.facts import NotRead
from ringfence.rights.principals import is_listed


def examine(context: AuditContext) -> Outcomes:
    """Yield an outcome for each host."""
    declared = context.policy.duties.break_glass.accounts
    for host in context.vsphere_hosts:
        target = context.targets.host(host)
        found = host.lockdown_exceptions
        if isinstance(found, NotRead):
            yield Unread(target, "lockdown_exceptions", found)
            continue
        strangers = [name for name in found if not is_listed(name, declared)]
        if not strangers:
            yield Passed(target)
            continue
        kept = [name for name in found if name not in strangers]
        yield Failed(
            target=target,
            property="lockdown_exceptions",
            found=list(found),
            expected=list(declared),
            sentence=f"{target.opening} lets {listed(strangers)} log in past its lockdown, and the "
            "policy names no such break-glass account.",
            fix=(target.change("lockdown_exceptions", before=list(found), after=kept),),
            fix_risk="Agents that log in to the host by this account no longer can.",
        )
