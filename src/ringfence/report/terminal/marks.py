"""Marks and styles of the terminal, and zone names made short enough for a column."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from rich.cells import cell_len, set_cell_size
from rich.console import ConsoleOptions

from ringfence.foundation.text import for_terminal
from ringfence.reach.results import Verdict

STYLES: Final[dict[Verdict, str]] = {
    "PROVED": "default",
    "VIOLATED": "bold red",
    "UNKNOWN": "bold yellow",
}
_MARKS: Final[dict[Verdict, str]] = {"PROVED": "✓", "VIOLATED": "✗", "UNKNOWN": "?"}
_PLAIN_MARKS: Final[dict[Verdict, str]] = {"PROVED": "+", "VIOLATED": "x", "UNKNOWN": "?"}
_PLAIN_CHARACTERS: Final = str.maketrans(
    {"→": "->", "…": "...", "–": "-", "•": "*", "≠": "!=", "’": "'"}
)


def marks(options: ConsoleOptions) -> dict[Verdict, str]:
    """Return the mark of each verdict, in ASCII where the console can show nothing else."""
    return _PLAIN_MARKS if options.ascii_only else _MARKS


def plain(text: str, options: ConsoleOptions) -> str:
    """Return safe ``text`` in what the console can show; characters it lacks become escapes."""
    safe = for_terminal(text)
    if not options.ascii_only or safe.isascii():
        return safe
    simple = safe.translate(_PLAIN_CHARACTERS)
    return simple.encode("ascii", "backslashreplace").decode()


def abbreviations(names: Iterable[str], widths: Iterable[int]) -> dict[str, str]:
    """Return a distinct short form for each name, of at most as many cells as its width.

    A name that fits stays as it is. Otherwise its beginning is tried, then its beginning and end
    around a tilde, and numbers last of all.
    """
    room = dict(zip(names, widths, strict=True))
    short = {word: word for word, width in room.items() if cell_len(word) <= width}
    taken = set(short)
    for word, width in room.items():
        if word in short:
            continue
        chosen = next((each for each in _candidates(word, width) if each not in taken), "")
        number = 1
        while not chosen or chosen in taken:
            tail = str(number)
            chosen = cut(word, max(width - len(tail), 0)) + tail
            number += 1
        taken.add(chosen)
        short[word] = chosen
    return {word: short[word] for word in room}


def cut(word: str, width: int) -> str:
    """Return the beginning of a word that fills at most ``width`` cells."""
    return set_cell_size(word, width).rstrip() if cell_len(word) > width else word


def _candidates(word: str, width: int) -> Iterator[str]:
    yield cut(word, width)
    for tail in range(2, width - 1):
        yield f"{cut(word, width - tail - 1)}~{word[-tail:]}"
