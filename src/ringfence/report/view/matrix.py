"""The zone matrix: bands of zones as rows and columns, folded by trust where there are many."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from ringfence.policy.document import Policy
from ringfence.reach.results import PairResult, Proof, Verdict

MOST_BANDS: Final = 30
WORST_FIRST: Final[tuple[Verdict, ...]] = ("VIOLATED", "UNKNOWN", "PROVED")


def worst(verdicts: Iterable[Verdict]) -> Verdict | None:
    """Return the worst of the verdicts, ``None`` where there is none."""
    return min(verdicts, key=WORST_FIRST.index, default=None)


def counts(pairs: Iterable[PairResult]) -> Mapping[Verdict, int]:
    """Return how many pairs have each verdict, zeros included, the worst first."""
    found = Counter(pair.verdict for pair in pairs)
    return {verdict: found[verdict] for verdict in WORST_FIRST}


@dataclass(frozen=True, slots=True)
class Band:
    """A row and column of the matrix: one zone, or several of like trust folded."""

    name: str
    zones: tuple[str, ...]

    @property
    def folded(self) -> bool:
        """Whether the band stands for several zones."""
        return len(self.zones) > 1


@dataclass(frozen=True, slots=True)
class Cell:
    """The pairs from one band to another; on the diagonal those inside the band."""

    row: int
    column: int
    pairs: tuple[PairResult, ...]

    @property
    def verdict(self) -> Verdict | None:
        """The worst verdict of the pairs; ``None`` for a single zone's own inside."""
        return worst(pair.verdict for pair in self.pairs)

    @property
    def declared(self) -> tuple[str, ...]:
        """The declared services of all pairs, each once."""
        return tuple(dict.fromkeys(word for pair in self.pairs for word in pair.declared))

    @property
    def stopped(self) -> bool:
        """Whether a promised service cannot work."""
        return any(pair.flows_work is False for pair in self.pairs)


@dataclass(frozen=True)
class Matrix:
    """Rows (from) and columns (to) in order of trust, outside first, and their cells."""

    bands: tuple[Band, ...]
    cells: tuple[tuple[Cell, ...], ...]

    @cached_property
    def folded(self) -> bool:
        """Whether any band stands for several zones."""
        return any(band.folded for band in self.bands)


def matrix_of(proof: Proof, policy: Policy, most: int = MOST_BANDS) -> Matrix:
    """Return the matrix of a proof with at most ``most`` bands, where trust allows it."""
    bands = _bands(proof.zones, policy, most)
    position = {zone: index for index, band in enumerate(bands) for zone in band.zones}
    grid: list[list[list[PairResult]]] = [[[] for _ in bands] for _ in bands]
    for pair in proof.pairs:
        grid[position[pair.source]][position[pair.destination]].append(pair)
    return Matrix(
        bands=bands,
        cells=tuple(
            tuple(Cell(row, column, tuple(pairs)) for column, pairs in enumerate(line))
            for row, line in enumerate(grid)
        ),
    )


def _bands(zones: tuple[str, ...], policy: Policy, most: int) -> tuple[Band, ...]:
    if len(zones) <= most:
        return tuple(Band(zone, (zone,)) for zone in zones)
    narrow = _by_trust(zones, policy, 1)
    width, groups = (1, narrow) if len(narrow) <= most else (10, _by_trust(zones, policy, 10))
    return tuple(
        Band(_band_name(members, policy, width), tuple(members)) for members in groups.values()
    )


def _by_trust(
    zones: tuple[str, ...], policy: Policy, width: int
) -> Mapping[tuple[bool, int], list[str]]:
    groups: dict[tuple[bool, int], list[str]] = {}
    for zone in zones:
        declared = policy.zones[zone]
        groups.setdefault((declared.external, declared.trust // width), []).append(zone)
    return groups


def _band_name(members: list[str], policy: Policy, width: int) -> str:
    first = policy.zones[members[0]]
    if len(members) == 1:
        return members[0]
    low = first.trust // width * width
    level = f"trust {low}" if width == 1 else f"trust {low}–{low + width - 1}"
    return f"{'outside' if first.external else level} ({len(members)} zones)"
