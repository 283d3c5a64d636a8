"""Compare the engine with brute force on generated networks, from SEED on.

Run as ``python tests/soak_main.py COUNT SEED``. COUNT networks are compared packet by packet, and
edits, placements, certificates, attacker games and the like of a part of that. If anything differs,
it is printed; the last line says how many were compared and how many differed. The summary is left
in build/soak.json, of which tools/soak_page.py makes a page.
"""

from __future__ import annotations

import datetime
import json
import os
import sys
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

from generated import (
    certified,
    compare,
    compare_completions,
    compare_edits,
    compare_game,
    compare_metamorphic,
    compare_placements,
    compare_ways,
    corners,
    edit_sequences,
    fuzzed,
    fuzzed_questions,
    observed,
    promised,
)
from generated.guarded import guarded
from ringfence import __version__

SUMMARY = Path(__file__).resolve().parents[1] / "build" / "soak.json"
SLICE = 20
EVERY = 1000  # after as many, a line is said and new processes begin: memory stays as it is
# What is compared, and for one in how many of the networks.
KINDS: dict[str, tuple[Callable[[int], str | None], int]] = {
    "networks": (compare.problem, 1),
    "edits": (compare_edits.problem, 10),
    "edits undone": (compare_edits.undone, 10),
    "sequences of edits": (edit_sequences.sequence_problem, 10),
    "placements": (compare_placements.problem, 100),
    "certificates": (certified.certificate_problem, 20),
    "conversations": (promised.problem, 10),
    "attacker games": (compare_game.problem, 4),
    "completions of hidden facts": (compare_completions.problem, 20),
    "changes that are none": (compare_metamorphic.problem, 20),
    "sights": (observed.problem, 4),
    "ways of witnesses": (compare_ways.problem, 20),
    "packets at corners": (corners.problem, 20),
    "changed files": (fuzzed.files_problem, 20),
    "questions about changed networks": (fuzzed_questions.problem, 10),
    "facts out of sight": (fuzzed.facts_problem, 20),
    "changed certificates": (fuzzed.certificates_problem, 100),
}


def say(text: str) -> None:
    """Write a line at once, so that a long run can be watched."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def compared(kind: str, seeds: range) -> list[int]:
    """Compare, print what differs, and return the seeds that do."""
    differing = []
    for start in range(0, len(seeds), EVERY):
        part = seeds[start : start + EVERY]
        with ProcessPoolExecutor(os.cpu_count()) as workers:
            problem = partial(guarded, KINDS[kind][0])
            results = workers.map(problem, part, chunksize=SLICE)
            for seed, found in zip(part, results, strict=True):
                if found is not None:
                    differing.append(seed)
                    say(found)
        say(f"{start + len(part)} {kind} compared so far, {len(differing)} differed")
    say(f"{len(seeds)} {kind} compared from seed {seeds.start}, {len(differing)} differed")
    return differing


def summary(runs: dict[str, range], differing: dict[str, list[int]], began: float) -> Any:
    """Return what a page of the run has to say."""
    return {
        "date": datetime.datetime.now(tz=datetime.UTC).date().isoformat(),
        "version": f"Ringfence {__version__}",
        "processes": os.cpu_count(),
        "seconds": round(time.monotonic() - began),
        "kinds": [
            {
                "kind": kind,
                "first": seeds.start,
                "count": len(seeds),
                "differing": differing[kind],
            }
            for kind, seeds in runs.items()
        ],
    }


def main(arguments: list[str]) -> int:
    """Compare every kind, and return 1 where anything differs."""
    began = time.monotonic()
    count, seed = (int(text) for text in (*arguments, *("1000", "1")[len(arguments) :]))
    runs = {kind: range(seed, seed + max(1, count // share)) for kind, (_, share) in KINDS.items()}
    differing = {kind: compared(kind, seeds) for kind, seeds in runs.items()}
    SUMMARY.parent.mkdir(exist_ok=True)
    SUMMARY.write_text(json.dumps(summary(runs, differing, began)), "utf-8")
    wrong = sum(map(len, differing.values()))
    say(f"{sum(map(len, runs.values()))} compared, {wrong} differed")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
