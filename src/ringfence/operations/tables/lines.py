"""The lines of saved configurations that were not read exactly: where they stand, and why."""

from __future__ import annotations

from collections.abc import Iterator

from ringfence.foundation.text import counted
from ringfence.model.rules import Device
from ringfence.operations.subject import Subject
from ringfence.operations.table import Table, TableKind, Value


def _make(subject: Subject) -> Table:
    rows = tuple(row for device in subject.snapshot.devices for row in _of_device(device))
    return Table(
        name="lines",
        columns={
            "device": "Device",
            "file": "File",
            "line": "Line",
            "text": "Text",
            "read": "Read",
            "why": "Why",
        },
        rows=rows,
        note=f"{counted(len(rows), 'line')} of saved configurations could not be read exactly; "
        "verdicts that depend on them are UNKNOWN."
        if rows
        else _nothing_to_tell(subject),
    )


def _nothing_to_tell(subject: Subject) -> str:
    if any(device.files for device in subject.snapshot.devices):
        return "Every line of the saved configurations was understood."
    return "No saved configuration was read."


def _of_device(device: Device) -> Iterator[tuple[Value, ...]]:
    told = set()
    for file in device.files:
        for how, lines in (("bounded", file.bounded), ("not understood", file.not_understood)):
            for one in lines:
                told.add(one)
                yield device.name, file.name, one.line, one.text, how, one.why
    for one in device.not_understood:
        if one not in told:
            yield device.name, "", one.line, one.text, "not understood", one.why


TABLE = TableKind(
    name="lines",
    summary="lines of saved configurations that were not read exactly, and why",
    make=_make,
)
