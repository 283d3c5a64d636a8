"""``ringfence flows``: what did talk, and whether it may."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from ringfence.cli.exit_codes import ExitCode, of_outcome
from ringfence.cli.options import JsonOption, PolicyOption, SnapshotArgument
from ringfence.cli.screen import process_screen, progress
from ringfence.cli.subjects import open_subject
from ringfence.cli.tables import write_table
from ringfence.foundation.text import for_terminal
from ringfence.operations import flows as operation


def flows(
    snapshot: SnapshotArgument,
    log: Annotated[Path, Parameter(help="A log of a firewall, as it wrote it or syslog kept it.")],
    /,
    *logs: Annotated[Path, Parameter(help="More logs, of the same firewall or of others.")],
    policy: PolicyOption = None,
    json: JsonOption = False,
) -> ExitCode:
    """Hold what firewalls logged against the policy and the proof.

    Understood are lines of the Linux kernel (iptables, nftables) and of NSX's
    distributed firewall. Traffic that was let by though the proof says that it
    cannot get there ends with 14, what no flow permits with 13, a declared
    service that was refused with 11, and a packet that could not be judged
    with 10.
    """
    screen = process_screen()
    with progress(screen) as drawn:
        told = operation.flows(open_subject(snapshot, policy, screen, drawn), (log, *logs), drawn)
    if json:
        screen.write_json(told.as_plain())
    else:
        write_table(operation.table(told), screen)
        screen.write("")
        for line in told.lines():
            screen.write(for_terminal(line))
    return of_outcome(told.outcome)
