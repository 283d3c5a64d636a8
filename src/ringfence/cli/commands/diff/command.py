"""``ringfence diff``: what changed between two readings."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from ringfence.cli.exit_codes import ExitCode
from ringfence.cli.options import JsonOption
from ringfence.cli.screen import process_screen, progress
from ringfence.foundation.text import for_terminal
from ringfence.model.facts import plain
from ringfence.operations import diff as operation


def diff(
    before: Annotated[Path, Parameter(help="The older snapshot, saved folder or workbook.")],
    after: Annotated[Path, Parameter(help="The newer one.")],
    /,
    *,
    json: JsonOption = False,
) -> ExitCode:
    """Say what differs between two snapshots, by object and property.

    When and by whom they were read is no difference. Differences are no
    findings: the exit code is 0 also where there are some.
    """
    screen = process_screen()
    with progress(screen) as drawn:
        changes = operation.diff(before, after, drawn)
    if json:
        screen.write_json({"changes": plain(changes)})
    else:
        for line in operation.told(changes):
            screen.write(for_terminal(line))
    return ExitCode.CLEAN
