"""What a verb found, drawn on the terminal or written as JSON."""

from __future__ import annotations

from ringfence.cli.screen import Screen
from ringfence.operations.report import report
from ringfence.operations.result import Result
from ringfence.operations.view import view


def write_result(result: Result, screen: Screen, *, json: bool, full: bool = False) -> None:
    """Write ``result``: the whole of it as JSON, or as people read it."""
    if json:
        screen.write_document(report(result, "json"))
    else:
        screen.draw(view(result, full=full))
