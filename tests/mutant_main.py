"""Check one mutant of the engine quickly: generated networks of few seeds, then unit tests.

Run as ``python tests/mutant_main.py MODULE`` by tools/mutating.py, which says with PYTHONPATH where
the mutant is. Ends with 1 as soon as anything fails; the last line says what.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from generated import (
    certified,
    compare,
    compare_edits,
    compare_game,
    compare_placements,
    compare_ways,
    corners,
    edit_sequences,
    observed,
    promised,
)
from generated.guarded import guarded
from ringfence import reach

TESTS = Path(__file__).resolve().parent
LIMIT = 60.0
"""Seconds of processor time in which one comparison has ended."""
# How many seeds of each kind are tried.
KINDS: dict[str, tuple[Callable[[int], str | None], int]] = {
    "networks": (compare.problem, 12),
    "attacker games": (compare_game.problem, 20),
    "conversations": (promised.problem, 4),
    "sights": (observed.problem, 4),
    "edits": (compare_edits.problem, 4),
    "sequences of edits": (edit_sequences.sequence_problem, 1),
    "placements": (compare_placements.problem, 1),
    "certificates": (certified.certificate_problem, 1),
    "ways of witnesses": (compare_ways.problem, 2),
    "packets at corners": (corners.problem, 2),
}
# Long ones, of one module each or of speed, memory and a backbone's size.
LONG = ("stanford_backbone", "slices", "budget", "rule_sets", "headers", "fragility")


def noticed() -> str | None:
    """Return the kind and the seed of the first comparison that differs."""
    for kind, (problem, count) in KINDS.items():
        for seed in range(1, count + 1):
            if guarded(problem, seed, LIMIT) is not None:
                return f"{kind}, seed {seed}"
    return None


def unit_tests(module: str) -> list[str]:
    """Return the unit tests of the engine, those named like the module first.

    Long ones are left out unless they are named like it.
    """
    words = set(module.split("_"))
    paths = sorted((TESTS / "unit" / "reach").glob("test_*.py"))
    own = [path for path in paths if words & set(path.stem.split("_"))]
    others = [path for path in paths if path not in own and path.stem[5:] not in LONG]
    return [str(path) for path in own + others]


def failed(module: str) -> str | None:
    """Return the first unit test that fails; a process of its own runs them."""
    words = ["-q", "-x", "--tb=no", "-p", "no:randomly", "-p", "no:cacheprovider", "-p", "no:xdist"]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *words, *unit_tests(module)],
        cwd=TESTS.parent,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode == 0:
        return None
    told = [line for line in done.stdout.splitlines() if line.startswith(("FAILED", "ERROR"))]
    return told[0] if told else f"the tests end with {done.returncode}"


def main(arguments: list[str]) -> int:
    """Return 1 where the mutant is noticed."""
    wanted = os.environ.get("RINGFENCE_MUTANT")
    if wanted is not None and not str(reach.__file__).startswith(wanted):
        sys.exit(f"not the mutant: {reach.__file__}")
    found = noticed()
    if found is None:
        found = failed(arguments[0])
    if found is not None:
        sys.stdout.write(f"{found}\n")
    return 0 if found is None else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
