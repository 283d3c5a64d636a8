"""Zones: what the policy says of each, and what is really in it."""

from __future__ import annotations

from ringfence.foundation.text import counted
from ringfence.operations.subject import Subject
from ringfence.operations.table import Table, TableKind, Value


def _make(subject: Subject) -> Table:
    policy = subject.required_policy()
    rows = tuple(_row(zone, subject) for zone in policy.by_trust())
    return Table(
        name="zones",
        columns={
            "name": "Zone",
            "trust": "Trust",
            "role": "Role",
            "external": "External",
            "sensitive": "Sensitive",
            "machines": "Machines",
            "virtual_nics": "Virtual NICs",
            "kernel_interfaces": "Kernel interfaces",
            "not_agreed": "Not agreed",
        },
        rows=rows,
        note=f"{counted(len(rows), 'zone')} in the policy {policy.name}.",
    )


def _row(name: str, subject: Subject) -> tuple[Value, ...]:
    zone = subject.required_policy().zones[name]
    members = [member for member in subject.memberships.every if member.zone == name]
    nics = [member for member in members if member.kind == "virtual-nic"]
    return (
        name,
        zone.trust,
        zone.role,
        zone.external,
        zone.sensitive,
        len({member.owner for member in nics}),
        len(nics),
        len(members) - len(nics),
        sum(member.standing in {"misplaced", "ambiguous", "unread"} for member in members),
    )


TABLE = TableKind(
    name="zones",
    summary="zones with their trust, and how many machines and interfaces stand in each",
    make=_make,
    needs_policy=True,
)
