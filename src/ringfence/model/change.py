"""A change: the only description of an edit, and the difference of two snapshots as changes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal

import msgspec

from ringfence.model.facts import Record, plain
from ringfence.model.snapshot import Snapshot

_TABLES = tuple(field.name for field in msgspec.structs.fields(Snapshot) if field.name != "unread")
_IDENTITIES = ("id", "key", "name", "host", "number")


class Change(Record, frozen=True):
    """One edit of one property of one object.

    ``property`` is a path of field names, with identities in brackets for what is inside lists:
    ``nics[vm-7/4000].port_group``. ``before`` and ``after`` are plain JSON values; both are
    absent for the addition or removal of the whole object, whose record is then ``after`` or
    ``before``.
    """

    object: str
    name: str
    kind: Literal["add", "remove", "set"]
    table: str
    property: str = ""
    before: Any = None
    after: Any = None


def difference(before: Snapshot, after: Snapshot) -> tuple[Change, ...]:
    """Return what differs between two snapshots, by object and property, in a stable order.

    When and by whom they were read is not a difference.
    """
    changes: list[Change] = []
    for table in _TABLES:
        if table == "sources":
            continue
        old, new = getattr(before, table), getattr(after, table)
        if old == new:
            continue
        if isinstance(old, tuple) and isinstance(new, tuple):
            changes.extend(_table_changes(table, old, new))
        else:
            changes.append(
                Change(
                    object=table,
                    name=table,
                    kind="set",
                    table=table,
                    before=plain(old),
                    after=plain(new),
                )
            )
    return tuple(changes)


def _table_changes(table: str, old: tuple[Any, ...], new: tuple[Any, ...]) -> Iterator[Change]:
    olds = {_identity(record): record for record in old}
    news = {_identity(record): record for record in new}
    for identity in sorted(olds.keys() | news.keys()):
        was, now = olds.get(identity), news.get(identity)
        name = getattr(now if now is not None else was, "name", identity)
        if was == now:
            continue
        if was is None or now is None:
            yield Change(
                object=identity,
                name=name,
                kind="add" if was is None else "remove",
                table=table,
                before=None if was is None else plain(was),
                after=None if now is None else plain(now),
            )
            continue
        for path, left, right in _property_changes("", plain(was), plain(now)):
            yield Change(
                object=identity,
                name=name,
                kind="set",
                table=table,
                property=path,
                before=left,
                after=right,
            )


def _property_changes(path: str, old: Any, new: Any) -> Iterator[tuple[str, Any, Any]]:
    if old == new:
        return
    if isinstance(old, dict) and isinstance(new, dict) and old.get("type") == new.get("type"):
        for key in sorted(old.keys() | new.keys()):
            inner = f"{path}.{key}" if path else key
            yield from _property_changes(inner, old.get(key), new.get(key))
        return
    left, right = _by_identity(old), _by_identity(new)
    if left is None or right is None:
        yield path, old, new
        return
    for identity in sorted(left.keys() | right.keys()):
        inner = f"{path}[{identity}]"
        yield from _property_changes(inner, left.get(identity), right.get(identity))
    if left.keys() == right.keys() and list(left) != list(right):
        yield f"{path}.order", list(left), list(right)


def _by_identity(value: Any) -> dict[str, Any] | None:
    """Return a list of records by their identity, or ``None`` for any other value."""
    if (
        not isinstance(value, (list, tuple))
        or not value
        or not all(isinstance(item, dict) for item in value)
    ):
        return None
    for field in _IDENTITIES:
        identities = [str(item[field]) for item in value if field in item]
        if len(identities) == len(value) == len(set(identities)):
            return dict(zip(identities, value, strict=True))
    return None


def _identity(record: Any) -> str:
    return str(getattr(record, "id", None) or getattr(record, "key", None) or record.name)
