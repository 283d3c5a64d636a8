"""Asks for each sensitive network who may attach machines to it."""

from __future__ import annotations

from collections import defaultdict

from ringfence.audit.check import Failed, Outcomes, Passed, Unread
from ringfence.audit.context import AuditContext
from ringfence.audit.holding import is_exempt, told_together, unread_rights, where_given
from ringfence.foundation.text import listed
from ringfence.model.facts import NotRead
from ringfence.model.network import PortGroup
from ringfence.model.rights import Permission
from ringfence.rights.duties import is_declared
from ringfence.rights.effective import EffectiveRights, Principal


def examine(context: AuditContext) -> Outcomes:
    """Yield each sensitive network that passes, and each principal that may not use one."""
    sensitive = [
        group
        for group in context.port_groups
        if context.is_sensitive(context.attached.zones_of(group))
    ]
    yield from _undecided_networks(context)
    if not sensitive:
        return
    yield from unread_rights(context)
    rights = context.rights
    if isinstance(rights, NotRead):
        return
    holding: dict[Principal, list[PortGroup]] = defaultdict(list)
    through: dict[Principal, list[Permission]] = defaultdict(list)
    for group in sensitive:
        for holder in rights.holders("assign-networks", group.id):
            if _counts(context, rights, holder.principal, group):
                holding[holder.principal].append(group)
                through[holder.principal] += holder.through
    used: set[str] = set()
    for principal, groups in holding.items():
        failed = _judged(context, principal, groups, through[principal])
        if failed is not None:
            used |= {group.id for group in groups}
            yield failed
    for group in sensitive:
        if group.id not in used:
            yield Passed(context.targets.port_group(group))


def _judged(
    context: AuditContext,
    principal: Principal,
    groups: list[PortGroup],
    through: list[Permission],
) -> Failed | None:
    zones = sorted(
        {
            zone
            for group in groups
            for zone in context.attached.zones_of(group)
            if context.is_sensitive((zone,))
        }
    )
    target = context.targets.principal(principal).concerning(*zones)
    if is_declared(context.policy, principal.name, "assign-networks", zones):
        return None
    names = sorted({group.name for group in groups})
    return Failed(
        target=target,
        property="assign-networks",
        found=names,
        expected=f"a duty in {listed(zones)}",
        sentence=f"{target.opening} may attach machines to {listed(names)} of the sensitive zone "
        f"{listed(zones)}, given on {where_given(context, through)}, without such a duty.",
        evidence=tuple(dict.fromkeys(f"permission {each.id}" for each in through)),
    )


def _counts(
    context: AuditContext, rights: EffectiveRights, principal: Principal, group: PortGroup
) -> bool:
    """Leave out who has it through a group, who may do everything, and who is told elsewhere."""
    return (
        principal.given
        and "administer" not in rights.capabilities(principal, group.id)
        and not is_exempt(context, rights, principal)
        and not told_together(context, rights, principal, "assign-networks")
    )


def _undecided_networks(context: AuditContext) -> Outcomes:
    """Yield port groups that may belong to a sensitive zone."""
    for group in context.port_groups:
        perhaps = context.attached.may_be_of(group)
        if context.is_sensitive(perhaps):
            why = NotRead(reason="not-collected", detail="its zone is not decided")
            yield Unread(context.targets.port_group(group), "zone", why)
