"""The words of ``nft list ruleset``, with the line that each stands in."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

_TOKEN: Final = re.compile(r'"[^"\n]*"|[{}();]|,|[^\s"{}();,]+|"')
_OPEN: Final = frozenset("({")


@dataclass(frozen=True, slots=True)
class Token:
    """A word, a mark or a ``quoted`` text; ``line`` counts from 1."""

    text: str
    line: int
    quoted: bool = False


def tokens(text: str) -> Iterator[Token]:
    """Yield the tokens of a listing, the end of each line too; what follows ``#`` is left out."""
    for number, line in enumerate(text.splitlines(), 1):
        found = False
        for one in _TOKEN.findall(line):
            if one.startswith("#"):
                break
            found = True
            quoted = len(one) > 1 and one[0] == '"'
            yield Token(one[1:-1] if quoted else one, number, quoted)
        if found:
            yield Token("\n", number)


class Words:
    """Tokens with a place in them; past the end every word is empty."""

    def __init__(self, found: list[Token]) -> None:
        self._found = found
        self.place = 0

    @property
    def more(self) -> bool:
        """Whether anything follows."""
        return self.place < len(self._found)

    @property
    def word(self) -> str:
        """The next word, empty where it is a quoted text or there is none."""
        token = self.token
        return "" if token is None or token.quoted else token.text

    @property
    def token(self) -> Token | None:
        """The next token."""
        return self._found[self.place] if self.more else None

    def after(self, places: int) -> str:
        """Return a word further on."""
        place = self.place + places
        if place >= len(self._found) or self._found[place].quoted:
            return ""
        return self._found[place].text

    def take(self) -> Token:
        """Take the next token; raises ``PhraseError`` where there is none."""
        if not self.more:
            raise PhraseError
        self.place += 1
        return self._found[self.place - 1]

    def taken(self, *words: str) -> bool:
        """Take the words, where they are what follows."""
        if any(self.after(number) != word for number, word in enumerate(words)):
            return False
        self.place += len(words)
        return True

    def expect(self, *words: str) -> None:
        """Take the words; raises ``PhraseError`` where something else follows."""
        if not self.taken(*words):
            raise PhraseError

    def rest(self) -> str:
        """Return what follows, as text, and take it."""
        found = self._found[self.place :]
        self.place = len(self._found)
        return " ".join(f'"{one.text}"' if one.quoted else one.text for one in found)

    def line_of_words(self) -> Words:
        """Take what is left of a line, with what braces hold together on lines behind it."""
        start, depth = self.place, 0
        while self.more:
            token = self._found[self.place]
            mark = "" if token.quoted else token.text
            if depth == 0 and mark in {"\n", "}"}:
                break
            depth += (mark in _OPEN) - (mark in {")", "}"})
            self.place += 1
        inside = [one for one in self._found[start : self.place] if one.quoted or one.text != "\n"]
        self.taken("\n")
        return Words(inside)


class PhraseError(Exception):
    """What follows is in no form that is known."""
