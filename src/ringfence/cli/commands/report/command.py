"""``ringfence report``: what was found, for people and for other tools."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from ringfence.cli.exit_codes import ExitCode, of_outcome
from ringfence.cli.options import PolicyOption, SnapshotArgument
from ringfence.cli.screen import process_screen, progress
from ringfence.cli.subjects import open_subject
from ringfence.operations import report as operation
from ringfence.operations.check import check


def report(
    snapshot: SnapshotArgument,
    /,
    *,
    policy: PolicyOption = None,
    format_name: Annotated[
        str, Parameter(name=("--format", "-f"), help="html, json, csv or terminal; html at first.")
    ] = "html",
    output: Annotated[
        Path | None,
        Parameter(name=("--output", "-o"), help="The file to write; standard output where absent."),
    ] = None,
) -> ExitCode:
    """Prove, audit, and write a report of both.

    The HTML report is one file that needs nothing else, and prints well. The
    exit code is that of ``check``: a report that was written does not make a
    datacenter clean.
    """
    screen = process_screen()
    operation.require_format(format_name)
    with progress(screen) as drawn:
        subject = open_subject(snapshot, policy, screen, drawn)
        result = check(subject, drawn)
        drawn.step("writing the report")
        text = operation.report(result, format_name)
        if output is not None:
            operation.write_report(text, output)
    if output is None:
        screen.write_document(text)
    else:
        screen.write(f"The report is in {output}.")
    return of_outcome(result.outcome)
