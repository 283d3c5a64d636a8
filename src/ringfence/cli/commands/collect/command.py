"""``ringfence collect``: what is out there, into a snapshot."""

from __future__ import annotations

import getpass
import os
import sys
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from ringfence.cli.commands.collect.hosts import HostOptions
from ringfence.cli.commands.collect.server import ServerOptions
from ringfence.cli.exit_codes import ExitCode
from ringfence.cli.options import JsonOption
from ringfence.cli.screen import process_screen, progress
from ringfence.foundation.errors import UsageError
from ringfence.foundation.text import for_terminal
from ringfence.operations import collect as operation
from ringfence.operations.linux_hosts import Saved, save_hosts

_NO_SERVER = ServerOptions()
_NO_HOSTS = HostOptions()


def collect(
    saved: Annotated[
        Path | None,
        Parameter(help="A saved folder or an RVTools workbook; a live system where absent."),
    ] = None,
    /,
    *,
    output: Annotated[
        Path,
        Parameter(name=("--output", "-o"), help="The file to write; snapshot.ringfence at first."),
    ] = Path("snapshot.ringfence"),
    policy: Annotated[
        Path | None,
        Parameter(
            name=("--policy", "-p"),
            help="Keep the configurations of this policy's devices in the snapshot too.",
        ),
    ] = None,
    nsx: Annotated[
        Path | None,
        Parameter(help="Saved answers of the NSX manager: its filters at virtual NICs are added."),
    ] = None,
    server: ServerOptions = _NO_SERVER,
    hosts: HostOptions = _NO_HOSTS,
    preflight: Annotated[
        bool,
        Parameter(help="Say what the account may not read, and write no snapshot; 10 if anything."),
    ] = False,
    json: JsonOption = False,
) -> ExitCode:
    """Read a live system, a saved folder or a workbook into a snapshot file.

    Reading never changes anything. What the account may not read is not read,
    and said so; no credential gets into the snapshot. The password comes from
    GOVC_PASSWORD or VSPHERE_PASSWORD, the context or the keyring, or is asked
    for on a terminal.
    """
    screen = process_screen()
    _refuse_several(saved, server, hosts, preflight=preflight)
    if nsx is not None and (preflight or hosts != _NO_HOSTS):
        raise UsageError(
            "--nsx adds to what is read of a vCenter.", "Name its server, or a folder."
        )
    # Asked before anything is drawn: a question and a progress bar do not share a line.
    told: operation.Collected | operation.Preflight | Saved
    if hosts != _NO_HOSTS:
        with progress(screen) as drawn:
            if hosts.bundle is not None:
                told = save_hosts(hosts.chosen(), hosts.bundle, drawn)
            else:
                told = operation.collect_hosts(hosts.chosen(), output, policy, drawn)
    elif saved is not None:
        with progress(screen) as drawn:
            told = operation.collect_saved(saved, output, policy, drawn, nsx)
    else:
        settings = server.chosen().settings(os.environ, _ask())
        with progress(screen) as drawn:
            if preflight:
                told = operation.preflight(settings, drawn)
            else:
                told = operation.collect_live(settings, output, policy, drawn, nsx)
    if json:
        screen.write_json(told.as_plain())
    else:
        for line in told.lines():
            screen.write(for_terminal(line))
    lacking = isinstance(told, operation.Preflight) and not told.complete
    return ExitCode.UNKNOWN if lacking else ExitCode.CLEAN


def _refuse_several(
    saved: Path | None, server: ServerOptions, hosts: HostOptions, *, preflight: bool
) -> None:
    """Raise ``UsageError`` where more than one thing to read was named."""
    named = [
        *([str(saved)] if saved is not None else []),
        *(["a live server"] if preflight or server != _NO_SERVER else []),
        *(["Linux hosts"] if hosts != _NO_HOSTS else []),
    ]
    if len(named) > 1:
        message = f"Both {named[0]} and {named[1]} were named."
        raise UsageError(message, "Read one after the other.")


def _ask() -> operation.Ask | None:
    """Return how to ask for a password, ``None`` where nobody is there to answer."""
    there = sys.stdin is not None and sys.stdin.isatty() and sys.stderr.isatty()
    return getpass.getpass if there else None
