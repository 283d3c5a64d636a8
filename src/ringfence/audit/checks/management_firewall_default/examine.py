"""Asks for the defaults of each host's own firewall."""

from __future__ import annotations

from ringfence.audit.check import Failed, Outcomes, Passed, Target, Unread
from ringfence.audit.context import AuditContext
from ringfence.model.facts import Fact, NotRead


def examine(context: AuditContext) -> Outcomes:
    """Yield outcomes for both directions of each host."""
    for host in context.inventory.hosts.values():
        target = context.targets.host(host)
        if isinstance(host.firewall, NotRead):
            yield Unread(target, "firewall", host.firewall)
            continue
        yield from _judged(target, "incoming", host.firewall.incoming_blocked)
        yield from _judged(target, "outgoing", host.firewall.outgoing_blocked)


def _judged(target: Target, direction: str, blocked: Fact[bool]) -> Outcomes:
    path = f"firewall.{direction}_blocked"
    if isinstance(blocked, NotRead):
        yield Unread(target, path, blocked)
    elif blocked:
        yield Passed(target)
    else:
        yield Failed(
            target=target,
            property=path,
            found=False,
            expected=True,
            sentence=f"The firewall of {target.label} lets {direction} traffic pass by default.",
            fix=(target.change(path, before=False, after=True),),
            fix_risk="Enable the rulesets of what the host needs first.",
        )
