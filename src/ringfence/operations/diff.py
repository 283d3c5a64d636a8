"""``diff``: what differs between two snapshots."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from ringfence.foundation.progress import Progress
from ringfence.foundation.text import counted
from ringfence.model.change import Change, difference
from ringfence.operations.assemble import snapshot_at
from ringfence.report.view.wording import value_text


def diff(before: Path, after: Path, progress: Progress) -> tuple[Change, ...]:
    """Return the changes that lead from what ``before`` holds to what ``after`` holds."""
    old, new = snapshot_at(before, progress), snapshot_at(after, progress)
    progress.step("Comparing")
    return difference(old, new)


def told(changes: Iterable[Change]) -> Iterator[str]:
    """Yield changes as lines for people: a heading for each object, then its properties."""
    by_object: dict[tuple[str, str], list[Change]] = {}
    for change in changes:
        by_object.setdefault((change.table, change.object), []).append(change)
    if not by_object:
        yield "Nothing differs."
        return
    number = sum(map(len, by_object.values()))
    yield f"{counted(number, 'difference')} in {counted(len(by_object), 'object')}."
    for (table, _), edits in by_object.items():
        yield ""
        yield f"{table.replace('_', ' ')}: {edits[0].name}"
        for edit in edits:
            yield f"  {_told(edit)}"


def _told(change: Change) -> str:
    if change.kind == "add":
        return "added"
    if change.kind == "remove":
        return "removed"
    return f"{change.property}: was {value_text(change.before)}, now {value_text(change.after)}"
