"""What ``check`` says of a lab, held against what the fault that was planted has to be found by."""

from __future__ import annotations

from collections.abc import Iterator

from ringfence.foundation.progress import SilentProgress
from ringfence.lab.fault import Fault
from ringfence.operations.check import check
from ringfence.operations.result import Result
from ringfence.operations.subject import Subject

NOT_ASKED = frozenset(
    (
        "management.firewall-default",
        "duties.administrators",
        "duties.change-permissions",
        "duties.network-configuration",
        "duties.never-together",
        "resources.appliance-reservations",
        "audit.time-servers",
    )
)
"""Checks of which a Linux host is not asked what they need: UNKNOWN, as docs/how-to/lab.md says."""
_PLANTED = "could make it take a new conversation for an answer"
"""Why pairs are UNKNOWN behind any fault by which a zone may send from another's addresses."""


def checked(subject: Subject) -> Result:
    """What ``ringfence check`` says."""
    return check(subject, SilentProgress())


def stray(result: Result, fault: Fault | None = None) -> list[str]:
    """Whatever is told of a lab and names nothing that the fault changed."""
    named = () if fault is None else fault.named
    return [text for text in _told(result) if not any(word in text for word in named)]


def failed(result: Result) -> set[str]:
    """The checks that fail."""
    assert result.audit is not None
    return {each.check for each in result.audit.results if each.findings}


def undecided(result: Result) -> set[str]:
    """The checks that cannot tell of something."""
    assert result.audit is not None
    return {each.check for each in result.audit.results if each.undecided}


def _told(result: Result) -> Iterator[str]:
    assert result.proof is not None
    assert result.audit is not None
    for pair in result.proof.pairs:
        texts = [each.sentence for each in pair.obligations if each.verdict == "VIOLATED"]
        # The words for state that is planted, and for a flow, tell what follows from the fault.
        if pair.verdict == "UNKNOWN":
            texts = [each.sentence for each in pair.obligations if each.verdict == "UNKNOWN"]
            texts = [text for text in texts if _PLANTED not in text]
        yield from ("\n".join(texts),) if texts else ()
    for each in result.proof.misplacements:
        yield each.sentence
    for check_result in result.audit.results:
        yield from (finding.sentence for finding in check_result.findings)
        if check_result.check not in NOT_ASKED:
            yield from (f"{each.check}: {each.why.detail}" for each in check_result.undecided)
