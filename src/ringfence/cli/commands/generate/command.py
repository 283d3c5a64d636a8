"""``ringfence generate``: the policy's flows as rules of another vendor's firewall."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from ringfence.cli.exit_codes import ExitCode, of_outcome
from ringfence.cli.options import FullOption, JsonOption, PolicyOption, SnapshotArgument
from ringfence.cli.results import write_result
from ringfence.cli.screen import Screen, process_screen, progress
from ringfence.cli.subjects import open_subject
from ringfence.foundation.text import for_terminal
from ringfence.operations import generate as operation
from ringfence.operations.gateway import write


def generate(
    target: Annotated[str, Parameter(help="cisco-asa, juniper-srx, palo-alto or nsx.")],
    snapshot: SnapshotArgument,
    /,
    *,
    policy: PolicyOption = None,
    device: Annotated[
        str, Parameter(help="The firewall of the policy; may be left out where it has only one.")
    ] = "",
    into: Annotated[
        Path | None,
        Parameter(help="A saved configuration that the rules go into; the whole is proved."),
    ] = None,
    output: Annotated[
        Path | None, Parameter(name=("--output", "-o"), help="Write the text to this file.")
    ] = None,
    full: FullOption = False,
    json: JsonOption = False,
) -> ExitCode:
    """Write the policy's flows as rules of another vendor's firewall.

    With --into they are put in force in a saved configuration, which is then read
    back and proved with everything else as it was read: it ends as 'prove' does.
    What was left out and what was proved is told too, on standard error where the
    text itself is printed. Nothing is sent to any firewall.
    """
    screen = process_screen()
    with progress(screen) as drawn:
        subject = open_subject(snapshot, policy, screen, drawn)
        made = operation.generate(subject, target, device, into)
        result = operation.proved(subject, made, drawn) if made.whole else None
    if output is not None:
        write(made.text, output)
    if json:
        verdicts = [] if result is None else result.verdicts()
        screen.write_json({**made.as_plain(), "pairs": verdicts})
    else:
        if output is None:
            screen.write_document(made.text)
        # What has to be known of it does not mix with the text.
        told = Screen(screen.errors, screen.errors) if output is None else screen
        for line in made.lines():
            told.write(for_terminal(line))
        if output is not None:
            told.write(f"The rules are in {for_terminal(str(output))}.")
        if result is not None:
            write_result(result, told, full=full, json=False)
    return ExitCode.CLEAN if result is None else of_outcome(result.outcome)
