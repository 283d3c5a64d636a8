"""``ringfence fragility``: how easily a configuration breaks."""

from __future__ import annotations

from ringfence.cli.exit_codes import ExitCode
from ringfence.cli.options import JsonOption, PolicyOption, SnapshotArgument
from ringfence.cli.screen import process_screen, progress
from ringfence.cli.subjects import open_subject
from ringfence.cli.tables import write_table
from ringfence.model.facts import plain
from ringfence.operations import fragility as operation


def fragility(
    snapshot: SnapshotArgument,
    /,
    *,
    policy: PolicyOption = None,
    json: JsonOption = False,
) -> ExitCode:
    """Say how many slips would break each pair of zones, and which.

    A slip puts what exists in the place of another: a VLAN, a network, a rule
    deleted, moved or widened, an uplink added. It is a measure, not a
    finding: the exit code is 0.
    """
    screen = process_screen()
    with progress(screen) as drawn:
        found = operation.fragility(open_subject(snapshot, policy, screen, drawn), drawn)
    if json:
        screen.write_json(plain(found))
    else:
        write_table(operation.table(found), screen)
    return ExitCode.CLEAN
