"""Compares the holders of administrator roles with the declared ones."""

from __future__ import annotations

from ringfence.audit.check import Failed, Outcomes, Passed, Unread
from ringfence.audit.context import AuditContext
from ringfence.audit.holding import (
    given_directly,
    refused,
    removal,
    unread_rights,
    where_given,
)
from ringfence.model.facts import NotRead
from ringfence.rights.duties import is_declared


def examine(context: AuditContext) -> Outcomes:
    """Yield an outcome for each principal that was given an administrator role."""
    yield from unread_rights(context)
    rights = context.rights
    if isinstance(rights, NotRead):
        return
    why = refused(context.snapshot.global_permissions)
    if why is not None:
        yield Unread(context.targets.server(), "global_permissions", why)
    for principal in rights.principals:
        through = given_directly(rights, principal, "administer")
        if not through:
            continue
        target = context.targets.principal(principal)
        if is_declared(context.policy, principal.name, "administer"):
            yield Passed(target)
            continue
        yield Failed(
            target=target,
            property="administer",
            found=[context.targets.object_name(permission.object) for permission in through],
            expected=list(context.policy.duties.administrators),
            sentence=f"{target.opening} is administrator of {where_given(context, through)}, and "
            "the policy does not name it.",
            evidence=tuple(f"permission {permission.id}" for permission in through),
            fix=removal(through),
            fix_risk="Make sure that a declared administrator remains.",
        )
