"""Which chains a packet that arrives from elsewhere may meet."""

from __future__ import annotations

from collections.abc import Iterable

from ringfence.model.rules import Chain


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
