"""Which chains a packet that arrives from elsewhere may meet, and that jumps come to an end."""

from __future__ import annotations

from collections.abc import Iterable

from ringfence.foundation.errors import SourceError
from ringfence.model.rules import Chain

MOST_JUMPS = 100
"""More jumps inside jumps than any system allows (nftables: 16)."""


def reachable_chains(chains: Iterable[Chain]) -> frozenset[str]:
    """Return the ids of base chains but those for a device's own packets, and of their targets."""
    by_id = {chain.id: chain for chain in chains}
    waiting = [chain.id for chain in by_id.values() if chain.hook not in {None, "output"}]
    met: set[str] = set()
    while waiting:
        identity = waiting.pop()
        if identity in met or identity not in by_id:
            continue
        met.add(identity)
        waiting.extend(rule.target for rule in by_id[identity].rules if rule.target is not None)
    return frozenset(met)


def refuse_endless(chains: Iterable[Chain], name: str) -> None:
    """Raise ``SourceError`` where jumps lead in a circle, or deeper than any system allows."""
    targets = {
        chain.id: {rule.target for rule in chain.rules if rule.target is not None}
        for chain in chains
    }
    # Taken away from the inside out, a level of chains at a time.
    levels = 0
    while levels <= MOST_JUMPS and (
        ends := [each for each, to in targets.items() if not to & targets.keys()]
    ):
        levels += 1
        for each in ends:
            del targets[each]
    if targets or levels > MOST_JUMPS:
        where = next(iter(targets), "its chains")
        message = f"{name}: jumps from {where} lead in a circle, or deeper than any system allows."
        raise SourceError(message, "Save the rules from the running system again.")
