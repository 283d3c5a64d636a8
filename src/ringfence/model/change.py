"""A change: the only description of an edit; the difference of two snapshots, and its inverse.

``apply(a, difference(a, b))`` is ``b`` again, but for when and by whom it was read.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Literal

import msgspec

from ringfence.foundation.errors import ChangeRefusedError
from ringfence.model.facts import Record, plain
from ringfence.model.snapshot import Snapshot

_TABLES = tuple(field.name for field in msgspec.structs.fields(Snapshot) if field.name != "unread")
_IDENTITIES = ("id", "key", "name", "host", "number")


class Change(Record, frozen=True):
    """One edit of one property of one object.

    ``property`` is a path of field names, with identities in brackets for what is inside lists:
    ``nics[vm-7/4000].port_group``. ``before`` and ``after`` are plain JSON values; one is absent
    for the addition or removal of a whole object, also of one inside a list. ``rules.order``
    holds the identities of a list whose order changed; what is added to a list stands last in it
    until then.
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
        for path, left, right in _property_changes("", was, now):
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
    """Yield what differs between two values, records field by field, lists by identity."""
    if old == new and type(old) is type(new):
        return
    if _has_fields(old) and type(old) is type(new):
        for field in sorted(old.__struct_fields__):
            inner = f"{path}.{field}" if path else field
            yield from _property_changes(inner, getattr(old, field), getattr(new, field))
        return
    left, right = _by_identity(old), _by_identity(new)
    if left is None or right is None:
        yield path, plain(old), plain(new)
        return
    for identity in sorted(left.keys() | right.keys()):
        inner = f"{path}[{identity}]"
        yield from _property_changes(inner, left.get(identity), right.get(identity))
    kept = [identity for identity in left if identity in right]
    added = sorted(right.keys() - left.keys())
    if [*kept, *added] != list(right):
        yield f"{path}.order", list(left), list(right)


def _has_fields(value: Any) -> bool:
    """Tell whether a value is a record whose fields have names also in its JSON."""
    return isinstance(value, Record) and not value.__struct_config__.array_like


def _by_identity(value: Any) -> dict[str, Any] | None:
    """Return a tuple of records by their identity, or ``None`` for any other value."""
    if not isinstance(value, tuple) or not value or not all(map(_has_fields, value)):
        return None
    for field in _IDENTITIES:
        identities = [
            str(identity)
            for identity in (getattr(item, field, None) for item in value)
            if isinstance(identity, str | int)
        ]
        if len(identities) == len(value) == len(set(identities)):
            return dict(zip(identities, value, strict=True))
    return None


def _identity(record: Any) -> str:
    return str(getattr(record, "id", None) or getattr(record, "key", None) or record.name)


def apply(snapshot: Snapshot, changes: Iterable[Change]) -> Snapshot:
    """Return the snapshot with ``changes`` made, one after the other.

    Raises ``ChangeRefusedError`` where what a change says was there before is not there, where it
    names nothing, or where what it would put there is no such value.
    """
    for change in changes:
        if change.table not in _TABLES:
            raise _refused(change, f"a snapshot has no table {change.table!r}")
        table = getattr(snapshot, change.table)
        if not isinstance(table, tuple) or (change.kind == "set" and not change.property):
            changed = _set_whole(change, table)
        else:
            changed = _changed_table(change, table)
        snapshot = msgspec.structs.replace(snapshot, **{change.table: changed})
    return snapshot


def _set_whole(change: Change, table: Any) -> Any:
    if change.kind != "set" or change.property:
        raise _refused(change, "the table was not read")
    _require(change, plain(table), change.before)
    return _converted(change, change.after, _type_of(Snapshot, change.table))


