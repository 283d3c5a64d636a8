"""One capability: who was given it without a duty that includes it."""

from __future__ import annotations

from ringfence.audit.check import Failed, Outcomes, Passed
from ringfence.audit.context import AuditContext
from ringfence.audit.holding import (
    given_directly,
    is_full_administrator,
    removal,
    told_together,
    unread_rights,
    where_given,
)
from ringfence.model.facts import NotRead
from ringfence.model.rights import Capability
from ringfence.rights.duties import is_declared


def examine_capability(context: AuditContext, capability: Capability, words: str) -> Outcomes:
    """Yield an outcome for each principal that a permission names and that is no administrator.

    ``words`` say what it lets them do, after "may".
    """
    yield from unread_rights(context)
    rights = context.rights
    if isinstance(rights, NotRead):
        return
    for principal in rights.principals:
        if not principal.given or is_full_administrator(rights, principal):
            continue
        through = given_directly(rights, principal, capability)
        target = context.targets.principal(principal)
        if not through or is_declared(context.policy, principal.name, capability):
            yield Passed(target)
            continue
        if told_together(context, rights, principal, capability):
            continue
        yield Failed(
            target=target,
            property=capability,
            found=[context.targets.object_name(permission.object) for permission in through],
            expected="no such right without a duty",
            sentence=f"{target.opening} may {words} on {where_given(context, through)}, and no "
            "duty of the policy includes that.",
            evidence=tuple(f"permission {permission.id}" for permission in through),
            fix=removal(through),
            fix_risk="The principal loses the other rights of these roles too.",
        )
