"""The four things that every check has to show: it passes, it fails, nothing, not read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from harbour_world.world import World, clean
from ringfence.audit.discovery import find_check
from ringfence.audit.finding import CheckResult, Finding
from ringfence.audit.run import run_check

CLEAN = clean()
STATUSES = {
    "passes": "passed",
    "fails": "failed",
    "nothing": "not-applicable",
    "unread": "unknown",
}


@dataclass(frozen=True)
class Kinds:
    """A world for each of them; ``found`` are the objects and properties of the findings."""

    fails: World
    found: set[tuple[str, str]]
    nothing: World
    unread: World
    passes: World = field(default=CLEAN)


Cases = Mapping[str, Kinds]


def pairs(cases: Cases) -> list[tuple[str, str]]:
    """Every check with every kind."""
    return [(identity, kind) for identity in cases for kind in STATUSES]


def result_of(identity: str, world: World) -> CheckResult:
    """What one check says of a world."""
    return run_check(find_check(identity), world.context())


def findings_of(identity: str, world: World) -> tuple[Finding, ...]:
    """The findings of one check."""
    return result_of(identity, world).findings


def judge(cases: Cases, identity: str, kind: str) -> None:
    """Assert that a check says of a world what its kind promises, and nothing else."""
    kinds = cases[identity]
    result = result_of(identity, getattr(kinds, kind))
    assert result.status == STATUSES[kind], result
    if kind == "passes":
        assert (result.passed > 0, result.findings, result.undecided) == (True, (), ())
    if kind == "nothing":
        assert result.passed == 0
        assert result.reason.endswith(".")
    if kind == "unread":
        assert result.undecided
        assert not result.findings
    if kind == "fails":
        assert {(each.object, each.property) for each in result.findings} == kinds.found
        assert result.undecided == ()
        for finding in result.findings:
            assert_told(finding)


def assert_told(finding: Finding) -> None:
    """Assert that a finding is a sentence for people, with what was found and expected."""
    assert finding.sentence.endswith(".")
    assert finding.sentence[0] == finding.sentence[0].upper() or finding.name in finding.sentence
    assert "None" not in finding.sentence
    assert "  " not in finding.sentence
    assert finding.found != finding.expected
    assert len(finding.fingerprint) == 16
    assert finding.evidence
