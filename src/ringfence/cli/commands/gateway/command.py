"""``ringfence gateway``: the nftables rules of a Linux system between zones."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Final

from cyclopts import Parameter

from ringfence.cli.exit_codes import ExitCode, of_outcome
from ringfence.cli.options import FullOption, JsonOption, PolicyOption, SnapshotArgument
from ringfence.cli.results import write_result
from ringfence.cli.screen import process_screen, progress
from ringfence.cli.subjects import open_subject
from ringfence.foundation.errors import UsageError
from ringfence.foundation.text import close_match, for_terminal, listed
from ringfence.operations import gateway as operation

_VERBS: Final = ("build", "check")


def gateway(
    verb: Annotated[str, Parameter(help="build or check.")],
    snapshot: SnapshotArgument,
    /,
    *,
    policy: PolicyOption = None,
    device: Annotated[
        str, Parameter(help="The firewall of the policy; may be left out where it has only one.")
    ] = "",
    output: Annotated[
        Path | None,
        Parameter(name=("--output", "-o"), help="build: write the rules to this file."),
    ] = None,
    full: FullOption = False,
    json: JsonOption = False,
) -> ExitCode:
    """Make the rules of a zone gateway from the policy, and prove them before they are loaded.

    'build' writes the nftables rules that let pass what the policy's flows
    permit, and nothing else. 'check' lets nft and the kernel try them in a
    namespace of their own, and proves the snapshot with them in force: it
    ends as 'prove' does.
    """
    if verb not in _VERBS:
        near = close_match(verb, _VERBS)
        advice = f"Did you mean {near!r}?" if near else f"Choose one of {listed(_VERBS)}."
        raise UsageError(f"A gateway has no verb {verb!r}.", advice)
    if output is not None and verb != "build":
        raise UsageError(f"'ringfence gateway {verb}' writes no file.")
    screen = process_screen()
    with progress(screen) as told:
        subject = open_subject(snapshot, policy, screen, told)
        made = operation.meant(subject, device)
        result = operation.check(subject, made, told) if verb == "check" else None
    if result is not None:
        write_result(result, screen, full=full, json=json)
        return of_outcome(result.outcome)
    if output is not None:
        operation.write(made, output)
    if json:
        screen.write_json(made.as_plain())
    elif output is None:
        screen.write_document(made.ruleset)
    else:
        screen.write("\n".join(map(for_terminal, made.lines())))
        screen.write(f"The rules are in {for_terminal(str(output))}.")
    return ExitCode.CLEAN
