"""A line of options as iptables-save writes it: words, some of them quoted."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Word:
    """A word of a line; a ``quoted`` one is never an option."""

    text: str
    quoted: bool = False

    @property
    def is_option(self) -> bool:
        """Whether it names an option rather than a value."""
        return not self.quoted and self.text.startswith("-") and len(self.text) > 1


def words_of(line: str) -> list[Word] | None:
    r"""Return the words of a line; ``None`` where a quotation does not end.

    In quotation marks, ``\"`` and ``\\`` stand for the character after the backslash.
    """
    if '"' not in line:
        return [Word(text) for text in line.split()]
    words: list[Word] = []
    position = 0
    while position < len(line):
        if line[position].isspace():
            position += 1
        elif line[position] == '"':
            text, position = _quoted(line, position + 1)
            if position < 0:
                return None
            words.append(Word(text, quoted=True))
        else:
            start = position
            while position < len(line) and not line[position].isspace():
                position += 1
            words.append(Word(line[start:position]))
    return words


def _quoted(line: str, position: int) -> tuple[str, int]:
    """Return the text up to the closing mark and the position after it, -1 where there is none."""
    text: list[str] = []
    while position < len(line):
        character = line[position]
        if character == '"':
            return "".join(text), position + 1
        if character == "\\" and position + 1 < len(line):
            position += 1
            character = line[position]
        text.append(character)
        position += 1
    return "", -1
