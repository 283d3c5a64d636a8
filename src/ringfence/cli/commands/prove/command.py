"""``ringfence prove``: which zone can reach which."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from ringfence.cli.exit_codes import ExitCode, of_outcome
from ringfence.cli.options import FullOption, JsonOption, PolicyOption, SnapshotArgument
from ringfence.cli.results import write_result
from ringfence.cli.screen import process_screen, progress
from ringfence.cli.subjects import open_subject
from ringfence.foundation.text import counted, for_terminal
from ringfence.operations import prove as operation
from ringfence.operations.result import Result


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
    certificate: Annotated[
        Path | None,
        Parameter(
            name="--certificate",
            help="Write why the PROVED pairs hold to this file, for 'check-certificate'.",
        ),
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
        result = operation.prove(
            subject, drawn, source=source, destination=destination, certificate=certificate
        )
    write_result(result, screen, full=full, json=json)
    if certificate is not None:
        screen.tell(f"ringfence: {_about_certificate(result, certificate)}")
    return of_outcome(result.outcome)


def _about_certificate(result: Result, path: Path) -> str:
    pairs = () if result.proof is None else result.proof.pairs
    proved = sum(pair.verdict == "PROVED" for pair in pairs)
    if not proved:
        return "No pair is PROVED: there is nothing to certify, and no certificate was written."
    return f"The certificate of {counted(proved, 'PROVED pair')} is in {for_terminal(str(path))}."
