"""``prove``: which zone can reach which."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import msgspec

from ringfence.foundation.errors import UsageError
from ringfence.foundation.progress import Progress
from ringfence.foundation.text import close_match, listed
from ringfence.model.certificate import write_certificate
from ringfence.operations.outcome import Outcome, worst
from ringfence.operations.result import Result
from ringfence.operations.subject import Subject
from ringfence.policy.document import Policy
from ringfence.reach import prove as engine
from ringfence.reach.certifying import certificate as make_certificate
from ringfence.reach.question import Question
from ringfence.reach.results import PairResult, Proof


def prove(
    subject: Subject,
    progress: Progress,
    *,
    source: str | None = None,
    destination: str | None = None,
    certificate: Path | None = None,
) -> Result:
    """Return the verdict for each ordered pair of zones, with its witness or what is missing.

    ``source`` and ``destination`` keep only the pairs from and to these zones. ``certificate`` is
    where to write the certificate of the pairs that are PROVED, where there are any. Raises
    ``UsageError`` where there is no policy, or no such zone in it, and ``CertificateFileError``
    where the certificate cannot be written.
    """
    policy = subject.required_policy()
    for zone in filter(None, (source, destination)):
        _require_zone(zone, policy.zones)
    if source is not None and source == destination:
        raise UsageError(f"A proof is between two zones; both are {source!r}.")
    question = Question(subject.snapshot, policy, subject.memberships.every)
    proof = make_proof(subject, progress, question)
    pairs = tuple(
        pair
        for pair in proof.pairs
        if source in {None, pair.source} and destination in {None, pair.destination}
    )
    proof = msgspec.structs.replace(proof, pairs=pairs)
    if certificate is not None:
        progress.step(f"Writing {certificate.name}")
        made = make_certificate(question, subject.snapshot, proof)
        if made is not None:
            write_certificate(made, certificate)
    return Result(subject=subject, outcome=worst_pair(pairs, policy), proof=proof)


def make_proof(subject: Subject, progress: Progress, question: Question | None = None) -> Proof:
    """Return the whole proof; raises ``UsageError`` where there is no policy."""
    policy = subject.required_policy()
    return engine.prove(subject.snapshot, policy, subject.memberships.every, progress, question)


def worst_pair(pairs: Iterable[PairResult], policy: Policy) -> Outcome:
    """Return how bad the worst pair is.

    A violated pair is ``critical`` if either zone is sensitive, ``high`` otherwise.
    """
    return worst(_outcome(pair, policy) for pair in pairs)


def _outcome(pair: PairResult, policy: Policy) -> Outcome:
    if pair.verdict == "VIOLATED":
        zones = (policy.zones[pair.source], policy.zones[pair.destination])
        return "critical" if any(zone.sensitive for zone in zones) else "high"
    return "unknown" if pair.verdict == "UNKNOWN" else "clean"


def _require_zone(name: str, zones: Iterable[str]) -> None:
    known = tuple(zones)
    if name not in known:
        near = close_match(name, known)
        advice = f"Did you mean {near!r}?" if near else f"There are {listed(known, most=40)}."
        raise UsageError(f"The policy has no zone {name!r}.", advice)
