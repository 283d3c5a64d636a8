"""The zone matrix in box characters, as wide as the console allows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from rich.box import SQUARE, Box
from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, RenderResult
from rich.table import Table
from rich.text import Text

from ringfence.policy.document import Policy
from ringfence.reach.results import Proof, Verdict
from ringfence.report.terminal.marks import STYLES, abbreviations, cut, marks, plain
from ringfence.report.view.matrix import MOST_BANDS, Cell, Matrix, matrix_of
from ringfence.report.view.wording import short_services

_LONGEST_NAME: Final = 18
_NARROWEST: Final = 3
_FRAME: Final = Box("┌──┐\n│  │\n├──┤\n│  │\n├──┤\n├──┤\n│  │\n└──┘\n")
"""A frame without lines between columns, for many zones."""


@dataclass(frozen=True, slots=True)
class MatrixView:
    """Draws the matrix of a proof, and below it the legend of what was shortened."""

    proof: Proof
    policy: Policy

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Yield the matrix with services, with marks in a grid, or with marks alone."""
        # In a narrow console zones fold sooner: no column may fall off its edge.
        most = min(MOST_BANDS, (options.max_width - 12) // 2)
        matrix = matrix_of(self.proof, self.policy, most)
        names = [plain(band.name, options) for band in matrix.bands]
        label = min(max(map(cell_len, names), default=4), _LONGEST_NAME)
        room = options.max_width - label - 4 - 3 * len(names)
        yield Text("from rows to columns, by trust, outside first", style="dim")
        for services in (True, False):
            contents = [
                [_cell(cell, options, services=services) for cell in line] for line in matrix.cells
            ]
            widths = _widths(names, contents, room)
            if widths:
                rows = abbreviations(names, [label] * len(names))
                columns = abbreviations(names, widths)
                yield _grid(rows, columns, contents)
                yield from _legend(matrix, options)
                yield from _shortened(rows, columns)
                return
        contents = [[_mark(cell, options) for cell in line] for line in matrix.cells]
        yield _dense(names, contents, options.max_width)
        yield from _legend(matrix, options)


def _widths(names: list[str], contents: list[list[Text]], room: int) -> list[int]:
    """Return a width for each column that holds its cells, names cut to what room is left.

    Empty where the cells do not fit.
    """
    needs = [
        max(_NARROWEST, *(cell.cell_len for cell in column))
        for column in zip(*contents, strict=True)
    ]
    for longest in range(max(map(cell_len, names), default=0), 0, -1):
        widths = [
            max(need, min(cell_len(name), longest)) for need, name in zip(needs, names, strict=True)
        ]
        if sum(widths) <= room:
            return widths
    return []


def _grid(rows: Mapping[str, str], columns: Mapping[str, str], contents: list[list[Text]]) -> Table:
    """Return a grid with a box around each cell."""
    table = Table(box=SQUARE, show_lines=True, padding=(0, 1))
    table.add_column("", no_wrap=True)
    for short in columns.values():
        table.add_column(Text(short), no_wrap=True, min_width=_NARROWEST)
    for short, cells in zip(rows.values(), contents, strict=True):
        table.add_row(Text(short, style="bold"), *cells)
    return table


def _dense(names: list[str], contents: list[list[Text]], width: int) -> Table:
    """Return a grid of marks alone, its columns numbered downwards like its rows."""
    digits = len(str(len(names)))
    room = max(width - 2 * len(names) - digits - 4, _NARROWEST)
    table = Table(box=_FRAME, padding=0, collapse_padding=True)
    table.add_column("", no_wrap=True)
    for number in range(1, len(names) + 1):
        table.add_column(Text("\n".join(f"{number:>{digits}}")), no_wrap=True)
    for number, (name, cells) in enumerate(zip(names, contents, strict=True), start=1):
        table.add_row(Text(f"{number:>{digits}} {cut(name, room)}"), *cells)
    return table


def _mark(cell: Cell, options: ConsoleOptions) -> Text:
    verdict = cell.verdict
    if verdict is None:
        return Text("." if options.ascii_only else "·", style="dim")
    return Text(marks(options)[verdict], style=STYLES[verdict])


def _cell(cell: Cell, options: ConsoleOptions, *, services: bool) -> Text:
    text = _mark(cell, options)
    if cell.stopped:
        text.append("!")
    if services and cell.declared:
        text.append(f" {short_services(cell.declared)}")
    return text


def _legend(matrix: Matrix, options: ConsoleOptions) -> RenderResult:
    """Yield the marks that occur, with their words."""
    shown = {cell.verdict for line in matrix.cells for cell in line}
    verdicts: tuple[Verdict, ...] = ("PROVED", "VIOLATED", "UNKNOWN")
    parts = [f"{marks(options)[verdict]} {verdict}" for verdict in verdicts if verdict in shown]
    if any(cell.stopped for line in matrix.cells for cell in line):
        parts.append("! a promised service cannot work")
    yield Text("  ".join(parts), style="dim")


def _shortened(rows: Mapping[str, str], columns: Mapping[str, str]) -> RenderResult:
    """Yield every name that a row or column shortens."""
    entries = [
        "=".join(dict.fromkeys((columns[name], rows[name], name)))
        for name in columns
        if {columns[name], rows[name]} != {name}
    ]
    if entries:
        yield Text("  ".join(entries), style="dim")
