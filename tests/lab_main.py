"""``make lab``: COUNT networks made by chance from SEED on, built for real, proved and probed.

Needs root. Prints what differs with its seed, and how much was compared.
"""

from __future__ import annotations

import os
import sys
from collections import Counter
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parent / "support")]

from lab_comparing import compared  # noqa: E402 (its folder is not on the path before)


def main(count: int, seed: int) -> int:
    """Compare networks; return 1 where any differs."""
    packets = arrived = kept_out = had_to = differing = 0
    verdicts: Counter[str] = Counter()
    for number in range(seed, seed + count):
        found = compared(number, f"s{os.getpid()}")
        packets += found.packets
        arrived += found.arrived
        kept_out += found.kept_out
        had_to += found.had_to
        verdicts += found.verdicts
        if found.differences:
            differing += 1
            first = found.differences[0]
            sys.stdout.write(f"seed {number}: {len(found.differences)} differ, as {first}\n")
    sys.stdout.write(
        f"{count} networks, {packets} packets: {arrived} arrived where they may, {kept_out} were "
        f"kept out as said, {had_to} had to arrive; {differing} networks differ. Pairs of zones: "
        f"{', '.join(f'{number} {verdict}' for verdict, number in sorted(verdicts.items()))}.\n"
    )
    return 1 if differing else 0


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), int(sys.argv[2])))
