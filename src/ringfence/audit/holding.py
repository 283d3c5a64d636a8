"""Who holds what, as the checks of duties see it: by principal, each told once."""

from __future__ import annotations

from collections.abc import Iterable

from ringfence.audit.check import Outcomes, Unread
from ringfence.audit.context import AuditContext
from ringfence.foundation.text import listed
from ringfence.model.change import Change
from ringfence.model.facts import NotRead, plain
from ringfence.model.rights import Capability, Permission
from ringfence.rights.duties import forbidden_pairs, is_administrator
from ringfence.rights.effective import EffectiveRights, Principal
from ringfence.rights.principals import principal_key

# A system without a way to tell is an assumption of the audit; one that refuses is not read.
_CANNOT_TELL = frozenset({"not-supported", "not-collected"})


def unread_rights(context: AuditContext) -> Outcomes:
    """Yield the management server as unread where effective rights cannot be told."""
    if isinstance(context.rights, NotRead):
        yield Unread(context.targets.server(), "permissions", context.rights)


def refused(fact: object) -> NotRead | None:
    """Return why a fact was refused, ``None`` where it was read or no account could have it."""
    if isinstance(fact, NotRead) and fact.reason not in _CANNOT_TELL:
        return fact
    return None


def is_exempt(context: AuditContext, rights: EffectiveRights, principal: Principal) -> bool:
    """Tell whether a principal, or a group it is in, is declared an administrator."""
    names = (each.name for each in rights.principals if each.key in _groups(rights, principal))
    return any(is_administrator(context.policy, name) for name in (principal.name, *names))


def is_full_administrator(rights: EffectiveRights, principal: Principal) -> bool:
    """Tell whether a principal may do everything somewhere: its own check says what of that."""
    return "administer" in rights.anywhere(principal)


def told_together(
    context: AuditContext, rights: EffectiveRights, principal: Principal, capability: Capability
) -> bool:
    """Tell whether ``duties.never-together`` reports this capability of the principal already."""
    pairs = forbidden_pairs(context.policy, rights.anywhere(principal))
    return any(capability in pair for pair in pairs)


def giving(
    rights: EffectiveRights, principal: Principal, capabilities: Iterable[Capability]
) -> tuple[Permission, ...]:
    """Return the permissions of the principal, or of its groups, that give any of these."""
    wanted = frozenset(capabilities)
    return tuple(
        permission
        for permission in rights.permissions
        if rights.is_of(permission, principal)
        and wanted & rights.capabilities_of_roles[permission.role]
    )


def given_directly(
    rights: EffectiveRights, principal: Principal, capability: Capability
) -> tuple[Permission, ...]:
    """Return the permissions that name the principal itself and give the capability."""
    return tuple(
        permission
        for permission in giving(rights, principal, (capability,))
        if principal_key(permission.principal) == principal.key
    )


def where_given(context: AuditContext, permissions: Iterable[Permission]) -> str:
    """Return the objects of permissions as an operator names them."""
    names = (context.targets.object_name(permission.object) for permission in permissions)
    return listed(dict.fromkeys(names))


def removal(permissions: Iterable[Permission]) -> tuple[Change, ...]:
    """Return the changes that remove permissions."""
    return tuple(
        Change(
            object=permission.id,
            name=permission.principal,
            kind="remove",
            table="permissions",
            before=plain(permission),
        )
        for permission in permissions
    )


def _groups(rights: EffectiveRights, principal: Principal) -> frozenset[str]:
    return rights.identities[principal.key] - {principal.key}
