"""``ringfence audit``: which settings are wrong."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from ringfence.cli.exit_codes import ExitCode, of_outcome
from ringfence.cli.options import ExcludeOption, JsonOption, OnlyOption, PolicyOption
from ringfence.cli.results import write_result
from ringfence.cli.screen import process_screen, progress
from ringfence.cli.subjects import open_subject
from ringfence.cli.tables import write_table
from ringfence.foundation.errors import UsageError
from ringfence.operations import audit as operation


def audit(
    snapshot: Annotated[
        Path | None,
        Parameter(help="A snapshot file, or directly a saved folder or an RVTools workbook."),
    ] = None,
    /,
    *,
    policy: PolicyOption = None,
    only: OnlyOption = (),
    exclude: ExcludeOption = (),
    list_checks: Annotated[
        bool, Parameter(name="--list", help="List the checks that would run, and run none.")
    ] = False,
    json: JsonOption = False,
) -> ExitCode:
    """Say which settings are wrong, object by object, and what mends them.

    The exit code is that of the worst finding that no exception of the policy
    accepts.
    """
    screen = process_screen()
    if list_checks:
        table = operation.checks_table(only=only, exclude=exclude)
        if json:
            screen.write_json(table.as_plain())
        else:
            write_table(table, screen)
        return ExitCode.CLEAN
    if snapshot is None:
        raise UsageError("Nothing was named to audit.", "Name a snapshot, or use --list.")
    with progress(screen) as drawn:
        subject = open_subject(snapshot, policy, screen, drawn)
        result = operation.audit(subject, drawn, only=only, exclude=exclude)
    write_result(result, screen, json=json)
    return of_outcome(result.outcome)
