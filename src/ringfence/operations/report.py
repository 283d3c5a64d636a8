"""``report``: what was found, told in one of the formats."""

from __future__ import annotations

from pathlib import Path

from ringfence.foundation.errors import RingfenceError
from ringfence.operations.clock import now
from ringfence.operations.result import Result
from ringfence.report.format import ReportInput, format_named, render


def require_format(name: str) -> None:
    """Raise ``UsageError`` unless there is a format called ``name``, before any work is done."""
    format_named(name)


def report(result: Result, format_name: str) -> str:
    """Return ``result`` in a format; raises ``UsageError`` where there is no such format."""
    return render(format_named(format_name), told(result))


def told(result: Result) -> ReportInput:
    """Return what every format is made from."""
    subject = result.subject
    return ReportInput(
        inventory=subject.inventory,
        policy=subject.required_policy(),
        memberships=subject.memberships.every,
        proof=result.proof,
        audit=result.audit,
        generated=now(),
    )


def write_report(text: str, path: Path) -> None:
    """Write a report to ``path``; raises ``RingfenceError`` where that is not possible."""
    try:
        path.write_text(text, encoding="utf-8", newline="")
    except OSError as error:
        message = f"The report {path} cannot be written: {error.strerror}."
        raise RingfenceError(message, "Give a path in a folder that you may write.") from error
