"""``ringfence prove``: which zone can reach which."""

from __future__ import annotations

from typing import Annotated

from cyclopts import Parameter

from ringfence.cli.exit_codes import ExitCode, of_outcome
from ringfence.cli.options import FullOption, JsonOption, PolicyOption, SnapshotArgument
from ringfence.cli.results import write_result
from ringfence.cli.screen import process_screen, progress
from ringfence.cli.subjects import open_subject
from ringfence.operations import prove as operation


def prove(
    snapshot: SnapshotArgument,
    /,
    *,
    policy: PolicyOption = None,
    source: Annotated[
        str | None, Parameter(name="--from", help="Only pairs from this zone.")
    ] = None,
    destination: Annotated[
        str | None, Parameter(name="--to", help="Only pairs to this zone.")
    ] = None,
    full: FullOption = False,
    json: JsonOption = False,
) -> ExitCode:
    """Say which zone can reach which, for every packet, against the policy.

    Each ordered pair of zones is PROVED, VIOLATED with a packet and every hop
    of its way, or UNKNOWN with what would settle it. The exit code is that of
    the worst pair shown.
    """
    screen = process_screen()
    with progress(screen) as drawn:
        subject = open_subject(snapshot, policy, screen, drawn)
        result = operation.prove(subject, drawn, source=source, destination=destination)
    write_result(result, screen, full=full, json=json)
    return of_outcome(result.outcome)
