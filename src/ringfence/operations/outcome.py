"""How bad a result is, in one word that every way in can turn into its own signal."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, Literal, get_args

Outcome = Literal["clean", "unknown", "low", "medium", "high", "critical"]
_ORDER: Final[tuple[Outcome, ...]] = get_args(Outcome)


def worst(outcomes: Iterable[Outcome]) -> Outcome:
    """Return the worst of ``outcomes``; ``clean`` where there is none."""
    return max(outcomes, key=_ORDER.index, default="clean")
