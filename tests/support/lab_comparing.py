"""A network made by chance, built, proved and probed: what differs, and how much was compared."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from made_networks.network import NetworkMaker
from ringfence.foundation.progress import SilentProgress
from ringfence.lab.building import build
from ringfence.lab.place import lab_place
from ringfence.lab.removing import remove
from ringfence.operations.lab_verify import verify_lab


@dataclass(frozen=True)
class Outcome:
    """What became of one network; ``differences`` are in words.

    ``verdicts`` are those of its pairs of zones.
    """

    packets: int
    arrived: int
    kept_out: int
    had_to: int
    differences: tuple[str, ...]
    verdicts: Counter[str]


def compared(seed: int, name: str) -> Outcome:
    """Build the network of a seed as the lab ``name``, and hold its proof against its packets."""
    place = lab_place(name)
    remove(place)
    build(place, NetworkMaker(seed).layout())
    try:
        found = verify_lab(name, SilentProgress())
    finally:
        remove(place)
    told = found.compared
    return Outcome(
        packets=len(found.probed.probes),
        arrived=told.may,
        kept_out=told.kept_out,
        had_to=told.promised + told.surely,
        differences=tuple(f"{one.what}: {one.probe} at {one.node}" for one in told.differences),
        verdicts=Counter(pair.verdict for pair in found.proof.pairs),
    )
