"""Write docs/reference/benchmarks.md from the lines of JSON that ``make bench`` prints.

``make bench > lines.jsonl; python tools/benchmark_page.py lines.jsonl`` puts the lines' values into
the table; rows of which there is no line keep what they had. What stands below the table is kept.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

PAGE = Path(__file__).resolve().parents[1] / "docs" / "reference" / "benchmarks.md"
START, END = "<!-- results begin -->\n", "<!-- results end -->\n"
HEAD = (
    "| name | value | bar | memory | reference | holds |\n| --- | --- | --- | --- | --- | --- |\n"
)


def row(told: dict[str, Any]) -> str:
    """Return one value as a row of the table."""

    def shown(key: str, unit: str = "") -> str:
        value = told.get(key)
        return "" if value is None else f"{value:g} {unit}".strip()

    unit = told["unit"]
    judged = told["bar"] is not None or told["ratio"] is not None
    holds = ("yes" if told["holds"] else "**no**") if judged else ""
    compared = shown("reference", unit)
    if told["ratio"] is not None:
        compared += f" ({told['ratio']:g} times)"
    cells = (
        f"`{told['name']}`",
        shown("value", unit),
        shown("bar", unit),
        shown("peak_mb", "MB"),
        compared,
        holds,
    )
    return f"| {' | '.join(cells)} |\n"


def page(before: str, lines: list[str]) -> str:
    """Return the page with the rows of some lines of JSON put in."""
    top, _, rest = before.partition(START)
    table, _, bottom = rest.partition(END)
    rows = {line.split("`")[1]: f"{line}\n" for line in table.splitlines() if "`" in line}
    for line in lines:
        if line.startswith("{"):
            told = json.loads(line)
            rows[told["name"]] = row(told)
    return f"{top}{START}{HEAD}{''.join(rows[name] for name in sorted(rows))}{END}{bottom}"


def main(arguments: list[str]) -> int:
    """Put the lines of the files, or of standard input, into the page."""
    texts = [Path(name).read_text("utf-8") for name in arguments] or [sys.stdin.read()]
    lines = [line for text in texts for line in text.splitlines()]
    PAGE.write_text(page(PAGE.read_text("utf-8"), lines), "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
