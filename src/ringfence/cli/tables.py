"""A table as text: aligned columns, wrapped to the terminal, as long as needed in a pipe."""

from __future__ import annotations

import io

from rich.console import Console
from rich.table import Table as Grid
from rich.text import Text

from ringfence.cli.screen import Screen
from ringfence.foundation.text import for_terminal
from ringfence.model.facts import NotRead
from ringfence.operations.table import Table, Value

_IN_A_PIPE = 10_000


def write_table(table: Table, screen: Screen) -> None:
    """Write the note of ``table`` and its rows; what was not read is said so, never left empty."""
    screen.write(table.note)
    if table.rows:
        screen.write("")
        screen.write(_text(table, screen))


def _text(table: Table, screen: Screen) -> str:
    grid = Grid(box=None, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0))
    for heading in table.columns.values():
        numbers = all(type(row[len(grid.columns)]) is int for row in table.rows)
        grid.add_column(heading, justify="right" if numbers else "left", overflow="fold")
    for row in table.rows:
        grid.add_row(*(_cell(value, screen.unicode) for value in row))
    drawn = io.StringIO()
    console = Console(
        file=drawn,
        width=screen.width or _IN_A_PIPE,
        force_terminal=screen.colour,
        no_color=not screen.colour,
        highlight=False,
        emoji=False,
    )
    console.print(grid)
    return "\n".join(line.rstrip() for line in drawn.getvalue().splitlines())


def _cell(value: Value, unicode: bool) -> Text:  # noqa: FBT001 (what the locale has, never chosen)
    match value:
        case NotRead(reason=reason):
            return Text(f"not read: {reason}", style="yellow")
        case None | () | "":
            return Text("–" if unicode else "-", style="dim")
        case bool():
            return Text("yes" if value else "no")
        case tuple():
            return Text(", ".join(for_terminal(item) for item in value))
        case _:
            return Text(for_terminal(str(value)))
