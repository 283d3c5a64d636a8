"""How far an attacker gets who takes one machine after another, by declared flows too."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


def chains(
    zones: Sequence[str], opens: Mapping[tuple[str, str], bool]
) -> Mapping[tuple[str, str], tuple[str, ...]]:
    """Return the shortest chain of zones from each zone to each other that can be got to.

    ``opens`` tells for an ordered pair whether anything at all may be delivered. A chain holds
    both of its ends; an attacker with a machine in the first has to take one machine in each of
    the others. Pairs between which there is no chain are absent.
    """
    found: dict[tuple[str, str], tuple[str, ...]] = {}
    for start in zones:
        waiting: deque[tuple[str, ...]] = deque([(start,)])
        seen = {start}
        while waiting:
            chain = waiting.popleft()
            for after in zones:
                if after not in seen and opens.get((chain[-1], after), False):
                    seen.add(after)
                    found[start, after] = (*chain, after)
                    waiting.append((*chain, after))
    return found
