"""Facts that may not have been read, and the base of every record.

``Fact[T]`` is the type of each field that a system might refuse, lack, or that a source does not
support. ``None`` never means unread: mypy makes every reader handle ``NotRead``.
"""

from __future__ import annotations

from typing import Any, Literal, TypeVar, Union

import msgspec

Reason = Literal[
    "no-permission",  # the account may not read it
    "not-supported",  # this system or version does not have it
    "not-collected",  # this source does not give it, or was told not to read it
    "changed-while-reading",  # it would not stand still
    "fault",  # the system answered with an error for it
    "not-understood",  # it was read, and this program does not know what it means
]


class Record(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    omit_defaults=True,
    forbid_unknown_fields=True,
    gc=False,
):
    """Base of all records: immutable, with slots, compared by value.

    Records that stand in a union carry a ``tag``; every record inside a ``Fact`` is one of them.
    """


class NotRead(Record, frozen=True, tag="not-read"):
    """A fact that was not read, and why; ``detail`` is a phrase an operator understands."""

    reason: Reason
    detail: str = ""


T = TypeVar("T")
Fact = Union[T, NotRead]  # noqa: UP007 (a generic alias needs the subscriptable form)

NOT_COLLECTED = NotRead(reason="not-collected", detail="the source does not give it")


class Setting(Record, frozen=True):
    """A setting under the source's own key; only the data of a check knows the key."""

    key: str
    value: Fact[str | int | float | bool | None]


def known(fact: Fact[T], otherwise: T) -> T:
    """Return the fact, or ``otherwise`` where it was not read.

    For display and grouping only: a verdict must look at ``NotRead`` itself.
    """
    return otherwise if isinstance(fact, NotRead) else fact


def plain(value: Any) -> Any:
    """Return a record as plain dictionaries and lists, as its JSON would hold it."""
    return msgspec.to_builtins(value)
