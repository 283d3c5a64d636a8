"""One rule of iptables-save: options grouped by the match or target that they belong to."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from ringfence.sources.rule_syntax.words import Word

BASIC: Final = "basic"
# Options of iptables itself, by their long name; how many values follow is one, or none.
_BASIC: Final = {
    "-s": "--source",
    "--src": "--source",
    "--source": "--source",
    "-d": "--destination",
    "--dst": "--destination",
    "--destination": "--destination",
    "-p": "--protocol",
    "--proto": "--protocol",
    "--protocol": "--protocol",
    "-i": "--in-interface",
    "--in-interface": "--in-interface",
    "-o": "--out-interface",
    "--out-interface": "--out-interface",
}
_FLAGS: Final = {"-f": "--fragment", "--fragment": "--fragment", "-4": "--ipv4", "-6": "--ipv6"}
_TARGETS: Final = {"-j": "jump", "--jump": "jump", "-g": "goto", "--goto": "goto"}


@dataclass(frozen=True, slots=True)
class Option:
    """An option with its values; ``negated`` by a ``!`` before it or before its value."""

    name: str
    values: tuple[str, ...]
    negated: bool = False

    def __str__(self) -> str:
        sign = "! " if self.negated else ""
        return " ".join((f"{sign}{self.name}", *self.values))


@dataclass
class Part:
    """A match (``-m name``) or the options of iptables itself, with everything said for it."""

    name: str
    options: list[Option] = field(default_factory=list)

    def __str__(self) -> str:
        return " ".join((f"-m {self.name}", *map(str, self.options)))


@dataclass
class ParsedRule:
    """A rule taken apart: its matches in order, and its target with the target's options."""

    parts: list[Part]
    action: str | None = None
    target: str = ""
    target_options: list[Option] = field(default_factory=list)


def parsed(words: list[Word]) -> ParsedRule:
    """Take the words after ``-A CHAIN`` apart. What is not an option belongs to the one before.

    Options of iptables itself and matches may stand behind the target, too.
    """
    basic = Part(BASIC)
    rule = ParsedRule([basic])
    current = basic.options
    for option in _options(words):
        if option.name in _TARGETS:
            rule.action = _TARGETS[option.name]
            rule.target = option.values[0] if option.values else ""
            current = rule.target_options
            _keep_rest(current, option)
        elif option.name in {"-m", "--match"}:
            part = Part(option.values[0] if option.values else "")
            rule.parts.append(part)
            current = part.options
            _keep_rest(current, option)
        elif option.name in _BASIC:
            basic.options.append(Option(_BASIC[option.name], option.values, option.negated))
        elif option.name in _FLAGS:
            basic.options.append(Option(_FLAGS[option.name], option.values, option.negated))
        else:
            current.append(option)
    return rule


def _keep_rest(options: list[Option], option: Option) -> None:
    """Keep what follows a name without being an option, so that nothing said is lost."""
    if len(option.values) > 1 or option.negated:
        options.append(Option("", option.values[1:], option.negated))


def _options(words: list[Word]) -> Iterator[Option]:
    name, values, negated, sign = "", list[str](), False, False
    for word in words:
        if word.text == "!" and not word.quoted:
            sign = True
        elif word.is_option:
            if name or values:
                yield Option(name, tuple(values), negated)
            name, values, negated, sign = word.text, [], sign, False
        else:
            # Old versions write "-s ! 10.0.0.0/8".
            negated, sign = negated or sign, False
            values.append(word.text)
    if name or values or sign:
        yield Option(name, tuple(values), negated or sign)
