"""A problem of a policy: where it stands, and one sentence on what was found and expected."""

from __future__ import annotations

from dataclasses import dataclass

from ringfence.foundation.text import close_match, for_terminal, listed

_LONGEST_SHOWN = 60


@dataclass(frozen=True, slots=True, order=True)
class Position:
    """A place in a policy file; lines and columns count from 1."""

    file: str
    line: int
    column: int

    def __str__(self) -> str:
        return f"{for_terminal(self.file)}:{self.line}:{self.column}"


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One mistake, or one thing worth knowing, with its position."""

    position: Position
    sentence: str

    def __str__(self) -> str:
        return f"{self.position}: {self.sentence}"


def shown(value: object) -> str:
    """Return a value as an error quotes it: short, on one line, nothing invisible."""
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, (list, tuple)):
        return "a list"
    if isinstance(value, dict):
        return "a mapping"
    text = str(value)
    if len(text) > _LONGEST_SHOWN:
        text = f"{text[:_LONGEST_SHOWN]}…"
    return f'"{for_terminal(text)}"' if isinstance(value, str) else for_terminal(text)


def unknown(what: str, word: str, allowed: tuple[str, ...], nothing: str = "") -> str:
    """Return the sentence for a word that is not among those allowed, with a close match.

    ``nothing`` is what is said where no word is allowed at all.
    """
    sentence = f"{shown(word)} is not {what}"
    if not allowed:
        return f"{sentence}; {nothing}." if nothing else f"{sentence}."
    near = close_match(word, allowed)
    if near is not None:
        sentence = f"{sentence}; did you mean {shown(near)}?"
        return f"{sentence} Allowed: {listed(map(for_terminal, allowed), most=12)}."
    return f"{sentence}; allowed: {listed(map(for_terminal, allowed), most=12)}."
