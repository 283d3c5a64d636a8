"""Progress drawn on a terminal; it leaves nothing behind when the work is done."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
)

from ringfence.foundation.text import for_terminal


class DrawnProgress:
    """A ``foundation.progress.Progress`` that shows the current step."""

    def __init__(self, bars: Progress) -> None:
        self._bars = bars
        self._task: TaskID | None = None

    def step(self, name: str, total: int | None = None) -> None:
        """Show the step ``name`` in the place of the one before."""
        if self._task is not None:
            self._bars.remove_task(self._task)
        self._task = self._bars.add_task(for_terminal(name), total=total)

    def advance(self, count: int = 1) -> None:
        """Move the bar of the current step on by ``count``."""
        if self._task is not None:
            self._bars.advance(self._task, count)


@contextmanager
def drawn_progress(stream: TextIO) -> Iterator[DrawnProgress]:
    """Yield a progress that draws on ``stream`` until the block ends."""
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}", markup=False),
        BarColumn(bar_width=24),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=Console(file=stream), transient=True) as bars:
        yield DrawnProgress(bars)
