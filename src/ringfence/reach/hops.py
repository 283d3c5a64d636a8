"""The stations of a packet's path, as a witness shows them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ringfence.reach.results import Hop

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ringfence.replay.path import Step


def hops(path: Iterable[Step], decisive: int) -> tuple[Hop, ...]:
    """Return the stations of a path, counted from 0; ``decisive`` should have stopped it or did."""
    return tuple(
        Hop(
            kind=step.kind,
            object=step.object,
            label=step.label,
            detail=step.detail,
            rule=step.rule,
            left=step.left,
            decisive=number == decisive,
        )
        for number, step in enumerate(path)
    )
