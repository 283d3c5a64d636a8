"""What an audit says: findings, what passed, what could not be told."""

from __future__ import annotations

from typing import Any, Literal

from ringfence.model.change import Change
from ringfence.model.facts import NotRead, Record

Severity = Literal["low", "medium", "high", "critical"]
Confidence = Literal["certain", "likely"]
ChecklistItem = Literal[
    "management-isolation",
    "host-consistency",
    "layer-2-security",
    "separation-of-duties",
    "resource-management",
    "regular-audit",
]


class Accepted(Record, frozen=True):
    """An exception of the policy that accepts a finding: by whom, why, until when (ISO date)."""

    owner: str
    reason: str
    expires: str


class Finding(Record, frozen=True):
    """One object that does not satisfy a check.

    ``property`` is the path of the field in the model, ``found`` and ``expected`` plain values,
    ``sentence`` what an operator could read out. ``evidence`` says where the fact was read.
    ``fix`` are changes, safe to make unless ``fix_risk`` says why not. ``fingerprint`` stays the
    same from run to run for the same check, object and property. ``host`` is the name of the host
    that the object is on, where it is on one; ``zones`` are those that it concerns.
    """

    check: str
    title: str
    severity: Severity
    item: ChecklistItem
    object: str
    name: str
    property: str
    found: Any
    expected: Any
    sentence: str
    fingerprint: str
    confidence: Confidence = "certain"
    controls: tuple[str, ...] = ()
    evidence: tuple[str, ...] = ()
    fix: tuple[Change, ...] = ()
    fix_risk: str = ""
    accepted: Accepted | None = None
    host: str = ""
    zones: tuple[str, ...] = ()


class Undecided(Record, frozen=True):
    """An object for which a check is UNKNOWN, since a fact was not read."""

    check: str
    object: str
    name: str
    property: str
    why: NotRead


class CheckResult(Record, frozen=True):
    """What one check said of a snapshot.

    ``passed`` counts objects that satisfy it. A check that matched no object is ``not applicable``
    and says why; it never passes.
    """

    check: str
    title: str
    item: ChecklistItem
    severity: Severity
    status: Literal["passed", "failed", "unknown", "not-applicable"]
    passed: int = 0
    findings: tuple[Finding, ...] = ()
    undecided: tuple[Undecided, ...] = ()
    reason: str = ""


class Audit(Record, frozen=True):
    """The whole result of an audit, checks in order of checklist item and name.

    ``assumptions`` are sentences on what could not be read by any account and is taken for absent.
    """

    policy: str
    snapshot_hash: str
    results: tuple[CheckResult, ...]
    expired_exceptions: tuple[str, ...] = ()
    assumptions: tuple[str, ...] = ()
