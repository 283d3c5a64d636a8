"""``check``: the proof and the audit in one, for a gate that has to be passed."""

from __future__ import annotations

from collections.abc import Sequence

from ringfence.audit.discovery import chosen_checks
from ringfence.foundation.progress import Progress
from ringfence.operations.audit import make_audit, worst_finding
from ringfence.operations.outcome import worst
from ringfence.operations.prove import make_proof, worst_pair
from ringfence.operations.result import Result
from ringfence.operations.subject import Subject


def check(
    subject: Subject,
    progress: Progress,
    *,
    only: Sequence[str] = (),
    exclude: Sequence[str] = (),
) -> Result:
    """Return the proof and the audit of ``subject``; raises as ``prove`` and ``audit`` do."""
    policy = subject.required_policy()
    chosen_checks(only, exclude)
    proof = make_proof(subject, progress)
    audit = make_audit(subject, proof, progress, only=only, exclude=exclude)
    outcome = worst((worst_pair(proof.pairs, policy), worst_finding(audit)))
    return Result(subject=subject, outcome=outcome, proof=proof, audit=audit)
