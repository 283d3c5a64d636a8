"""``fragility``: how many slips would break each pair of zones."""

from __future__ import annotations

from ringfence.foundation.progress import Progress
from ringfence.foundation.text import counted
from ringfence.operations.subject import Subject
from ringfence.operations.table import Table
from ringfence.reach import fragility as engine
from ringfence.reach.fragility import Fragility, PairFragility
from ringfence.reach.question import Question


def fragility(subject: Subject, progress: Progress) -> Fragility:
    """Try every slip; raises ``UsageError`` where there is no policy."""
    question = Question(subject.snapshot, subject.required_policy(), subject.memberships.every)
    return engine.fragility(question, progress)


def table(found: Fragility) -> Table:
    """Return a row for each pair of zones, the most fragile first."""
    pairs = sorted(found.pairs, key=lambda one: (one.fewest, one.at_least, -one.breaking))
    left_out = found.different - found.tried
    note = (
        f"{found.breaking:,} of {counted(found.possible, 'possible slip')} would break some pair "
        "of zones."
    )
    if left_out:
        note += f" {counted(left_out, 'slip')} more were not tried."
    columns = {
        "from": "from",
        "to": "to",
        "fewest": "fewest slips",
        "breaking": "breaking",
        "possible": "possible",
        "kinds": "by kind",
        "example": "for example",
    }
    return Table(
        name="fragility",
        columns=columns,
        rows=tuple(
            (
                one.source,
                one.destination,
                f"at least {one.fewest}" if one.at_least else str(one.fewest),
                one.breaking,
                one.possible,
                _kinds(one),
                one.examples[0] if one.examples else None,
            )
            for one in pairs
        ),
        note=note,
    )


def _kinds(pair: PairFragility) -> tuple[str, ...]:
    return tuple(
        f"{one.kind} {one.breaking} of {one.possible}" for one in pair.kinds if one.breaking
    )
