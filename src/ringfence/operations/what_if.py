"""``what-if`` and ``diff --reach``: which packets an edit makes possible or impossible."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import msgspec

from ringfence.foundation.progress import Progress
from ringfence.foundation.text import counted, listed
from ringfence.model.change import difference
from ringfence.operations import assemble
from ringfence.operations.outcome import Outcome, worst
from ringfence.operations.proposals import Proposal, proposed
from ringfence.operations.subject import Subject
from ringfence.policy.document import Policy
from ringfence.reach.comparing import Comparison
from ringfence.reach.effects import Effect, PairEffect
from ringfence.reach.question import Question
from ringfence.reach.results import Witness
from ringfence.reach.session import Session

_WORSE: Final = {"PROVED": 0, "UNKNOWN": 1, "VIOLATED": 2}


def what_if(subject: Subject, proposal: Proposal, progress: Progress) -> Effect:
    """Return what a proposed edit of the snapshot would do.

    Raises ``UsageError`` where there is no policy or the proposal names nothing that is there.
    """
    policy = subject.required_policy()
    changes = proposed(proposal, subject.snapshot, policy)
    session = Session(Question(subject.snapshot, policy, subject.memberships.every))
    return msgspec.structs.replace(session.apply(changes).effect(progress), changes=changes)


def reach_difference(
    before: Path, after: Path, policy: Path | None, progress: Progress
) -> tuple[Effect, Policy]:
    """Return what the changes between two snapshots do, and the policy that they are held against.

    Raises ``UsageError`` where there is no policy.
    """
    old, new = (assemble.subject(path, policy, progress) for path in (before, after))
    return between(old, new, progress), old.required_policy()


def between(old: Subject, new: Subject, progress: Progress) -> Effect:
    """Return what the changes from one subject to another under the same policy do."""
    comparison = Comparison.of(
        old.required_policy(),
        (old.snapshot, old.memberships.every),
        (new.snapshot, new.memberships.every),
    )
    effect = comparison.effect(progress)
    return msgspec.structs.replace(effect, changes=difference(old.snapshot, new.snapshot))


def outcome(effect: Effect, policy: Policy) -> Outcome:
    """Return how bad the worst verdict is that an edit makes worse; ``clean`` where it makes none.

    As for a proof, what becomes VIOLATED is ``critical`` if either zone is sensitive.
    """
    return worst(_outcome(pair, policy) for pair in effect.pairs)


def _outcome(pair: PairEffect, policy: Policy) -> Outcome:
    if _WORSE[pair.after] <= _WORSE[pair.before]:
        return "clean"
    if pair.after == "UNKNOWN":
        return "unknown"
    zones = (policy.zones[pair.source], policy.zones[pair.destination])
    return "critical" if any(zone.sensitive for zone in zones) else "high"


def told(effect: Effect) -> Iterator[str]:
    """Yield an effect as lines for people: the whole in one sentence, then pair by pair."""
    whole = counted(effect.compared, "zone pair")
    if not effect.pairs:
        yield f"Nothing changes between zones: {whole} compared, every packet as before."
        return
    worse = [one for one in effect.pairs if _WORSE[one.after] > _WORSE[one.before]]
    yield f"{len(effect.pairs)} of {whole} would change, {_becoming(worse)}."
    for pair in effect.pairs:
        yield ""
        yield f"{pair.source} -> {pair.destination}"
        yield from (f"  {sentence}" for sentence in pair.sentences)
        if pair.witness is not None:
            yield from witness_lines(pair.witness)


def _becoming(worse: list[PairEffect]) -> str:
    numbers = {verdict: sum(one.after == verdict for one in worse) for verdict in _WORSE}
    parts = [f"{number} becoming {verdict}" for verdict, number in numbers.items() if number]
    return listed(parts) if parts else "none for the worse"


def witness_lines(witness: Witness) -> Iterator[str]:
    """Yield a packet and its way, one line for each station."""
    header = witness.sent
    port = "" if header.destination_port is None else f" port {header.destination_port}"
    yield f"    packet: {header.source} to {header.destination}, protocol {header.protocol}{port}"
    for hop in witness.hops:
        detail = f": {hop.detail}" if hop.detail else ""
        rule = f" [{hop.rule}]" if hop.rule else ""
        yield f"    {'*' if hop.decisive else '-'} {hop.label}{detail}{rule}"
