"""A workbook opened: its sheets as rows that are asked for their cells by the column's name."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ringfence.foundation.errors import SourceError
from ringfence.foundation.text import for_terminal
from ringfence.sources.rvtools.rows import Row
from ringfence.sources.rvtools.xlsx import (
    DAMAGED,
    Cell,
    TooLargeError,
    read_sheets,
    sheet_parts,
)

_SHEET: Final = "vInfo"
SHEETS: Final = frozenset(
    {
        "dvPort",
        "dvSwitch",
        "vCPU",
        "vCluster",
        "vHost",
        "vInfo",
        "vMemory",
        "vMetaData",
        "vNIC",
        "vNetwork",
        "vPort",
        "vRP",
        "vSC_VMK",
        "vSource",
        "vSwitch",
        "vTools",
    }
)
_ADVICE: Final = "Export it again with RVTools: File, Export all to Excel."


@dataclass(frozen=True)
class Workbook:
    """The sheets of a workbook by name; one that is absent has no rows."""

    path: Path
    sheets: dict[str, tuple[Row, ...]]

    def rows(self, sheet: str) -> tuple[Row, ...]:
        """Return the rows of a sheet below its headings."""
        return self.sheets.get(sheet, ())

    def has(self, sheet: str, column: str | None = None) -> bool:
        """Tell whether a sheet is there, with a column where one is asked for."""
        if sheet not in self.sheets:
            return False
        rows = self.sheets[sheet]
        return column is None or any(row.has(column) for row in rows[:1])


def recognises(path: Path) -> bool:
    """Tell whether a file is a workbook with RVTools' first sheet."""
    if path.suffix.lower() != ".xlsx" or not path.is_file():
        return False
    try:
        with zipfile.ZipFile(path) as archive:
            return _SHEET in _wanted(sheet_parts(archive))
    except (OSError, *DAMAGED):
        return False


def open_workbook(path: Path) -> Workbook:
    """Return the sheets of the workbook at ``path``.

    Raises ``SourceError`` where it cannot be opened, is damaged, asks for more than an inventory
    can need, or is no export of RVTools.
    """
    shown = for_terminal(str(path))
    try:
        with zipfile.ZipFile(path) as archive:
            wanted = _wanted(sheet_parts(archive))
            sheets = read_sheets(archive, wanted)
    except OSError as error:
        message = f"The workbook {shown} cannot be read: {error.strerror or error}."
        raise SourceError(message, "Name a file that you may read.") from error
    except TooLargeError as error:
        message = f"The workbook {shown} {error}; that is no inventory."
        raise SourceError(message, "Check where it is from.") from error
    except DAMAGED as error:
        message = f"{shown} is damaged, or no workbook (.xlsx): {for_terminal(str(error))}."
        raise SourceError(message, _ADVICE) from error
    if _SHEET not in sheets:
        message = f"The workbook {shown} has no sheet {_SHEET}; it is no export of RVTools."
        raise SourceError(message, _ADVICE)
    return Workbook(path, {name: tuple(_rows(cells)) for name, cells in sheets.items()})


def _wanted(parts: dict[str, str]) -> dict[str, str]:
    """Return the parts of the sheets that are read; before version 4 names began with "tab"."""
    return {
        sheet: part for name, part in parts.items() if (sheet := name.removeprefix("tab")) in SHEETS
    }


def _rows(cells: list[tuple[Cell, ...]]) -> Iterator[Row]:
    headings = [str(cell).strip().casefold() for cell in cells[0]] if cells else []
    # Of two headings that are alike, the first counts.
    columns = {heading: index for index, heading in reversed(list(enumerate(headings)))}
    for values in cells[1:]:
        yield Row(columns, values)
