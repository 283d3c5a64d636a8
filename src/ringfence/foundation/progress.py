"""How long work tells what it is doing, without knowing who listens."""

from __future__ import annotations

from typing import Protocol


class Progress(Protocol):
    """Told of the steps of long work; drawn on a terminal, dropped in a pipe."""

    def step(self, name: str, total: int | None = None) -> None:
        """A step called ``name`` begins; ``total`` is its count of objects where known."""

    def advance(self, count: int = 1) -> None:
        """``count`` more objects of the current step are done."""


class SilentProgress:
    """A ``Progress`` that says nothing."""

    def step(self, name: str, total: int | None = None) -> None:
        """Ignore the step."""

    def advance(self, count: int = 1) -> None:
        """Ignore the count."""
