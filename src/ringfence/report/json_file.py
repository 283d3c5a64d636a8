"""The report as JSON, versioned, with a published schema beside this file."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, Final, Literal

import msgspec

from ringfence.audit.finding import Audit
from ringfence.model.facts import Record
from ringfence.model.snapshot import ReadingSource, Unread
from ringfence.reach.results import Proof
from ringfence.report.format import Format, ReportInput
from ringfence.report.view.matrix import counts
from ringfence.report.view.summary import SEVERITIES

FORMAT = Format(
    name="json",
    description="everything the report says, for programs (schema: report-1)",
    render="ringfence.report.json_file:render",
    suffix=".json",
)
VERSION: Final = 1

# Characters that could steer a terminal or reorder text (C1 controls, bidirectional and other
# format characters); inside JSON strings, the only place they can be, escapes mean the same.
_UNSAFE: Final = re.compile(
    "[\x7f-\x9f\u00ad\u061c\u200b-\u200f\u2028-\u202f\u2060-\u206f\ufeff\ufff9-\ufffb]"
)


class PairCounts(Record, frozen=True):
    """How many zone pairs have each verdict."""

    total: int
    violated: int
    unknown: int
    proved: int


class FindingCounts(Record, frozen=True):
    """How many findings nobody has accepted, by severity, and how many are accepted."""

    critical: int
    high: int
    medium: int
    low: int
    accepted: int
    undecided: int


class ReportDocument(Record, frozen=True):
    """A whole report. ``pairs`` and ``findings`` are absent where that was not asked for."""

    format: Literal["ringfence-report"]
    version: Literal[1]
    generated: str
    policy: str
    sources: tuple[ReadingSource, ...]
    unread: tuple[Unread, ...]
    pairs: PairCounts | None = None
    findings: FindingCounts | None = None
    proof: Proof | None = None
    audit: Audit | None = None


def document(told: ReportInput) -> ReportDocument:
    """Return the report as a record."""
    snapshot = told.inventory.snapshot
    return ReportDocument(
        format="ringfence-report",
        version=VERSION,
        generated=told.generated,
        policy=told.policy.name,
        sources=snapshot.sources,
        unread=snapshot.unread,
        pairs=None if told.proof is None else _pair_counts(told.proof),
        findings=None if told.audit is None else _finding_counts(told.audit),
        proof=told.proof,
        audit=told.audit,
    )


def render(told: ReportInput) -> str:
    """Return the report as JSON, indented, ending in a line feed."""
    text = msgspec.json.format(msgspec.json.encode(document(told)), indent=2).decode()
    return _UNSAFE.sub(lambda found: f"\\u{ord(found.group()):04x}", text) + "\n"


def schema() -> dict[str, Any]:
    """Return the JSON Schema (2020-12) of what ``render`` writes, made from the record types."""
    made = msgspec.json.schema(ReportDocument)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "urn:ringfence:report:1",
        "title": f"Ringfence report, version {VERSION}",
        **made,
    }


def schema_text() -> str:
    """Return the schema as the published file holds it."""
    encoded = msgspec.json.encode(schema(), order="deterministic")
    return msgspec.json.format(encoded, indent=2).decode() + "\n"


def schema_path() -> Path:
    """Return where the schema is published, beside this file."""
    return Path(__file__).with_name("schema") / f"report-{VERSION}.schema.json"


def _pair_counts(proof: Proof) -> PairCounts:
    found = counts(proof.pairs)
    return PairCounts(
        total=len(proof.pairs),
        violated=found["VIOLATED"],
        unknown=found["UNKNOWN"],
        proved=found["PROVED"],
    )


def _finding_counts(audit: Audit) -> FindingCounts:
    findings = [finding for result in audit.results for finding in result.findings]
    open_ = [finding.severity for finding in findings if finding.accepted is None]
    return FindingCounts(
        **{severity: open_.count(severity) for severity in SEVERITIES},
        accepted=len(findings) - len(open_),
        undecided=sum(len(result.undecided) for result in audit.results),
    )
