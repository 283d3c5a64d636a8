"""The commands that the documentation shows, as something that can be run.

A block of ``console`` holds commands (``$ ringfence prove ...``, continued by a backslash) and some
of what they print. It runs in a fresh folder with the project's examples as ``./examples``.

- Printed lines that are shown must come in this order; ``…`` stands for what differs or is left
  out. A command must exit with 0, unless ``$ echo $?`` follows and shows another number.
- ``<!-- continues -->`` above a block: it goes on in the folder of the block before it.
- ``<!-- run-by: tests/platform/test_x.py (why) -->`` above a block: it needs more than a folder,
  a server or a make target; the test named runs it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

RUN_BY = re.compile(r"<!--\s*run-by:\s*(?P<test>\S+)\s+\((?P<why>[^)]+)\)\s*-->")
CONTINUES = re.compile(r"<!--\s*continues\s*-->")
FENCE = re.compile(r"^(?P<indent> *)```console *$")


@dataclass(frozen=True)
class Command:
    """One command, the lines shown below it, and the exit code that the page promises."""

    line: int
    text: str
    shown: tuple[str, ...]
    exit_code: int = 0


@dataclass(frozen=True)
class Block:
    """The commands of one block, and the test that runs them where this one cannot."""

    page: str
    line: int
    commands: tuple[Command, ...]
    run_by: str | None = None
    continues: bool = False


def blocks_of(path: Path, name: str) -> list[Block]:
    """Every console block of a page, in order."""
    lines = path.read_text(encoding="utf-8").splitlines()
    found = []
    number = 0
    while number < len(lines):
        fence = FENCE.match(lines[number])
        if fence:
            end = lines.index(f"{fence['indent']}```", number + 1)
            marker = _text_above(lines, number)
            by = RUN_BY.search(marker)
            body = [line.removeprefix(fence["indent"]) for line in lines[number + 1 : end]]
            found.append(
                Block(
                    page=name,
                    line=number + 1,
                    commands=tuple(_commands(body, number + 2)),
                    run_by=by["test"] if by else None,
                    continues=bool(CONTINUES.search(marker)),
                )
            )
            number = end
        number += 1
    return found


def chains(blocks: list[Block]) -> list[list[Block]]:
    """Blocks grouped by the folder that they share."""
    grouped: list[list[Block]] = []
    for block in blocks:
        if block.continues and grouped:
            grouped[-1].append(block)
        else:
            grouped.append([block])
    return grouped


def missing_lines(shown: tuple[str, ...], printed: str) -> list[str]:
    """The shown lines that are not printed, or not in their order."""
    rest = iter([line.strip() for line in printed.splitlines()])
    wanted = [line for line in shown if line.strip(" …")]
    return [line for line in wanted if not any(map(_as_pattern(line).fullmatch, rest))]


def _as_pattern(line: str) -> re.Pattern[str]:
    return re.compile(".*".join(re.escape(part) for part in line.strip().split("…")))


def _text_above(lines: list[str], number: int) -> str:
    above = number - 1
    while above >= 0 and not lines[above].strip():
        above -= 1
    return lines[above] if above >= 0 else ""


def _commands(body: list[str], first_line: int) -> list[Command]:
    found: list[Command] = []
    number = 0
    while number < len(body):
        start = number
        text = body[number]
        while text.endswith("\\") and number + 1 < len(body):
            number += 1
            text = f"{text[:-1].rstrip()} {body[number].strip()}"
        number += 1
        shown = []
        while number < len(body) and not body[number].startswith("$ "):
            shown.append(body[number])
            number += 1
        if text == "$ echo $?" and found:
            last = found.pop()
            found.append(Command(last.line, last.text, last.shown, int(shown[0])))
        else:
            found.append(Command(first_line + start, text.removeprefix("$ "), tuple(shown)))
    return found
