"""The lines of a Cisco ASA's configuration: commands, and what is indented below them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field


@dataclass
class Command:
    """A line as words, where it stands, and the lines that are indented below it."""

    line: int
    words: tuple[str, ...]
    below: list[Command] = field(default_factory=list)

    @property
    def text(self) -> str:
        """The line, with one space between its words."""
        return " ".join(self.words)

    def starts(self, *words: str) -> bool:
        """Tell whether the line begins with these words."""
        return self.words[: len(words)] == words


def commands(text: str) -> list[Command]:
    """Return the commands of a configuration; comments and blank lines are left out."""
    found: list[Command] = []
    for number, line in enumerate(text.splitlines(), 1):
        words = tuple(line.split())
        if not words or words[0][0] in "!:":
            continue
        if line[0] == " " and found:
            found[-1].below.append(Command(number, words))
        else:
            found.append(Command(number, words))
    return found


class Words:
    """The words of a line with a place among them; past the end every word is empty."""

    def __init__(self, words: tuple[str, ...]) -> None:
        self._words = words
        self.place = 0

    @property
    def word(self) -> str:
        """The next word."""
        return self._words[self.place] if self.place < len(self._words) else ""

    @property
    def more(self) -> bool:
        """Whether anything follows."""
        return self.place < len(self._words)

    def take(self) -> str:
        """Take the next word, empty past the end."""
        word = self.word
        self.place += 1
        return word

    def taken(self, *words: str) -> bool:
        """Take the words, where they follow."""
        if self._words[self.place : self.place + len(words)] != words:
            return False
        self.place += len(words)
        return True

    def rest(self) -> Iterator[str]:
        """Take what is left."""
        while self.more:
            yield self.take()
