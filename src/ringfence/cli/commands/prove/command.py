"""``ringfence prove``: which zone can reach which."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from ringfence.cli.exit_codes import ExitCode, of_outcome
from ringfence.cli.options import FullOption, JsonOption, PolicyOption, SnapshotArgument
from ringfence.cli.results import write_result
from ringfence.cli.screen import Screen, process_screen, progress
from ringfence.cli.subjects import open_subject
from ringfence.foundation.errors import UsageError
from ringfence.foundation.progress import Progress
from ringfence.foundation.text import counted, for_terminal
from ringfence.model.facts import plain
from ringfence.operations import mobile as everywhere
from ringfence.operations import prove as operation
from ringfence.operations.result import Result
from ringfence.operations.subject import Subject


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
    mobile: Annotated[
        bool,
        Parameter(
            name="--mobile",
            help="Prove it for every host where each machine may run, not only for where it is.",
        ),
    ] = False,
    full: FullOption = False,
    json: JsonOption = False,
) -> ExitCode:
    """Say which zone can reach which, for every packet, against the policy.

    Each ordered pair of zones is PROVED, VIOLATED with a packet and every hop
    of its way, or UNKNOWN with what would settle it. The exit code is that of
    the worst pair shown.
    """
    screen = process_screen()
    if mobile and (source or destination or certificate or full):
        message = "--mobile tells all that it finds of every pair, and certifies nothing."
        raise UsageError(message, "Give only --policy and --json with it.")
    with progress(screen) as drawn:
        subject = open_subject(snapshot, policy, screen, drawn)
        if mobile:
            return _every_placement(subject, screen, drawn, json=json)
        result = operation.prove(
            subject, drawn, source=source, destination=destination, certificate=certificate
        )
    write_result(result, screen, full=full, json=json)
    if certificate is not None:
        screen.tell(f"ringfence: {_about_certificate(result, certificate)}")
    return of_outcome(result.outcome)


def _every_placement(subject: Subject, screen: Screen, drawn: Progress, *, json: bool) -> ExitCode:
    placements = everywhere.prove_every_placement(subject, drawn)
    if json:
        screen.write_json(plain(placements))
    else:
        for line in everywhere.told(placements):
            screen.write(for_terminal(line))
    return of_outcome(everywhere.outcome(placements, subject.required_policy()))


def _about_certificate(result: Result, path: Path) -> str:
    pairs = () if result.proof is None else result.proof.pairs
    proved = sum(pair.verdict == "PROVED" for pair in pairs)
    if not proved:
        return "No pair is PROVED: there is nothing to certify, and no certificate was written."
    return f"The certificate of {counted(proved, 'PROVED pair')} is in {for_terminal(str(path))}."
