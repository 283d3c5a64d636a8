"""``explain``: what a zone pair, a check or a finding is about."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import msgspec

from ringfence.audit.check import Check
from ringfence.audit.discovery import all_checks
from ringfence.audit.explain import explain as explain_check
from ringfence.foundation.errors import UsageError
from ringfence.foundation.progress import Progress
from ringfence.foundation.text import close_match
from ringfence.operations.audit import make_audit, worst_finding
from ringfence.operations.prove import make_proof
from ringfence.operations.result import Result
from ringfence.operations.subject import Subject


@dataclass(frozen=True, slots=True)
class Pair:
    """An ordered pair of zones that was asked about."""

    source: str
    destination: str


Topic = Pair | Check | str


def topic(words: Sequence[str]) -> Topic:
    """Return what ``words`` ask about: two zones, a check by its id, or a finding's fingerprint.

    Raises ``UsageError`` for anything else.
    """
    match words:
        case (source, destination):
            return Pair(source, destination)
        case (name,):
            checks = {check.id: check for check in all_checks()}
            if name in checks:
                return checks[name]
            if _is_fingerprint(name):
                return name
            near = close_match(name, checks)
            advice = f"Did you mean {near!r}?" if near else "'ringfence audit --list' lists them."
            raise UsageError(f"No check and no finding is called {name!r}.", advice)
        case _:
            raise UsageError(
                f"{len(words)} words say nothing that can be explained.",
                "Name two zones, a check, or the fingerprint of a finding.",
            )


def check_text(check: Check) -> str:
    """Return everything there is to say about a check, as Markdown."""
    return explain_check(check)


def check_plain(check: Check) -> dict[str, Any]:
    """Return what there is to say about a check as JSON would hold it."""
    manifest = asdict(check)
    del manifest["examine"]
    return {"check": manifest, "text": explain_check(check)}


def finding(fingerprint: str, subject: Subject, progress: Progress) -> Result:
    """Return the audit narrowed to one finding; raises ``UsageError`` where it is not there."""
    audit = make_audit(subject, make_proof(subject, progress), progress)
    for result in audit.results:
        found = tuple(each for each in result.findings if each.fingerprint == fingerprint)
        if found:
            one = msgspec.structs.replace(result, findings=found, undecided=(), passed=0)
            narrowed = msgspec.structs.replace(audit, results=(one,))
            return Result(subject=subject, outcome=worst_finding(narrowed), audit=narrowed)
    message = f"There is no finding {fingerprint} in this snapshot."
    raise UsageError(message, "It may be mended: 'ringfence audit' says what there is now.")


def _is_fingerprint(word: str) -> bool:
    return len(word) == 16 and not word.strip("0123456789abcdef")
