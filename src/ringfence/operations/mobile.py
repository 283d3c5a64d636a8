"""``prove --mobile``: which zone can reach which, wherever machines may run."""

from __future__ import annotations

from collections.abc import Iterator

from ringfence.foundation.progress import Progress
from ringfence.foundation.text import counted
from ringfence.operations.outcome import Outcome, worst
from ringfence.operations.subject import Subject
from ringfence.operations.what_if import witness_lines
from ringfence.policy.document import Policy
from ringfence.reach.mobility import PlacedPair, Placements, every_placement
from ringfence.reach.question import Question
from ringfence.reach.results import Verdict

_VERDICTS: tuple[Verdict, ...] = ("VIOLATED", "UNKNOWN", "PROVED")


def prove_every_placement(subject: Subject, progress: Progress) -> Placements:
    """Return the verdicts over every placement; raises ``UsageError`` where there is no policy."""
    question = Question(subject.snapshot, subject.required_policy(), subject.memberships.every)
    return every_placement(question, progress)


def outcome(placements: Placements, policy: Policy) -> Outcome:
    """Return how bad the worst pair is, as for a proof of where machines run now."""
    return worst(_outcome(pair, policy) for pair in placements.pairs)


def _outcome(pair: PlacedPair, policy: Policy) -> Outcome:
    if pair.verdict == "PROVED":
        return "clean"
    if pair.verdict == "UNKNOWN":
        return "unknown"
    zones = (policy.zones[pair.source], policy.zones[pair.destination])
    return "critical" if any(zone.sensitive for zone in zones) else "high"


def told(placements: Placements) -> Iterator[str]:
    """Yield the verdicts as lines for people, what is not PROVED pair by pair."""
    numbers = {
        verdict: sum(pair.verdict == verdict for pair in placements.pairs) for verdict in _VERDICTS
    }
    yield (
        f"{numbers['VIOLATED']} of {counted(len(placements.pairs), 'zone pair')} VIOLATED, "
        f"{numbers['UNKNOWN']} UNKNOWN, {numbers['PROVED']} PROVED, wherever "
        f"{counted(placements.machines, 'machine')} may run."
    )
    for verdict in ("VIOLATED", "UNKNOWN"):
        for pair in placements.pairs:
            if pair.verdict == verdict:
                yield ""
                yield f"{verdict} {pair.source} -> {pair.destination}"
                yield f"  {pair.sentence}"
                if pair.witness is not None:
                    yield from witness_lines(pair.witness)
    if placements.cut_off:
        yield ""
        yield "What would not work on another host"
        yield from (f"  {one.sentence}" for one in placements.cut_off)
