"""Compare the engine with brute force on COUNT generated networks, from SEED on.

Run as ``python tests/soak_main.py COUNT SEED``. The smallest part of each network that differs is
printed; the last line says how many were compared and how many differed.
"""

from __future__ import annotations

import os
import sys
from concurrent.futures import ProcessPoolExecutor

from generated.compare import problem

SLICE = 20


def say(text: str) -> None:
    """Write a line at once, so that a long run can be watched."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def main(arguments: list[str]) -> int:
    """Compare, print what differs, and return 1 where anything does."""
    count, seed = (int(text) for text in (*arguments, "1000", "1")[:2])
    differing = 0
    with ProcessPoolExecutor(os.cpu_count()) as workers:
        problems = workers.map(problem, range(seed, seed + count), chunksize=SLICE)
        for number, found in enumerate(problems, 1):
            if found is not None:
                differing += 1
                say(found)
            if number % 1000 == 0:
                say(f"{number} compared so far, {differing} differed")
    say(f"{count} compared, {differing} differed")
    return 1 if differing else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
