"""``ringfence explain``: more about one thing."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from ringfence.cli.exit_codes import ExitCode
from ringfence.cli.options import JsonOption, PolicyOption
from ringfence.cli.results import write_result
from ringfence.cli.screen import Screen, process_screen, progress
from ringfence.cli.subjects import open_subject
from ringfence.foundation.errors import UsageError
from ringfence.foundation.text import for_terminal
from ringfence.operations import explain as operation
from ringfence.operations.prove import prove
from ringfence.operations.result import Result


def explain(
    *what: Annotated[
        str, Parameter(help="Two zones (from, to), a check's id, or the fingerprint of a finding.")
    ],
    snapshot: Annotated[
        Path | None,
        Parameter(
            name=("--snapshot", "-s"),
            help="What was read; needed for all but a check, which is the same everywhere.",
        ),
    ] = None,
    policy: PolicyOption = None,
    json: JsonOption = False,
) -> ExitCode:
    """Explain a pair of zones, a check, or a finding.

    For two zones: every obligation, what the flows declare, and for a violation
    the packet, hop by hop. For a check: what it asks, why it matters, what to
    do. For a finding: all that is known of it. Explaining judges nothing: the
    exit code is 0.
    """
    screen = process_screen()
    topic = operation.topic(what)
    if isinstance(topic, operation.Pair | str):
        write_result(_result(topic, snapshot, policy, screen), screen, json=json)
    elif json:
        screen.write_json(operation.check_plain(topic))
    else:
        for line in operation.check_text(topic).splitlines():
            screen.write(for_terminal(line))
    return ExitCode.CLEAN


def _result(
    topic: operation.Pair | str, snapshot: Path | None, policy: Path | None, screen: Screen
) -> Result:
    if snapshot is None:
        raise UsageError("This is explained from what was read.", "Name it with --snapshot.")
    with progress(screen) as drawn:
        subject = open_subject(snapshot, policy, screen, drawn)
        if isinstance(topic, str):
            return operation.finding(topic, subject, drawn)
        return prove(subject, drawn, source=topic.source, destination=topic.destination)
