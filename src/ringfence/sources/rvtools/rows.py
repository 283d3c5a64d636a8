"""Cells of a row as facts: a column that is not there, or an empty cell, was not read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from ringfence.model.facts import Fact, NotRead

_TRUTHS: Final[Mapping[str, bool]] = {
    "true": True,
    "false": False,
    "yes": True,
    "no": False,
    "1": True,
    "0": False,
}
_LONGEST_SHOWN: Final = 40


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a sheet; ``columns`` are the places of its headings, in lower case."""

    columns: Mapping[str, int]
    values: tuple[Any, ...]

    def has(self, column: str) -> bool:
        """Tell whether the sheet has a column."""
        return column.casefold() in self.columns

    def text(self, column: str) -> str:
        """Return a cell as text without white space around it; ``""`` where there is none."""
        at = self.columns.get(column.casefold())
        value = self.values[at] if at is not None and at < len(self.values) else ""
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        return str(value).strip()

    def fact(self, column: str) -> Fact[str]:
        """Return a cell as text, or why there is none."""
        if not self.has(column):
            return _missing(f"the workbook has no column {column}")
        return self.text(column) or _missing(f"the workbook's cell {column} is empty")

    def number(self, column: str) -> Fact[int]:
        """Return a cell as a whole number."""
        text = self.fact(column)
        if isinstance(text, NotRead):
            return text
        digits = text.replace(",", "")
        if digits.removeprefix("-").isdecimal() and len(digits) <= 15:
            return int(digits)
        return _not_understood(column, text)

    def truth(self, column: str) -> Fact[bool]:
        """Return a cell as true or false."""
        text = self.fact(column)
        if isinstance(text, NotRead):
            return text
        known = _TRUTHS.get(text.casefold())
        return _not_understood(column, text) if known is None else known

    def words(self, column: str) -> Fact[tuple[str, ...]]:
        """Return a cell that lists words with commas between them."""
        text = self.fact(column)
        if isinstance(text, NotRead):
            return text
        return tuple(word.strip() for word in text.split(",") if word.strip())


def _missing(detail: str) -> NotRead:
    return NotRead(reason="not-collected", detail=detail)


def _not_understood(column: str, text: str) -> NotRead:
    shown = text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}…"
    return NotRead(reason="not-understood", detail=f'the workbook\'s {column} is "{shown}"')
