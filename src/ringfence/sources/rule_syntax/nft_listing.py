"""``nft list ruleset``: the listing that people keep, read into the objects of ``nft -j``.

The notation is that of nft(8). Both forms then go the same way.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any, Final

from ringfence.foundation.errors import SourceError
from ringfence.sources.rule_syntax.accounting import accounted, comments
from ringfence.sources.rule_syntax.nft_phrases import statements
from ringfence.sources.rule_syntax.nft_tokens import PhraseError, Words, tokens
from ringfence.sources.rule_syntax.nft_values import elements
from ringfence.sources.rule_syntax.nftables import reading_of
from ringfence.sources.rule_syntax.reachable import reachable_chains
from ringfence.sources.rule_syntax.syntax import Reading, RuleSyntax

_MADE_BY: Final = "nft list ruleset"
_ADVICE: Final = f"Save the output of '{_MADE_BY}' as root again."
_SET_FLAGS: Final = frozenset(("constant", "dynamic", "interval", "timeout"))
_FAMILIES: Final = frozenset(("ip", "ip6", "inet", "arp", "bridge", "netdev"))
_PRIORITIES: Final = {
    "raw": -300,
    "mangle": -150,
    "dstnat": -100,
    "filter": 0,
    "security": 50,
    "srcnat": 100,
}
_BRIDGE_PRIORITIES: Final = {"dstnat": -300, "filter": -200, "out": 100, "srcnat": 300}
_START: Final = re.compile(r"\s*(?:#[^\n]*\n\s*)*table (?:\w+ )?\S+ \{")


class _Listing:
    """Reads a listing into objects as ``nft -j`` would list them, each with its line."""

    def __init__(self, text: str, file: str) -> None:
        self._words = Words(list(tokens(text)))
        self._file = file
        self.objects: list[dict[str, Any]] = []

    def read(self) -> None:
        while self._words.more:
            if not self._words.taken("\n"):
                self._table()

    def _table(self) -> None:
        self._expect("table")
        family = self._words.take().text if self._words.word in _FAMILIES else "ip"
        table: dict[str, Any] = {"family": family, "name": self._name()}
        self.objects.append({"table": table})
        self._open()
        while not self._words.taken("}"):
            match self._words.word:
                case "\n":
                    self._words.take()
                case "flags":
                    self._words.take()
                    table["flags"] = self._flags()
                case "comment":
                    self._words.line_of_words()
                case "chain":
                    self._words.take()
                    self._chain(family, table["name"])
                case "set" | "map":
                    self._set(self._words.take().text, family, table["name"])
                case _:
                    self._other()

    def _other(self) -> None:
        """Pass by a counter, helper, limit or flow table: rules name them where they matter."""
        if not re.fullmatch(r"[a-z]+", self._words.word):
            raise self._unexpected("a chain, a set or the end of the table")
        start = self._words.token
        while self._words.word not in {"{", "\n", ""}:
            self._words.take()
        self._open()
        depth = 1
        while depth:
            if not self._words.more:
                raise self._cut_off(start.line if start else 0)
            token = self._words.take()
            depth += 0 if token.quoted else (token.text == "{") - (token.text == "}")

    def _set(self, kind: str, family: str, table: str) -> None:
        found: dict[str, Any] = {"family": family, "table": table, "name": self._name()}
        self.objects.append({kind: found})
        self._open()
        while not self._words.taken("}"):
            word = self._words.word
            if not self._words.more:
                raise self._cut_off()
            if word == "flags":
                self._words.take()
                found["flags"] = self._flags()
                if not _SET_FLAGS.issuperset(found["flags"]):
                    # Something else stands in the line, which would be lost.
                    found["timeout"] = True
            elif word == "elements":
                self._words.take()
                line = self._words.line_of_words()
                try:
                    line.expect("=", "{")
                    found["elem"] = elements(line)
                    while line.more:
                        line.expect(";")
                except PhraseError:
                    # What is in it is not known: as if packets could change it.
                    found["timeout"] = True
            elif word in {"timeout", "limit", "quota", "ct"}:
                found["timeout"] = True
                self._words.line_of_words()
            else:
                self._words.take()

    def _chain(self, family: str, table: str) -> None:
        name = self._name()
        chain: dict[str, Any] = {"family": family, "table": table, "name": name}
        self.objects.append({"chain": chain})
        self._open()
        while not self._words.taken("}"):
            token = self._words.token
            if token is None:
                raise self._cut_off()
            line = self._words.line_of_words()
            if line.word == "type" and line.after(2) == "hook":
                self._base(chain, line, token.line)
            elif line.word == "comment" or not line.more:
                continue
            else:
                found, comment = statements(line, family)
                rule = {"family": family, "table": table, "chain": name, "expr": found}
                self.objects.append({"rule": {**rule, "comment": comment, "line": token.line}})

    def _base(self, chain: dict[str, Any], line: Words, number: int) -> None:
        """Read ``type filter hook forward priority filter + 10; policy drop;``."""
        try:
            line.expect("type")
            chain["type"] = line.take().text
            line.expect("hook")
            chain["hook"] = line.take().text
            while line.word != "priority":
                line.take()
            line.expect("priority")
            chain["prio"] = _priority(line, chain["family"])
            while line.more:
                if line.taken("policy"):
                    chain["policy"] = line.take().text
                else:
                    # A rule that follows in the same line must not be lost.
                    line.expect(";")
        except (PhraseError, ValueError) as error:
            message = f"{self._file}, line {number}: found no hook, priority and policy of a chain."
            raise SourceError(message, _ADVICE) from error

    def _flags(self) -> list[str]:
        line = self._words.line_of_words()
        return [word for word in line.rest().split() if word not in {",", ";"}]

    def _name(self) -> str:
        if not self._words.more or self._words.word in {"{", "}", "\n"}:
            raise self._unexpected("a name")
        return self._words.take().text

    def _open(self) -> None:
        self._expect("{")

    def _expect(self, word: str) -> None:
        if not self._words.taken(word):
            raise self._unexpected(f"'{word}'")

    def _unexpected(self, expected: str) -> SourceError:
        token = self._words.token
        if token is None:
            return self._cut_off()
        message = f"{self._file}, line {token.line}: found {token.text!r}, expected {expected}."
        return SourceError(message, _ADVICE)

    def _cut_off(self, line: int = 0) -> SourceError:
        begun = f" that begins in line {line}" if line else ""
        message = f"{self._file} ends inside of a block{begun}: its '}}' is missing."
        return SourceError(message, f"The file was cut off. {_ADVICE}")


def _priority(line: Words, family: str) -> int:
    word = line.take().text.rstrip(";")
    named = _PRIORITIES | _BRIDGE_PRIORITIES if family == "bridge" else _PRIORITIES
    base = named[word] if word in named else int(word)
    if line.word in {"+", "-"}:
        sign = 1 if line.take().text == "+" else -1
        base += sign * int(line.take().text)
    return base


def _recognises(text: str) -> bool:
    return _START.match(text) is not None


def _read(text: str, name: str) -> Reading:
    listing = _Listing(text, name)
    listing.read()
    found = reading_of(listing.objects, name)
    met = reachable_chains(found.chains)
    idle = comments(text)
    for chain in found.chains:
        if chain.id not in met:
            idle |= {rule.line for rule in chain.rules if rule.line is not None}
    notes = [note for note in found.not_understood if note.line is not None]
    lines = accounted(name, text, [one for one in found.chains if one.id in met], notes, idle)
    return replace(found, file=lines)


SYNTAX: Final = RuleSyntax("nftables-listing", _MADE_BY, _recognises, _read)
