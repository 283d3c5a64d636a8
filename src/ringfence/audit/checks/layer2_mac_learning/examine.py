"""Asks distributed switches and port groups whether they learn or flood."""

from __future__ import annotations

from ringfence.audit.check import Failed, Outcomes, Passed, Target, Unread
from ringfence.audit.context import AuditContext
from ringfence.model.facts import Fact, NotRead
from ringfence.model.network import SecurityPolicy


def examine(context: AuditContext) -> Outcomes:
    """Yield an outcome for each distributed port group."""
    distributed = {switch.id for switch in context.distributed_switches}
    for group in context.port_groups:
        if group.switch in distributed:
            yield from _judged(context.targets.port_group(group), group.security)


def _judged(target: Target, security: Fact[SecurityPolicy]) -> Outcomes:
    if isinstance(security, NotRead):
        yield Unread(target, "security", security)
        return
    if isinstance(security.mac_learning, NotRead):
        yield Unread(target, "security.mac_learning", security.mac_learning)
    elif not security.mac_learning:
        yield Passed(target)
    elif isinstance(security.unknown_unicast_flooding, NotRead):
        yield Unread(target, "security.unknown_unicast_flooding", security.unknown_unicast_flooding)
    else:
        floods = security.unknown_unicast_flooding
        more = " and receives frames for addresses that nobody knows" if floods else ""
        yield Failed(
            target=target,
            property="security.mac_learning",
            found=True,
            expected=False,
            sentence=f"{target.opening} learns MAC addresses{more}: a machine there can hold "
            "several addresses at once.",
            fix=(target.change("security.mac_learning", before=True, after=False),),
            fix_risk="Machines behind a nested hypervisor there are no longer reached.",
        )
