"""A device with one table of its nftables rules exchanged, before anything is loaded."""

from __future__ import annotations

import msgspec

from ringfence.foundation.errors import SourceError
from ringfence.model.facts import NotRead
from ringfence.model.rules import Device
from ringfence.sources.devices.saved import reassembles
from ringfence.sources.rule_syntax import nft_listing


def with_table(device: Device, table: str, listing: str) -> Device:
    """Return the device with the rules of a listing in place of those of one table (``inet x``).

    ``listing`` is the whole table, as nft lists it. Other tables stay as they were read. Raises
    ``SourceError`` where these were not, or the listing is not understood.
    """
    if isinstance(device.chains, NotRead):
        message = f"The rules of {device.name} were not read: other tables may be among them."
        raise SourceError(message, "Collect them, or save 'nft -j list ruleset' of it.")
    reading = nft_listing.SYNTAX.read(listing, table)
    own = f"{table} "
    chains = (
        *(chain for chain in device.chains if not chain.name.startswith(own)),
        *reading.chains,
    )
    notes = (
        *(note for note in device.not_understood if not note.text.startswith(own)),
        *reading.not_understood,
    )
    return msgspec.structs.replace(
        device,
        chains=chains,
        not_understood=notes,
        reassembles=reassembles(chains, notes),
    )
