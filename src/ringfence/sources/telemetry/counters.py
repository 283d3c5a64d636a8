"""The named counters of a table of nftables."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import msgspec

from ringfence.connections.commands import Runner
from ringfence.foundation.errors import SourceError

_SECONDS: Final = 30.0


async def read_counters(runner: Runner, table: str, where: str) -> Mapping[str, int]:
    """Return how many packets each named counter of a table (``inet x``) counted so far.

    ``where`` is a phrase for messages. Raises ``SourceError`` where nft does not tell.
    """
    words = ("nft", "-j", "list", "counters", "table", *table.split())
    output = await runner.run(words, _SECONDS)
    if output.status != 0:
        why = output.problem or output.stderr.strip().partition("\n")[0] or "it failed"
        message = f"There is no gateway {where}: '{' '.join(words)}': {why.rstrip('.')}."
        raise SourceError(message, "'ringfence gateway apply' puts its rules in force, as root.")
    try:
        found = msgspec.json.decode(output.stdout)
        listed = [one["counter"] for one in found["nftables"] if "counter" in one]
        return {str(one["name"]): int(one["packets"]) for one in listed}
    except (msgspec.DecodeError, KeyError, TypeError, ValueError) as error:
        message = f"What nft tells of the counters {where} is not understood."
        raise SourceError(message, "Report the output of 'nft -j list counters'.") from error


def counted_since(before: Mapping[str, int], after: Mapping[str, int]) -> Mapping[str, int]:
    """Return what was counted between two readings; a counter that was reset began anew."""
    return {
        name: packets - before.get(name, 0) if packets >= before.get(name, 0) else packets
        for name, packets in sorted(after.items())
        if packets != before.get(name, 0)
    }
