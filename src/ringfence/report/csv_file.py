"""The findings of an audit as CSV for a spreadsheet, the undecided ones included."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

from ringfence.audit.finding import Finding
from ringfence.foundation.errors import UsageError
from ringfence.foundation.text import for_csv
from ringfence.report.format import Format, ReportInput
from ringfence.report.view.findings import all_findings, by_item, fix_text
from ringfence.report.view.unread import why_text
from ringfence.report.view.wording import value_text

FORMAT = Format(
    name="csv",
    description="the findings, a row each, for a spreadsheet",
    render="ringfence.report.csv_file:render",
    suffix=".csv",
)
COLUMNS = (
    "status",
    "severity",
    "item",
    "check",
    "title",
    "object",
    "name",
    "property",
    "found",
    "expected",
    "sentence",
    "confidence",
    "controls",
    "fix",
    "fix risk",
    "accepted by",
    "accepted until",
    "accepted because",
    "fingerprint",
)


def render(told: ReportInput) -> str:
    """Return the findings as CSV (RFC 4180, with a header line).

    What could not be decided has rows with the status UNKNOWN, so that leaving a row out is
    never a pass. Raises ``UsageError`` where the report holds no audit.
    """
    if told.audit is None:
        message = "There are no findings to write as CSV, since no audit was made."
        raise UsageError(message, "Run the audit, or choose another format.")
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(COLUMNS)
    writer.writerows([for_csv(cell) for cell in row] for row in _rows(told))
    return text.getvalue()


def _rows(told: ReportInput) -> Iterator[tuple[str, ...]]:
    if told.audit is None:
        return
    for finding in all_findings(told.audit):
        yield _finding_row(finding)
    for view in by_item(told.audit):
        for result in view.results:
            for each in result.undecided:
                why = why_text(each.why)
                sentence = f"{each.property} of {each.name} was not read: {why}."
                yield (
                    *("UNKNOWN", result.severity, result.item, result.check, result.title),
                    *(each.object, each.name, each.property, "not read", "", sentence),
                    *("",) * 8,
                )


def _finding_row(finding: Finding) -> tuple[str, ...]:
    accepted = finding.accepted
    return (
        "accepted" if accepted else "failed",
        finding.severity,
        finding.item,
        finding.check,
        finding.title,
        finding.object,
        finding.name,
        finding.property,
        value_text(finding.found),
        value_text(finding.expected),
        finding.sentence,
        finding.confidence,
        " ".join(finding.controls),
        " ".join(fix_text(finding, change) for change in finding.fix),
        finding.fix_risk,
        accepted.owner if accepted else "",
        accepted.expires if accepted else "",
        accepted.reason if accepted else "",
        finding.fingerprint,
    )
