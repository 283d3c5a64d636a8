"""``ringfence what-if``: what an edit would do, before anybody makes it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from ringfence.cli.exit_codes import ExitCode, of_outcome
from ringfence.cli.options import JsonOption, PolicyOption, SnapshotArgument
from ringfence.cli.screen import process_screen, progress
from ringfence.cli.subjects import open_subject
from ringfence.foundation.errors import UsageError
from ringfence.foundation.text import for_terminal
from ringfence.model.facts import plain
from ringfence.operations import what_if as operation
from ringfence.operations.proposals import Proposal


def what_if(  # noqa: PLR0913 (each kind of edit is an option of its own)
    snapshot: SnapshotArgument,
    /,
    *,
    policy: PolicyOption = None,
    set_vlan: Annotated[
        tuple[str, ...],
        Parameter(help="PORTGROUP[@HOST]=VLAN: a port group gets 0, 120, 4095 or 'trunk 10-20'."),
    ] = (),
    attach: Annotated[
        tuple[str, ...],
        Parameter(help="MACHINE:'Network adapter 1'=PORTGROUP: a virtual NIC is attached to it."),
    ] = (),
    move: Annotated[
        tuple[str, ...], Parameter(help="MACHINE=HOST: a machine runs on that host.")
    ] = (),
    remove_rule: Annotated[
        tuple[str, ...], Parameter(help="DEVICE:CHAIN:N: rule N of a firewall is deleted.")
    ] = (),
    insert_rule: Annotated[
        tuple[str, ...],
        Parameter(help="DEVICE:CHAIN:N='accept tcp/22 from 10.0.0.0/8': a rule is put before N."),
    ] = (),
    add_uplink: Annotated[
        tuple[str, ...],
        Parameter(help="HOST/SWITCH=vmnic4: a switch gets one more physical NIC there."),
    ] = (),
    changes: Annotated[
        Path | None, Parameter(help="A JSON file with changes, as 'diff --json' writes them.")
    ] = None,
    to: Annotated[
        Path | None, Parameter(help="A whole other snapshot, in place of single edits.")
    ] = None,
    json: JsonOption = False,
) -> ExitCode:
    """Say which packets an edit would make possible or impossible, zone by zone.

    Nothing is changed anywhere. Every machine keeps the zone that it has
    now. The exit code is that of the worst verdict that becomes worse.
    """
    screen = process_screen()
    proposal = Proposal(set_vlan, attach, move, remove_rule, insert_rule, add_uplink, changes)
    with progress(screen) as drawn:
        subject = open_subject(snapshot, policy, screen, drawn)
        if to is None:
            effect = operation.what_if(subject, proposal, drawn)
        elif proposal != Proposal():
            message = "--to is a whole candidate, to which no single edit is added."
            raise UsageError(message, "Give the edits, or the candidate.")
        else:
            candidate = open_subject(to, policy, screen, drawn)
            effect = operation.between(subject, candidate, drawn)
    if json:
        screen.write_json(plain(effect))
    else:
        for line in operation.told(effect):
            screen.write(for_terminal(line))
    return of_outcome(operation.outcome(effect, subject.required_policy()))
