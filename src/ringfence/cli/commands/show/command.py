"""``ringfence show``: what was read, as tables."""

from __future__ import annotations

from typing import Annotated

from cyclopts import Parameter

from ringfence.cli.exit_codes import ExitCode
from ringfence.cli.options import JsonOption, PolicyOption, SnapshotArgument
from ringfence.cli.screen import process_screen, progress
from ringfence.cli.subjects import open_subject
from ringfence.cli.tables import write_table
from ringfence.operations import show as operation


def show(
    table: Annotated[
        str,
        Parameter(
            help="hosts, networks, machines, zones, places, rights, hygiene, unread, coverage, "
            "or lines.",
        ),
    ],
    snapshot: SnapshotArgument,
    /,
    *,
    policy: PolicyOption = None,
    json: JsonOption = False,
) -> ExitCode:
    """Show what was read, as a table.

    Without a policy there are no zones; what was not read is said so in its
    place.
    """
    screen = process_screen()
    kind = operation.kind_named(table)
    with progress(screen) as told:
        subject = open_subject(snapshot, policy, screen, told)
        shown = operation.show(kind, subject)
    if json:
        screen.write_json(shown.as_plain())
    else:
        write_table(shown, screen)
    return ExitCode.CLEAN
