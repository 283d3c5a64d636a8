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
from ringfence.foundation.errors import UsageError
from ringfence.foundation.text import for_terminal
from ringfence.operations import flows as operation
from ringfence.operations import gateway_flows as listening
from ringfence.operations.gateway_loading import Where


def flows(
    snapshot: SnapshotArgument,
    /,
    *logs: Annotated[
        Path, Parameter(help="Logs of firewalls, as they wrote them or syslog kept them.")
    ],
    gateway: Annotated[
        str,
        Parameter(help="Listen to this zone gateway of the policy, in place of reading logs."),
    ] = "",
    namespace: Annotated[
        str, Parameter(help="With --gateway: in this network namespace, and not on this machine.")
    ] = "",
    seconds: Annotated[
        float | None,
        Parameter(help="With --gateway: how long; until it is interrupted where absent."),
    ] = None,
    policy: PolicyOption = None,
    json: JsonOption = False,
) -> ExitCode:
    """Hold what firewalls let by and refused against the policy and the proof.

    Understood are lines of the Linux kernel (iptables, nftables) and of NSX's
    distributed firewall, and what a zone gateway tells while it runs.
    Traffic that was let by though the proof says that it cannot get there
    ends with 14, what no flow permits with 13, a declared service that was
    refused with 11, and a packet that could not be judged with 10.
    """
    if bool(logs) == bool(gateway):
        message = "Either logs are read, or a gateway is listened to."
        raise UsageError(message, "Name a log, or a firewall of the policy with --gateway.")
    if not gateway and (namespace or seconds is not None):
        raise UsageError("--namespace and --seconds are for --gateway.")
    if seconds is not None and not seconds > 0:
        raise UsageError("--seconds is a number above 0.")
    screen = process_screen()

    def tell(line: str) -> None:
        if not json:
            screen.write(for_terminal(line))
            screen.output.flush()

    with progress(screen) as drawn:
        subject = open_subject(snapshot, policy, screen, drawn)
        if gateway:
            where = Where(namespace)
            told = listening.listen(subject, gateway, where, seconds, drawn, tell)
        else:
            told = operation.flows(subject, logs, drawn)
    if json:
        screen.write_json(told.as_plain())
    else:
        write_table(operation.table(told), screen)
        screen.write("")
        for line in told.lines():
            screen.write(for_terminal(line))
    return of_outcome(told.outcome)
