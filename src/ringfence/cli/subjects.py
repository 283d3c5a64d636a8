"""Opens what a command works on, and tells what its policy is warned of."""

from __future__ import annotations

from pathlib import Path

from ringfence.cli.screen import Screen
from ringfence.foundation.progress import Progress
from ringfence.foundation.text import for_terminal
from ringfence.operations import assemble
from ringfence.operations.subject import Subject


def open_subject(
    snapshot: Path, policy: Path | None, screen: Screen, progress: Progress
) -> Subject:
    """Return the subject; warnings go to standard error, beside the result."""
    subject = assemble.subject(snapshot, policy, progress)
    for warning in subject.warnings:
        screen.tell(f"ringfence: {for_terminal(warning)}")
    return subject
