"""``ringfence diff``: what changed between two readings."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import msgspec
from cyclopts import Parameter

from ringfence.cli.exit_codes import ExitCode
from ringfence.cli.options import JsonOption
from ringfence.cli.screen import Screen, process_screen, progress
from ringfence.foundation.text import counted, for_terminal
from ringfence.model.change import Change
from ringfence.operations import diff as operation


def diff(
    before: Annotated[Path, Parameter(help="The older snapshot, saved folder or workbook.")],
    after: Annotated[Path, Parameter(help="The newer one.")],
    /,
    *,
    json: JsonOption = False,
) -> ExitCode:
    """Say what differs between two snapshots, by object and property.

    When and by whom they were read is no difference. Differences are no findings: the exit code
    is 0 also where there are some.
    """
    screen = process_screen()
    with progress(screen) as told:
        changes = operation.diff(before, after, told)
    if json:
        screen.write_json({"changes": changes})
    else:
        _write(changes, screen)
    return ExitCode.CLEAN


def _write(changes: tuple[Change, ...], screen: Screen) -> None:
    if not changes:
        screen.write("Nothing differs.")
        return
    objects = {(change.table, change.object): change.name for change in changes}
    screen.write(f"{counted(len(changes), 'difference')} in {counted(len(objects), 'object')}.")
    for (table, identity), name in objects.items():
        screen.write(f"\n{table.replace('_', ' ')}: {for_terminal(name)}")
        for change in changes:
            if (change.table, change.object) == (table, identity):
                screen.write(f"  {for_terminal(_sentence(change))}")


def _sentence(change: Change) -> str:
    if change.kind == "add":
        return "added"
    if change.kind == "remove":
        return "removed"
    return f"{change.property}: {_value(change.before)} → {_value(change.after)}"


def _value(value: Any) -> str:
    return "nothing" if value is None else msgspec.json.encode(value).decode()
