"""Rights: what each principal may really do somewhere, and what of it no duty declares."""

from __future__ import annotations

from collections.abc import Iterator

from ringfence.foundation.text import counted
from ringfence.model.facts import NotRead
from ringfence.model.inventory import Inventory
from ringfence.model.rights import Permission
from ringfence.operations.subject import Subject
from ringfence.operations.table import Table, TableKind, Value
from ringfence.rights.duties import is_declared
from ringfence.rights.effective import EffectiveRights, Principal, effective_rights
from ringfence.rights.principals import principal_key

_COLUMNS = {
    "principal": "Principal",
    "kind": "Kind",
    "roles": "Roles",
    "may": "May",
    "beyond_duty": "Beyond their duty",
}


def _make(subject: Subject) -> Table:
    rights = effective_rights(subject.inventory)
    if isinstance(rights, NotRead):
        note = f"Who may do what was not read: {rights.detail or rights.reason}."
        return Table(name="rights", columns=_COLUMNS, rows=(), note=note)
    rows = tuple(_row(principal, rights, subject) for principal in rights.principals)
    note = " ".join((f"{counted(len(rows), 'principal')} with rights.", *rights.assumptions))
    return Table(name="rights", columns=_COLUMNS, rows=rows, note=note)


def _row(principal: Principal, rights: EffectiveRights, subject: Subject) -> tuple[Value, ...]:
    may = tuple(sorted(rights.anywhere(principal)))
    policy = subject.policy
    beyond: Value = None
    if policy is not None:
        beyond = tuple(each for each in may if not is_declared(policy, principal.name, each))
    kind = "group" if principal.group else "user"
    roles = tuple(_roles(principal, rights, subject.inventory))
    return (principal.name, kind, roles, may, beyond)


def _roles(principal: Principal, rights: EffectiveRights, inventory: Inventory) -> Iterator[str]:
    for permission in rights.permissions:
        if principal_key(permission.principal) == principal.key:
            yield f"{inventory.roles[permission.role].name} on {_object(permission, inventory)}"


def _object(permission: Permission, inventory: Inventory) -> str:
    if permission.object is None:
        return "everything"
    for records in (
        inventory.folders,
        inventory.datacenters,
        inventory.clusters,
        inventory.hosts,
        inventory.machines,
        inventory.switches,
        inventory.port_groups,
        inventory.pools,
    ):
        record = records.get(permission.object)
        if record is not None:
            return str(getattr(record, "path", record.name))
    return permission.object


TABLE = TableKind(
    name="rights",
    summary="what each principal may do, and what of it no duty of the policy declares",
    make=_make,
)
