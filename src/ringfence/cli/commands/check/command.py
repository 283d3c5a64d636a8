"""``ringfence check``: the proof and the audit in one."""

from __future__ import annotations

from ringfence.cli.exit_codes import ExitCode, of_outcome
from ringfence.cli.options import (
    ExcludeOption,
    FullOption,
    JsonOption,
    OnlyOption,
    PolicyOption,
    SnapshotArgument,
)
from ringfence.cli.results import write_result
from ringfence.cli.screen import process_screen, progress
from ringfence.cli.subjects import open_subject
from ringfence.operations import check as operation


def check(
    snapshot: SnapshotArgument,
    /,
    *,
    policy: PolicyOption = None,
    only: OnlyOption = (),
    exclude: ExcludeOption = (),
    full: FullOption = False,
    json: JsonOption = False,
) -> ExitCode:
    """Prove and audit in one, for a gate that a change has to pass.

    The exit code is that of the worst finding or pair of zones, whichever is
    worse.
    """
    screen = process_screen()
    with progress(screen) as drawn:
        subject = open_subject(snapshot, policy, screen, drawn)
        result = operation.check(subject, drawn, only=only, exclude=exclude)
    write_result(result, screen, full=full, json=json)
    return of_outcome(result.outcome)
