"""A table of what was read: rows of plain values, for a terminal, a console or a machine."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from ringfence.model.facts import NotRead, plain
from ringfence.operations.subject import Subject

Value = str | int | bool | tuple[str, ...] | NotRead | None


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under the same columns; ``columns`` are the keys of ``rows`` and their headings.

    ``note`` is one sentence about the whole, which may be read out.
    """

    name: str
    columns: Mapping[str, str]
    rows: tuple[tuple[Value, ...], ...]
    note: str

    def as_plain(self) -> dict[str, Any]:
        """Return the table as JSON would hold it, each row by the keys of its columns."""
        rows = [dict(zip(self.columns, map(plain, row), strict=True)) for row in self.rows]
        return {"table": self.name, "note": self.note, "rows": rows}


@dataclass(frozen=True, slots=True)
class TableKind:
    """A table that can be shown, found as the constant ``TABLE`` of a module in ``tables``.

    ``needs_policy`` tells whether its rows cannot be made from a snapshot alone.
    """

    name: str
    summary: str
    make: Callable[[Subject], Table]
    needs_policy: bool = False


def names_of(ids: Mapping[str, Any], wanted: tuple[str, ...]) -> tuple[str, ...]:
    """Return the names of the records called by ``wanted``, sorted; an unknown id stands itself."""
    return tuple(sorted(ids[one].name if one in ids else one for one in wanted))
