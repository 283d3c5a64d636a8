"""A witness as stations, with the header written where it changes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ringfence.foundation.text import counted, listed
from ringfence.model.packet import Header
from ringfence.reach.results import Hop, Obligation, PairResult, Verdict, Witness
from ringfence.report.view.wording import change_text, ended

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


def closing(witness: Witness) -> tuple[str, str]:
    """Return what would close the path, and before it whether that was tried, in a few words.

    Both are empty where nothing is known to close it.
    """
    told = witness.closing or listed(map(change_text, witness.close))
    trial = witness.trial
    if not told:
        return "", ""
    if trial is None:
        return "Would close it, not checked", told
    parts = [ended(told), *_after(trial.verdict, trial.stops)]
    if trial.verdict != "VIOLATED":
        return "Closes it, as was tried", " ".join(parts)
    if trial.remaining:
        parts.append(f"What remains: {listed(map(_remaining, trial.remaining))}.")
    return "Does not close it alone, as was tried", " ".join(parts)


def _remaining(way: str) -> str:
    return way if way.startswith("by ") else f"the way {way}"


def together(pair: PairResult) -> str:
    """Return which changes close a pair together, empty where one does or none was tried."""
    trials = [
        one.trial
        for each in pair.obligations
        for one in (each.witness, *each.others)
        if one is not None and one.trial is not None
    ]
    if not trials or any(one.verdict != "VIOLATED" for one in trials):
        return ""
    found = pair.closed_by
    if found is None:
        return "No change named here was found to close it, alone or with the others."
    number = counted(len(found.closings), "change")
    parts = [
        f"The fewest found to close it, as was tried, are {number}:"
        if len(found.closings) > 1
        else "One change was found to close it, as was tried:",
        "; ".join(one.sentence.rstrip(".") for one in found.closings) + ".",
        *_after(found.verdict, found.stops),
    ]
    return " ".join(parts)


def _after(verdict: Verdict, stops: tuple[str, ...]) -> Iterator[str]:
    """Yield what else a change does that was tried."""
    if stops:
        yield f"It would stop {listed(stops)}, which is promised."
    if verdict == "UNKNOWN":
        yield "Whether anything else gets there is UNKNOWN then."


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
