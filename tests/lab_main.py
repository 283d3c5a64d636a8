"""``make lab``: COUNT networks made by chance from SEED on, built for real, proved and probed.

Then COUNT configurations of one Open vSwitch with simulated ports, held against its own traces.
Needs root. Prints what differs with its seed, and how much was compared.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections import Counter
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parent / "support")]

from lab_comparing import compared  # noqa: E402 (its folder is not on the path before)
from traced_switches.compared import traced  # noqa: E402
from traced_switches.simulated import simulated_switch  # noqa: E402


def main(count: int, seed: int) -> int:
    """Compare networks, then switches; return 1 where any differs."""
    differing = _networks(range(seed, seed + count)) + _switches(range(seed, seed + count))
    return 1 if differing else 0


def _networks(seeds: range) -> int:
    """Compare networks by their packets; return how many differ."""
    packets = arrived = kept_out = had_to = differing = 0
    verdicts: Counter[str] = Counter()
    for number in seeds:
        found = compared(number, f"s{os.getpid()}")
        packets += found.packets
        arrived += found.arrived
        kept_out += found.kept_out
        had_to += found.had_to
        verdicts += found.verdicts
        differing += _told(f"seed {number}", found.differences)
    sys.stdout.write(
        f"{len(seeds)} networks, {packets} packets: {arrived} arrived where they may, {kept_out} "
        f"were kept out as said, {had_to} had to arrive; {differing} networks differ. Pairs of "
        f"zones: {', '.join(f'{each} {verdict}' for verdict, each in sorted(verdicts.items()))}.\n"
    )
    sys.stdout.flush()
    return differing


def _switches(seeds: range) -> int:
    """Compare switches by their traces; return how many differ."""
    traces = pairs = exact = differing = 0
    with tempfile.TemporaryDirectory() as folder, simulated_switch(Path(folder)) as switch:
        for number in seeds:
            found = traced(switch, number)
            traces += found.traces
            pairs += found.pairs
            exact += found.exact
            differing += _told(f"switch {number}", found.differences)
    sys.stdout.write(
        f"{len(seeds)} switches, {traces} traces: {pairs} pairs of ports and VLANs, of {exact} the "
        f"proof is certain; {differing} switches differ.\n"
    )
    return differing


def _told(what: str, differences: tuple[str, ...]) -> int:
    """Print the first difference at once; return 1 where there is any."""
    if not differences:
        return 0
    sys.stdout.write(f"{what}: {len(differences)} differ, as {differences[0]}\n")
    sys.stdout.flush()
    return 1


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), int(sys.argv[2])))
