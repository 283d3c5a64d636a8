"""Runs checks and judges what they say: severity, status, exceptions."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Collection, Sequence
from typing import Any, Final, Literal, get_args

import msgspec

from ringfence.audit.check import Check, Failed, Outcomes, Passed, Unread
from ringfence.audit.context import AuditContext
from ringfence.audit.discovery import chosen_checks
from ringfence.audit.exceptions import expired_on, valid_on, with_acceptance
from ringfence.audit.finding import Audit, CheckResult, Finding, Severity, Undecided
from ringfence.foundation.canonical import canonical_json, fingerprint
from ringfence.foundation.discovery import load
from ringfence.model.facts import NotRead
from ringfence.model.snapshot_file import snapshot_hash
from ringfence.policy.document import DeclaredException

SEVERITIES: Final[tuple[Severity, ...]] = get_args(Severity)
"""Severities, the lowest first."""


def run_audit(
    context: AuditContext,
    *,
    today: datetime.date,
    only: Sequence[str] = (),
    exclude: Sequence[str] = (),
) -> Audit:
    """Return what the checks say of a snapshot and a policy.

    ``only`` and ``exclude`` are patterns of check ids, checklist items or control ids; ``today``
    decides which exceptions still apply. Raises ``UsageError`` for a pattern without a check.
    """
    valid = valid_on(context.policy, today)
    rights = context.rights
    return Audit(
        policy=context.policy.name,
        snapshot_hash=snapshot_hash(context.snapshot),
        results=tuple(run_check(check, context, valid) for check in chosen_checks(only, exclude)),
        expired_exceptions=expired_on(context.policy, today),
        assumptions=() if isinstance(rights, NotRead) else rights.assumptions,
    )


def run_check(
    check: Check, context: AuditContext, exceptions: Sequence[DeclaredException] = ()
) -> CheckResult:
    """Return what one check says. Any fact that was not read keeps it from passing."""
    examine: Callable[[AuditContext], Outcomes] = load(check.examine)
    passed: set[str] = set()
    findings: list[Finding] = []
    undecided: list[Undecided] = []
    for outcome in examine(context):
        match outcome:
            case Passed(target):
                passed.add(target.id)
            case Unread(target, property_, why):
                undecided.append(
                    Undecided(
                        check=check.id,
                        object=target.id,
                        name=target.name,
                        property=property_,
                        why=why,
                    )
                )
            case Failed():
                finding = _finding(check, outcome, context)
                findings.append(with_acceptance(finding, check, exceptions))
    passed -= {finding.object for finding in findings} | {each.object for each in undecided}
    return CheckResult(
        check=check.id,
        title=check.title,
        item=check.item,
        severity=check.severity,
        status=_status(findings, undecided, passed),
        passed=len(passed),
        findings=tuple(sorted(findings, key=_order)),
        undecided=tuple(
            sorted(undecided, key=lambda each: (each.name, each.object, each.property))
        ),
        reason="" if findings or undecided or passed else check.nothing,
    )


def worst_severity(audit: Audit) -> Severity | None:
    """Return the highest severity among findings that nobody accepted, ``None`` without any."""
    found = [
        SEVERITIES.index(finding.severity)
        for result in audit.results
        for finding in result.findings
        if finding.accepted is None
    ]
    return SEVERITIES[max(found)] if found else None


def has_unknown(audit: Audit) -> bool:
    """Tell whether any check is undecided for any object."""
    return any(result.undecided for result in audit.results)


def _finding(check: Check, failed: Failed, context: AuditContext) -> Finding:
    target = failed.target
    severity = failed.severity or check.severity
    if context.is_sensitive(target.zones):
        severity = SEVERITIES[min(SEVERITIES.index(severity) + 1, len(SEVERITIES) - 1)]
    return Finding(
        check=check.id,
        title=check.title,
        severity=severity,
        item=check.item,
        object=target.id,
        name=target.name,
        property=failed.property,
        found=_plain(failed.found),
        expected=_plain(failed.expected),
        sentence=failed.sentence,
        fingerprint=fingerprint(check.id, target.id, failed.property),
        confidence=failed.confidence,
        controls=check.controls,
        evidence=(_where_read(failed, context), *failed.evidence),
        fix=failed.fix,
        fix_risk=failed.fix_risk,
        host=target.host,
        zones=target.zones,
    )


def _plain(value: Any) -> Any:
    """Return a value as it is after it was written as JSON and read again."""
    return msgspec.json.decode(canonical_json(value))


def _where_read(failed: Failed, context: AuditContext) -> str:
    read = ", ".join(
        f"{source.name} at {source.finished or source.started or 'a time not told'}"
        for source in context.snapshot.sources
    )
    return f"{failed.property} of {failed.target.id}, read from {read or 'the snapshot'}"


def _status(
    findings: Collection[Finding], undecided: Collection[Undecided], passed: Collection[str]
) -> Literal["passed", "failed", "unknown", "not-applicable"]:
    if findings:
        return "failed"
    if undecided:
        return "unknown"
    return "passed" if passed else "not-applicable"


def _order(finding: Finding) -> tuple[int, str, str, str, str]:
    severity = -SEVERITIES.index(finding.severity)
    return (severity, finding.host, finding.name, finding.object, finding.property)
