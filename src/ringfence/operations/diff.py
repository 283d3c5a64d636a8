"""``diff``: what differs between two snapshots."""

from __future__ import annotations

from pathlib import Path

from ringfence.foundation.progress import Progress
from ringfence.model.change import Change, difference
from ringfence.operations.assemble import snapshot_at


def diff(before: Path, after: Path, progress: Progress) -> tuple[Change, ...]:
    """Return the changes that lead from what ``before`` holds to what ``after`` holds."""
    old = snapshot_at(before, progress)
    new = snapshot_at(after, progress)
    progress.step("Comparing")
    return difference(old, new)
