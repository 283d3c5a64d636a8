"""Tables of the Open vSwitch database as ``ovs-vsctl -f json list`` prints them (RFC 7047, 5.1)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ringfence.model.facts import NotRead

Row = Mapping[str, Any]


def rows(content: Any, what: str) -> tuple[Row, ...] | NotRead:
    """Return the rows of a table, values as plain Python; ``NotRead`` where it is none.

    Sets become tuples, maps dictionaries, identifiers their text.
    """
    if isinstance(content, NotRead):
        return content
    if isinstance(content, dict):
        headings, data = content.get("headings"), content.get("data")
        if isinstance(headings, list) and isinstance(data, list):
            try:
                return tuple(dict(zip(headings, map(_plain, row), strict=True)) for row in data)
            except (TypeError, ValueError):
                pass
    return NotRead(reason="not-understood", detail=f"{what}: no table of Open vSwitch")


def _plain(value: Any) -> Any:
    match value:
        case ["uuid", str() as identity]:
            return identity
        case ["set", list() as items]:
            return tuple(map(_plain, items))
        case ["map", list() as pairs]:
            return {_plain(key): _plain(each) for key, each in pairs}
        case list() | dict():
            raise ValueError(value)
        case _:
            return value


def many(row: Row, column: str) -> tuple[Any, ...]:
    """Return a column that is a set; one element stands there without its set."""
    value = row.get(column, ())
    return value if isinstance(value, tuple) else (value,)


def one(row: Row, column: str) -> Any:
    """Return a column that is empty (``None``) or one value."""
    values = many(row, column)
    return values[0] if values else None


def words(row: Row, column: str) -> Mapping[str, str]:
    """Return a column that maps words to words."""
    value = row.get(column)
    return value if isinstance(value, dict) else {}


def numbers(row: Row, column: str) -> tuple[int, ...]:
    """Return a column of whole numbers."""
    return tuple(value for value in many(row, column) if isinstance(value, int))


def by_identity(table: Iterable[Row]) -> Mapping[str, Row]:
    """Return rows by their own identifier."""
    return {row["_uuid"]: row for row in table if isinstance(row.get("_uuid"), str)}
