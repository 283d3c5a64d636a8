"""``ringfence diff``: what changed between two readings."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from ringfence.cli.exit_codes import ExitCode
from ringfence.cli.options import JsonOption, PolicyOption
from ringfence.cli.screen import process_screen, progress
from ringfence.foundation.text import for_terminal
from ringfence.model.facts import plain
from ringfence.operations import diff as operation
from ringfence.operations import what_if


def diff(
    before: Annotated[Path, Parameter(help="The older snapshot, saved folder or workbook.")],
    after: Annotated[Path, Parameter(help="The newer one.")],
    /,
    *,
    reach: Annotated[
        bool,
        Parameter(help="Say which packets between which zones it makes possible or impossible."),
    ] = False,
    policy: PolicyOption = None,
    json: JsonOption = False,
) -> ExitCode:
    """Say what differs between two snapshots, by object and property.

    When and by whom they were read is no difference. Differences are no
    findings: the exit code is 0 also where there are some.
    """
    screen = process_screen()
    with progress(screen) as drawn:
        if reach:
            effect, _ = what_if.reach_difference(before, after, policy, drawn)
            found, lines = plain(effect), what_if.told(effect)
        else:
            changes = operation.diff(before, after, drawn)
            found, lines = {"changes": plain(changes)}, operation.told(changes)
    if json:
        screen.write_json(found)
    else:
        for line in lines:
            screen.write(for_terminal(line))
    return ExitCode.CLEAN