def _changed_table(change: Change, table: tuple[Any, ...]) -> tuple[Any, ...]:
    places = {_identity(record): number for number, record in enumerate(table)}
    place = places.get(change.object)
    if change.kind == "add":
        if place is not None:
            raise _refused(change, "it is there already")
        whole = _converted(change, [change.after], _type_of(Snapshot, change.table))
        return tuple(sorted((*table, *whole), key=_identity))
    if place is None:
        raise _refused(change, "it is not there")
    if change.kind == "remove":
        _require(change, plain(table[place]), change.before)
        return (*table[:place], *table[place + 1 :])
    changed = _set_in_record(change, table[place], change.property)
    return (*table[:place], changed, *table[place + 1 :])


def _set_in_record(change: Change, record: Any, path: str) -> Any:
    """Return the record with the property at ``path`` set."""
    fields = record.__struct_fields__ if _has_fields(record) else ()
    for field in fields:
        if path == field or path.startswith((f"{field}.", f"{field}[")):
            rest = path[len(field) :]
            value = _set_in_value(change, getattr(record, field), rest, _type_of(record, field))
            return msgspec.structs.replace(record, **{field: value})
    raise _refused(change, f"there is no {path!r} in it")


def _set_in_value(change: Change, value: Any, rest: str, kind: Any) -> Any:
    if not rest:
        _require(change, plain(value), change.before)
        return _converted(change, change.after, kind)
    items = {} if value == () else _by_identity(value)
    if rest.startswith("[") and items is not None:
        return _set_in_list(change, items, rest[1:], kind)
    if rest == ".order" and items is not None:
        return _ordered(change, items)
    return _set_in_record(change, value, rest.removeprefix("."))


def _set_in_list(change: Change, items: dict[str, Any], rest: str, kind: Any) -> tuple[Any, ...]:
    """Return the list with one item changed, added or removed; identities may hold any sign."""
    for identity in sorted(items, key=len, reverse=True):
        inner = rest.removeprefix(f"{identity}]")
        if inner == rest:
            continue
        if inner:
            changed = _set_in_record(change, items[identity], inner.removeprefix("."))
            return tuple((items | {identity: changed}).values())
        _require(change, plain(items[identity]), change.before)
        if change.after is None:
            return tuple(item for other, item in items.items() if other != identity)
        index = list(items).index(identity)
        plains = [plain(item) for item in items.values()]
        plains[index] = change.after
        return tuple(_converted(change, plains, kind))
    if change.before is not None or change.after is None:
        raise _refused(change, "nothing in it has that name")
    added = _converted(change, [change.after], kind)
    return (*items.values(), *added)


def _ordered(change: Change, items: dict[str, Any]) -> tuple[Any, ...]:
    """Return the items in the order that a change gives; some may have come or gone before."""
    before = change.before if isinstance(change.before, list) else []
    after = change.after if isinstance(change.after, list) else []
    if sorted(after) != sorted(items):
        raise _refused(change, "the order does not name each item once")
    _require(change, [one for one in items if one in before], [o for o in before if o in items])
    return tuple(items[identity] for identity in after)


def _type_of(record: Any, field: str) -> Any:
    return next(one.type for one in msgspec.structs.fields(record) if one.name == field)


def _converted(change: Change, value: Any, kind: Any) -> Any:
    try:
        return msgspec.convert(value, kind)
    except msgspec.ValidationError as error:
        raise _refused(change, f"what it would put there cannot be: {error}") from error


def _require(change: Change, found: Any, expected: Any) -> None:
    """Refuse a change whose ``before`` is not what is there."""
    if msgspec.json.encode(found) != msgspec.json.encode(expected):
        raise _refused(change, f"it says that {expected!r} is there, and there is {found!r}")


def _refused(change: Change, why: str) -> ChangeRefusedError:
    what = f"{change.name} {change.property}".rstrip()
    return ChangeRefusedError(
        f"The change of {what} in {change.table.replace('_', ' ')} does not fit the snapshot: "
        f"{why}.",
        "Make it from a snapshot of the same state, or write its 'before' as it is now.",
    )
