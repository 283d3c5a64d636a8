"""Compare the engine with brute force on generated networks, from SEED on.

Run as ``python tests/soak_main.py COUNT SEED``. COUNT networks are compared packet by packet, and
edits, placements, certificates, attacker games and the like of a part of that. If anything differs,
it is printed; the last line says how many were compared and how many differed.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor

from generated import (
    certified,
    compare,
    compare_completions,
    compare_edits,
    compare_game,
    compare_metamorphic,
    compare_placements,
    edit_sequences,
    observed,
    promised,
)

SLICE = 20
EVERY = 1000
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
}


def say(text: str) -> None:
    """Write a line at once, so that a long run can be watched."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def compared(kind: str, seeds: range, workers: ProcessPoolExecutor) -> int:
    """Compare, print what differs, and return how many do."""
    differing = 0
    for number, found in enumerate(workers.map(KINDS[kind][0], seeds, chunksize=SLICE), 1):
        if found is not None:
            differing += 1
            say(found)
        if number % EVERY == 0:
            say(f"{number} {kind} compared so far, {differing} differed")
    say(f"{len(seeds)} {kind} compared from seed {seeds.start}, {differing} differed")
    return differing


def main(arguments: list[str]) -> int:
    """Compare every kind, and return 1 where anything differs."""
    count, seed = (int(text) for text in (*arguments, *("1000", "1")[len(arguments) :]))
    runs = {kind: range(seed, seed + max(1, count // share)) for kind, (_, share) in KINDS.items()}
    with ProcessPoolExecutor(os.cpu_count()) as workers:
        differing = sum(compared(kind, seeds, workers) for kind, seeds in runs.items())
    say(f"{sum(map(len, runs.values()))} compared, {differing} differed")
    return 1 if differing else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
