"""Adds up what each principal may do, groups expanded, and looks for forbidden pairs."""

from __future__ import annotations

from ringfence.audit.check import Failed, Outcomes, Passed, Unread
from ringfence.audit.context import AuditContext
from ringfence.audit.holding import (
    giving,
    is_exempt,
    is_full_administrator,
    refused,
    unread_rights,
    where_given,
)
from ringfence.foundation.text import listed
from ringfence.model.facts import NotRead
from ringfence.model.rights import Capability
from ringfence.rights.duties import forbidden_pairs
from ringfence.rights.effective import EffectiveRights, Principal

Pairs = tuple[tuple[Capability, Capability], ...]


def examine(context: AuditContext) -> Outcomes:
    """Yield an outcome for each principal that is no administrator."""
    if not context.policy.duties.never_together:
        return
    yield from unread_rights(context)
    rights = context.rights
    if isinstance(rights, NotRead):
        return
    why = refused(context.snapshot.groups)
    if why is not None and any(principal.group for principal in rights.principals):
        yield Unread(context.targets.server(), "groups", why)
    for principal in rights.principals:
        if is_full_administrator(rights, principal) or is_exempt(context, rights, principal):
            continue
        pairs = forbidden_pairs(context.policy, rights.anywhere(principal))
        if principal.given or not _told_by_group(context, rights, principal, pairs):
            yield _judged(context, rights, principal, pairs)


def _judged(
    context: AuditContext, rights: EffectiveRights, principal: Principal, pairs: Pairs
) -> Failed | Passed:
    target = context.targets.principal(principal)
    if not pairs:
        return Passed(target)
    together = tuple(dict.fromkeys(capability for pair in pairs for capability in pair))
    through = giving(rights, principal, together)
    groups = sorted({each.principal for each in through} - {principal.name})
    by = f" through {listed(groups)}" if groups and not principal.given else ""
    return Failed(
        target=target,
        property="capabilities",
        found=[list(pair) for pair in pairs],
        expected="at most one of each pair",
        sentence=f"{target.opening} may {_said(together)}{by}, on "
        f"{where_given(context, through)}: together these join zones without a second person.",
        evidence=tuple(f"permission {each.id}" for each in through),
    )


def _told_by_group(
    context: AuditContext, rights: EffectiveRights, principal: Principal, pairs: Pairs
) -> bool:
    """Tell whether one of a member's groups holds all of these pairs by itself."""
    groups = [
        each
        for each in rights.principals
        if each.group and each.key in rights.identities[principal.key]
    ]
    return any(
        set(pairs) <= set(forbidden_pairs(context.policy, rights.anywhere(group)))
        for group in groups
        if not is_exempt(context, rights, group)
    )


WORDS: dict[Capability, str] = {
    "configure-networks": "change networks",
    "assign-networks": "attach machines to them",
    "place-machines": "place machines",
    "configure-firewalls": "change firewalls",
    "configure-hosts": "change hosts",
    "configure-resources": "change resources",
    "change-permissions": "change permissions",
    "administer": "do everything",
}


def _said(together: tuple[Capability, ...]) -> str:
    words = [WORDS[capability] for capability in together]
    if "configure-networks" not in together and "assign-networks" in together:
        words[together.index("assign-networks")] = "attach machines to networks"
    return listed(words, most=8)
