"""Compare the engine with brute force on generated networks, from SEED on.

Run as ``python tests/soak_main.py COUNT SEED``. COUNT networks are compared packet by packet, and
edits, placements, certificates, attacker games and the like of a part of that. If anything differs,
it is printed; the last line says how many were compared and how many differed. The summary is left
in build/soak.json, of which tools/soak_page.py makes a page; a run that is interrupted leaves what
was compared until then, and the same run, started again, goes on after it.
"""

from __future__ import annotations

import datetime
import json
import os
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
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
Part = tuple[str, range]
SLICE = 5
EVERY = 500  # after as many, a line is said and new processes begin: memory stays as it is
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


def in_turn(runs: Mapping[str, range]) -> list[Part]:
    """Return the seeds of all kinds in parts, so ordered that every kind is as far as the others.

    What is interrupted has compared some of each kind.
    """
    parts = [
        (start / len(seeds), kind, seeds[start : start + SLICE])
        for kind, seeds in runs.items()
        for start in range(0, len(seeds), SLICE)
    ]
    return [(kind, seeds) for _, kind, seeds in sorted(parts, key=lambda part: part[0])]


def differing_seeds(part: Part) -> list[tuple[int, str]]:
    """Return the seeds of a part that differ, each with what is to be said of it."""
    kind, seeds = part
    found = ((seed, guarded(KINDS[kind][0], seed)) for seed in seeds)
    return [(seed, text) for seed, text in found if text is not None]


Told = Mapping[str, tuple[int, list[int]]]
"""For each kind how many seeds were compared, from the first on, and which of them differ."""


def compared(runs: Mapping[str, range], earlier: Told) -> Iterator[Told]:
    """Compare what was not ``earlier``, print what differs, and yield how far that is now."""
    done = {kind: earlier.get(kind, (0, []))[0] for kind in runs}
    differing = {kind: [*earlier.get(kind, (0, []))[1]] for kind in runs}
    parts = [
        (kind, seeds)
        for kind, seeds in in_turn(runs)
        if seeds.start >= runs[kind].start + done[kind]
    ]
    for start in range(0, len(parts), EVERY // SLICE):
        some = parts[start : start + EVERY // SLICE]
        with ProcessPoolExecutor(os.cpu_count()) as workers:
            for (kind, seeds), found in zip(some, workers.map(differing_seeds, some), strict=True):
                done[kind] += len(seeds)
                for seed, text in found:
                    differing[kind].append(seed)
                    say(text)
        yield {kind: (done[kind], differing[kind]) for kind in runs}


def summary(runs: Mapping[str, range], told: Told, seconds: float) -> Any:
    """Return what a page of the run has to say, and what to go on by."""
    return {
        "date": datetime.datetime.now(tz=datetime.UTC).date().isoformat(),
        "version": f"Ringfence {__version__}",
        "processes": os.cpu_count(),
        "seconds": round(seconds),
        "kinds": [
            {
                "kind": kind,
                "first": runs[kind].start,
                "asked": len(runs[kind]),
                "count": count,
                "differing": differing,
            }
            for kind, (count, differing) in told.items()
            if count
        ],
    }


def gone_before(runs: Mapping[str, range]) -> tuple[Told, float]:
    """Return what the same run compared before it was interrupted, and in how many seconds."""
    if not SUMMARY.exists():
        return {}, 0
    known = json.loads(SUMMARY.read_text("utf-8"))
    kinds = {one["kind"]: one for one in known["kinds"]}
    same = all(
        (one["first"], one.get("asked")) == (runs[kind].start, len(runs[kind]))
        for kind, one in kinds.items()
        if kind in runs
    )
    if not same or all(one["count"] == one["asked"] for one in kinds.values()):
        return {}, 0
    told = {kind: (one["count"], one["differing"]) for kind, one in kinds.items() if kind in runs}
    return told, known["seconds"]


def main(arguments: list[str]) -> int:
    """Compare every kind, and return 1 where anything differs."""
    count, seed = (int(text) for text in (*arguments, *("1000", "1")[len(arguments) :]))
    runs = {kind: range(seed, seed + max(1, count // share)) for kind, (_, share) in KINDS.items()}
    SUMMARY.parent.mkdir(exist_ok=True)
    everything, wrong = sum(map(len, runs.values())), 0
    earlier, before = gone_before(runs)
    began = time.monotonic() - before
    if earlier:
        say(f"going on after {sum(number for number, _ in earlier.values())} of {everything}")
    told = earlier
    for told in compared(runs, earlier):
        SUMMARY.write_text(json.dumps(summary(runs, told, time.monotonic() - began)), "utf-8")
        so_far = sum(number for number, _ in told.values())
        wrong = sum(len(differing) for _, differing in told.values())
        say(f"{so_far} of {everything} compared so far, {wrong} differed")
    for kind, (number, differing) in told.items():
        say(f"{number} {kind} compared from seed {seed}, {len(differing)} differed")
    say(f"{everything} compared, {wrong} differed")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
