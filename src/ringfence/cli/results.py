"""What a verb found, on the terminal or as JSON."""

from __future__ import annotations

from ringfence.cli.screen import Screen
from ringfence.operations.report import report
from ringfence.operations.result import Result


def write_result(result: Result, screen: Screen, *, json: bool) -> None:
    """Write ``result``: the whole of it as JSON, or as people read it."""
    screen.write(report(result, "json" if json else "terminal"))
