"""Options and arguments that several commands share, so that they mean the same everywhere."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

SnapshotArgument = Annotated[
    Path,
    Parameter(
        help="What was read: a snapshot file, or directly a saved folder or an RVTools workbook."
    ),
]
PolicyOption = Annotated[
    Path | None,
    Parameter(
        name=("--policy", "-p"),
        help="The policy; where absent, ringfence.yaml or policy.yaml in the current folder.",
    ),
]
JsonOption = Annotated[
    bool, Parameter(name="--json", help="Print JSON for machines, and nothing else.")
]
FullOption = Annotated[
    bool,
    Parameter(
        name="--full",
        help="Show every packet with its path, every missing fact and every finding.",
    ),
]
OnlyOption = Annotated[
    tuple[str, ...],
    Parameter(
        name="--only",
        help="Only these checks: ids, checklist items or controls, with * for any text.",
    ),
]
ExcludeOption = Annotated[
    tuple[str, ...],
    Parameter(name="--exclude", help="Not these checks, named in the same way."),
]
