"""``ringfence init``: a first policy."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from ringfence.cli.exit_codes import ExitCode
from ringfence.cli.options import SnapshotArgument
from ringfence.cli.screen import process_screen, progress
from ringfence.operations import assemble
from ringfence.operations import init as operation


def init(
    snapshot: SnapshotArgument,
    /,
    *,
    output: Annotated[
        Path,
        Parameter(name=("--output", "-o"), help="The file to write; ringfence.yaml at first."),
    ] = Path("ringfence.yaml"),
    replace: Annotated[
        bool, Parameter(name="--replace", help="Write over a file that is there already.")
    ] = False,
) -> ExitCode:
    """Write a first policy from what was read.

    Networks are grouped into zones by name and VLAN. A comment stands wherever
    something was guessed: read it through before you believe a proof that rests
    on it.
    """
    screen = process_screen()
    with progress(screen) as drawn:
        read = assemble.snapshot_at(snapshot, drawn)
        schema = operation.init(read, output, drawn, replace=replace)
    screen.write(f"A first policy is in {output}. Read it through: comments say what was guessed.")
    screen.write(f"Its schema, by which editors complete and check it, is in {schema}.")
    return ExitCode.CLEAN
