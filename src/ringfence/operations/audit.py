"""``audit``: which settings are wrong, object by object."""

from __future__ import annotations

from collections.abc import Sequence

from ringfence.audit.context import AuditContext
from ringfence.audit.discovery import chosen_checks
from ringfence.audit.finding import Audit
from ringfence.audit.run import has_unknown, run_audit, worst_severity
from ringfence.foundation.progress import Progress
from ringfence.foundation.text import counted
from ringfence.operations.clock import today
from ringfence.operations.outcome import Outcome
from ringfence.operations.prove import make_proof
from ringfence.operations.result import Result
from ringfence.operations.subject import Subject
from ringfence.operations.table import Table
from ringfence.reach.results import Proof


def audit(
    subject: Subject,
    progress: Progress,
    *,
    only: Sequence[str] = (),
    exclude: Sequence[str] = (),
) -> Result:
    """Return what the checks say.

    ``only`` and ``exclude`` are patterns of check ids, checklist items or control ids. Raises
    ``UsageError`` where there is no policy, or a pattern matches no check.
    """
    chosen_checks(only, exclude)
    # Some checks ask who can reach whom.
    proof = make_proof(subject, progress)
    found = make_audit(subject, proof, progress, only=only, exclude=exclude)
    return Result(subject=subject, outcome=worst_finding(found), audit=found)


def make_audit(
    subject: Subject,
    proof: Proof,
    progress: Progress,
    *,
    only: Sequence[str] = (),
    exclude: Sequence[str] = (),
) -> Audit:
    """Return the audit of ``subject``, of which ``proof`` is the proof; raises as ``audit``."""
    progress.step("auditing")
    context = AuditContext(
        inventory=subject.inventory,
        policy=subject.required_policy(),
        memberships=subject.memberships,
        proof=proof,
    )
    return run_audit(context, today=today(), only=only, exclude=exclude)


def worst_finding(audit: Audit) -> Outcome:
    """Return the highest severity of the findings that no exception accepts."""
    severity = worst_severity(audit)
    if severity is not None:
        return severity
    return "unknown" if has_unknown(audit) else "clean"


def checks_table(*, only: Sequence[str] = (), exclude: Sequence[str] = ()) -> Table:
    """Return the checks that would run; raises ``UsageError`` as ``audit`` does."""
    chosen = chosen_checks(only, exclude)
    return Table(
        name="checks",
        columns={
            "id": "Check",
            "severity": "Severity",
            "item": "Checklist item",
            "title": "What it says",
            "controls": "Controls",
        },
        rows=tuple(
            (check.id, check.severity, check.item, check.title, check.controls) for check in chosen
        ),
        note=f"{counted(len(chosen), 'check')}; 'ringfence explain CHECK' says more of one.",
    )
