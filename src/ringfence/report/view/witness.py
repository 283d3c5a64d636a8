"""A witness as stations, with the header written where it changes."""

from __future__ import annotations

from dataclasses import dataclass

from ringfence.foundation.text import counted, listed
from ringfence.model.packet import Header
from ringfence.reach.results import Hop, Obligation, Witness
from ringfence.report.view.wording import change_text

ATTACKERS = {
    "honest": "Any machine there can send it, without lying.",
    "spoofing": "A machine that sends false addresses can send it.",
    "poisoning": "A machine that poisons ARP or neighbour discovery can send it.",
    "reporting": "A machine that reports false addresses to the management server can send it.",
}


@dataclass(frozen=True, slots=True)
class Station:
    """One stop of the packet; ``header`` is set where it is first sent or has changed."""

    hop: Hop
    header: Header | None


def stations(witness: Witness) -> tuple[Station, ...]:
    """Return the stations from sender to receiver."""
    return tuple(
        Station(hop, witness.sent if index == 0 else hop.left)
        for index, hop in enumerate(witness.hops)
    )


def closing_lines(witness: Witness) -> tuple[str, ...]:
    """Return what would close the path: the sentence, or each change where there is none."""
    if witness.closing:
        return (witness.closing,)
    return tuple(change_text(change) for change in witness.close)


def way_title(witness: Witness) -> str:
    """Return how a packet gets there by one more way, in words."""
    devices = [hop.label for hop in witness.hops if hop.kind == "device"]
    if not devices:
        return "Another way, past every device:"
    return f"Another way, through {listed(devices)}:"


def more_ways(obligation: Obligation) -> str:
    """Return how many ways are not shown, in a sentence, empty where none is known of."""
    if not obligation.more:
        return ""
    return f"At least {counted(obligation.more, 'more way')} over other devices."
