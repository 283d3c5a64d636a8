"""``show``: what was read, as tables."""

from __future__ import annotations

from ringfence.foundation.discovery import find_parts
from ringfence.foundation.errors import UsageError
from ringfence.foundation.text import close_match, listed
from ringfence.operations import tables
from ringfence.operations.subject import Subject
from ringfence.operations.table import Table, TableKind

GROUP = "ringfence.tables"
"""The entry-point group in which another distribution offers tables."""


def table_kinds() -> tuple[TableKind, ...]:
    """Return every table that can be shown, in order of module name."""
    return tuple(find_parts(tables, "TABLE", TableKind, GROUP))


def kind_named(name: str) -> TableKind:
    """Return the table called ``name``; raises ``UsageError`` where there is none."""
    kinds = {kind.name: kind for kind in table_kinds()}
    if name in kinds:
        return kinds[name]
    near = close_match(name, kinds)
    advice = f"Did you mean {near!r}?" if near else f"Choose one of {listed(kinds, most=99)}."
    raise UsageError(f"There is no table {name!r}.", advice)


def show(kind: TableKind, subject: Subject) -> Table:
    """Return the table ``kind`` of ``subject``.

    Raises ``UsageError`` where the table needs a policy and there is none.
    """
    if kind.needs_policy:
        subject.required_policy()
    return kind.make(subject)
