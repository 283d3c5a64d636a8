"""What was asked for and not read: verdicts that depend on it are UNKNOWN."""

from __future__ import annotations

from ringfence.foundation.text import counted
from ringfence.operations.subject import Subject
from ringfence.operations.table import Table, TableKind


def _make(subject: Subject) -> Table:
    rows = tuple(
        (unread.name, unread.property, unread.why.reason, unread.why.detail, unread.object)
        for unread in subject.snapshot.unread
    )
    return Table(
        name="unread",
        columns={
            "name": "Object",
            "property": "Property",
            "reason": "Why",
            "detail": "Detail",
            "id": "Id",
        },
        rows=rows,
        note=f"{counted(len(rows), 'fact')} could not be read; what depends on them is UNKNOWN."
        if rows
        else "Everything that was asked for was read.",
    )


TABLE = TableKind(
    name="unread",
    summary="what was asked for and could not be read, and why",
    make=_make,
)
