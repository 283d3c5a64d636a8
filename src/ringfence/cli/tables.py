"""A table as text: aligned columns, wrapped to the terminal, as long as needed in a pipe."""

from __future__ import annotations

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
        screen.draw(_grid(table), width=None if screen.output.isatty() else _IN_A_PIPE)


def _grid(table: Table) -> Grid:
    grid = Grid(box=None, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0))
    for number, heading in enumerate(table.columns.values()):
        numbers = all(type(row[number]) is int for row in table.rows)
        grid.add_column(heading, justify="right" if numbers else "left", overflow="fold")
    for row in table.rows:
        grid.add_row(*map(_cell, row))
    return grid


def _cell(value: Value) -> Text:
    match value:
        case NotRead(reason=reason):
            return Text(f"not read: {reason}", style="yellow")
        case None | () | "":
            return Text("-", style="dim")
        case bool():
            return Text("yes" if value else "no")
        case tuple():
            return Text(", ".join(map(for_terminal, value)))
        case _:
            return Text(for_terminal(str(value)))
