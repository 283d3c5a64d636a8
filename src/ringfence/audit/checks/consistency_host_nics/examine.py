"""Counts the physical NICs that are uplinks of virtual switches, host by host."""

from __future__ import annotations

from collections import defaultdict

from ringfence.audit.check import Failed, Outcomes, Passed, Unread
from ringfence.audit.context import AuditContext
from ringfence.audit.wiring import bound_nics, nic_names, switch_members
from ringfence.foundation.text import counted
from ringfence.model.facts import NotRead


def examine(context: AuditContext) -> Outcomes:
    """Yield an outcome for each host."""
    used: dict[str, set[str]] = defaultdict(set)
    unread: dict[str, NotRead] = {}
    everywhere: NotRead | None = None
    for switch in context.inventory.switches.values():
        if isinstance(switch.members, NotRead):
            everywhere = switch.members
        for member in switch_members(switch):
            nics = bound_nics(member)
            if isinstance(nics, NotRead):
                unread[member.host] = nics
            else:
                used[member.host] |= set(nics)
    at_least = context.policy.standards.nics.per_host.at_least
    for host in context.inventory.hosts.values():
        target = context.targets.host(host)
        names = nic_names(context.inventory, tuple(used[host.id]))
        why = unread.get(host.id) or everywhere or _unlisted(host.physical_nics)
        if len(names) >= at_least:
            yield Passed(target)
        elif why is not None:
            yield Unread(target, "uplinks", why)
        else:
            yield Failed(
                target=target,
                property="physical_nics",
                found=names,
                expected=f"at least {at_least}",
                sentence=f"{target.opening} uses {counted(len(names), 'physical NIC')}, the policy "
                f"wants at least {at_least}.",
            )


def _unlisted(fact: object) -> NotRead | None:
    return fact if isinstance(fact, NotRead) else None
