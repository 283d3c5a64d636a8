"""Coverage: how many facts of each kind, and lines of each saved file, were read, and why not."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import get_args

import msgspec

from ringfence.foundation.text import counted
from ringfence.model.facts import NotRead
from ringfence.model.snapshot import Snapshot
from ringfence.operations.subject import Subject
from ringfence.operations.table import Table, TableKind, Value

_ABOUT_THE_READING = {("", "sources"), ("", "unread")}


@dataclass(slots=True)
class _Coverage:
    """Counts facts by the path of their fields: how many were read, why others were not."""

    read: Counter[str] = field(default_factory=Counter)
    missed: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    _fields: dict[type[msgspec.Struct], tuple[tuple[str, bool], ...]] = field(default_factory=dict)

    def count(self, path: str, record: msgspec.Struct) -> None:
        """Count the facts of ``record`` and of all records in it."""
        for name, is_fact in self._fields_of(type(record)):
            if (path, name) in _ABOUT_THE_READING:
                continue
            value = getattr(record, name)
            inner = f"{path}.{name}" if path else name
            if isinstance(value, NotRead):
                self.missed[inner][value.reason] += 1
                continue
            if is_fact:
                self.read[inner] += 1
            for item in value if isinstance(value, tuple) else (value,):
                if isinstance(item, msgspec.Struct):
                    self.count(inner, item)

    def _fields_of(self, kind: type[msgspec.Struct]) -> tuple[tuple[str, bool], ...]:
        if kind not in self._fields:
            self._fields[kind] = tuple(
                (each.name, NotRead in get_args(each.type)) for each in msgspec.structs.fields(kind)
            )
        return self._fields[kind]


def _make(subject: Subject) -> Table:
    coverage = _Coverage()
    coverage.count("", subject.snapshot)
    rows = tuple(
        (
            path,
            coverage.read[path],
            reasons.total(),
            tuple(f"{reason} ({number})" for reason, number in reasons.most_common()),
        )
        for path, reasons in sorted(coverage.missed.items())
    )
    read = coverage.read.total()
    lines, understood = _lines(subject.snapshot)
    everything = read + sum(reasons.total() for reasons in coverage.missed.values())
    return Table(
        name="coverage",
        columns={"fact": "Fact", "read": "Read", "not_read": "Not read", "why": "Why not"},
        rows=(*rows, *_files(subject.snapshot)),
        note=f"{read:,} of {counted(everything, 'fact')} were read."
        + (f" {_share(understood, lines)}" if lines else ""),
    )


def _files(snapshot: Snapshot) -> Iterator[tuple[Value, ...]]:
    """Yield a row for each file of a device: its lines, and what became of those not read."""
    for device in snapshot.devices:
        for file in device.files:
            open_ = {
                "bounded from both sides": len(file.bounded),
                "not understood": len(file.not_understood),
            }
            yield (
                f"devices.{device.id} {file.name}, lines",
                file.modelled + file.irrelevant,
                sum(open_.values()),
                tuple(f"{why} ({number})" for why, number in open_.items() if number),
            )


def _lines(snapshot: Snapshot) -> tuple[int, int]:
    """Return how many lines saved files of devices have, and how many of them were understood."""
    files = [file for device in snapshot.devices for file in device.files]
    return (
        sum(file.lines for file in files),
        sum(file.modelled + file.irrelevant for file in files),
    )


def _share(understood: int, lines: int) -> str:
    # Rounded down: all is only said where it is all.
    share = 1000 * understood // lines / 10
    what = counted(lines, "line")
    return f"{understood:,} of {what} of saved configurations ({share:g} %) were understood."


TABLE = TableKind(
    name="coverage",
    summary="of each kind of fact and each saved file, how much was read, and why not",
    make=_make,
)
