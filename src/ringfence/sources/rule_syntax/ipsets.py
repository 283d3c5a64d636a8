"""``ipset save``: the sets of addresses, ports and interfaces that rules of iptables name.

Types and options are those of ipset(8). A set whose entries come and go (``timeout``), or that is
kept in a form not read here, is ``open``: whether a packet is in it is not known.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from ringfence.foundation.errors import SourceError
from ringfence.model.rules import NotUnderstood, NumberRange, ReadFile
from ringfence.sources.rule_syntax import names
from ringfence.sources.rule_syntax.syntax import Family, Reading, RuleSyntax
from ringfence.sources.rule_syntax.values import address_range, number, prefix, single
from ringfence.sources.rule_syntax.words import Word, words_of

_MADE_BY: Final = "ipset save"
_ADVICE: Final = f"Save the output of '{_MADE_BY}' as root again."
_KIND: Final = re.compile(r"(?:hash|bitmap|list):[a-z,]+")
_FIELDS: Final = frozenset(("ip", "net", "port", "iface"))
# Options that change nothing about what is in a set, with how many values follow.
_IDLE: Final[Mapping[str, int]] = {
    "hashsize": 1,
    "maxelem": 1,
    "bucketsize": 1,
    "initval": 1,
    "size": 1,
    "range": 1,
    "counters": 0,
    "comment": 0,
    "skbinfo": 0,
    "forceadd": 0,
}
_IDLE_ENTRY: Final[Mapping[str, int]] = {
    "packets": 1,
    "bytes": 1,
    "comment": 1,
    "skbmark": 1,
    "skbprio": 1,
    "skbqueue": 1,
}


@dataclass(frozen=True, slots=True)
class Ports:
    """The part ``port`` of an entry: a protocol with a port, or an ICMP type with its code.

    ``protocol`` is ``None`` for a port of TCP and of UDP alike.
    """

    protocol: int | None
    port: NumberRange | None = None
    icmp: tuple[int, int] | None = None


Field = str | Ports
"""An address, range or prefix as text, the name of an interface, or a port."""


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry: one value for each field of its set; ``excepted`` takes it out of a larger one."""

    fields: tuple[Field, ...]
    excepted: bool = False


@dataclass
class AddressSet:
    """A set: ``fields`` are what its type compares (``ip``, ``net``, ``port``, ``iface``).

    ``family`` is ``None`` for a set of ports alone. ``members`` are the sets in a ``list:set``.
    ``open`` says why what is in it is not known, if so.
    """

    name: str
    fields: tuple[str, ...]
    family: Family | None
    netmask: int | None = None
    entries: list[Entry] = field(default_factory=list)
    members: list[str] = field(default_factory=list)
    open: str = ""


Sets = Mapping[str, AddressSet]


def changed_by_packets(sets: Sets, changed: frozenset[str]) -> Sets:
    """Return the sets, with those ``changed`` by rules left open.

    What is added to a ``list:set`` is added to one of its members.
    """
    lists = [sets[name] for name in changed if name in sets]
    every = changed.union(*(one.members for one in lists))
    return {
        name: replace(one, open=f"packets change the set {name}") if name in every else one
        for name, one in sets.items()
    }


@dataclass
class _Reader:
    file: str
    sets: dict[str, AddressSet] = field(default_factory=dict)
    bounded: list[NotUnderstood] = field(default_factory=list)
    irrelevant: int = 0

    def read(self, text: str) -> Reading:
        lines = text.splitlines()
        for number_, line in enumerate(lines, 1):
            stripped = line.strip()
            if stripped and not stripped.startswith("#"):
                self._line(number_, stripped)
            else:
                self.irrelevant += 1
        self._refuse_missing()
        read = ReadFile(
            name=self.file,
            lines=len(lines),
            modelled=len(lines) - self.irrelevant - len(self.bounded),
            irrelevant=self.irrelevant,
            bounded=tuple(self.bounded),
        )
        return Reading(sets=self.sets, file=read)

    def _line(self, number_: int, line: str) -> None:
        words = words_of(line)
        if words is None:
            raise self._unexpected(number_, line, "a closing quotation mark")
        match [word.text for word in words[:3]]:
            case ["create" | "-N", name, kind] if _KIND.fullmatch(kind):
                if name in self.sets:
                    raise self._unexpected(number_, line, "a set that does not stand above")
                made = self.sets[name] = _created(name, kind, words[3:])
                why = made.open
            case ["add" | "-A", name, entry]:
                if name not in self.sets:
                    raise self._unexpected(number_, line, f"a line 'create {name} …' before it")
                why = self._added(self.sets[name], entry, words[3:], (number_, line))
            case _:
                raise self._unexpected(number_, line, "'create SET TYPE' or 'add SET ENTRY'")
        if why:
            self.bounded.append(NotUnderstood(line=number_, text=line, why=why))

    def _added(
        self, into: AddressSet, text: str, options: list[Word], where: tuple[int, str]
    ) -> str:
        """Add an entry; return why it is not understood, which leaves the set open."""
        if into.fields == ("set",):
            if text not in self.sets or self.sets[text].fields == ("set",):
                raise self._unexpected(*where, "a set of addresses or ports that stands above")
            into.members.append(text)
            return ""
        excepted, why = False, into.open
        for name, values in _options(options, _IDLE_ENTRY):
            if name == "nomatch":
                excepted = True
            elif name != "timeout" or values != ["0"]:
                why = why or f"entries with {name} are not known"
        if excepted and len(into.fields) > 1:
            why = why or "exceptions of sets that compare several fields are not read"
        found = None if why else _entry(into, text)
        if found is None:
            into.open = into.open or why or f"the entry {text} of the set is not understood"
            return into.open
        into.entries.append(Entry(found, excepted))
        return ""

    def _refuse_missing(self) -> None:
        if not self.sets:
            message = f"{self.file}: found no set, expected the output of '{_MADE_BY}'."
            raise SourceError(message, _ADVICE)

    def _unexpected(self, number_: int, line: str, expected: str) -> SourceError:
        found = line if len(line) <= 80 else f"{line[:79]}…"
        message = f"{self.file}, line {number_}: found {found!r}, expected {expected}."
        return SourceError(message, _ADVICE)


def _created(name: str, kind: str, options: list[Word]) -> AddressSet:
    fields = tuple(kind.partition(":")[2].split(","))
    family: Family | None = None if fields in {("port",), ("set",)} else 4
    why = "" if fields == ("set",) or _FIELDS.issuperset(fields) else f"sets of {kind} are not read"
    netmask = None
    for option, values in _options(options, _IDLE):
        if option == "family" and values in (["inet"], ["inet6"]):
            family = 4 if values == ["inet"] else 6
        elif option == "netmask" and values and values[0].isascii() and values[0].isdigit():
            netmask = int(values[0][:4])
        elif option == "timeout":
            why = why or "entries of the set come and go"
        else:
            why = why or f"sets with {option} are not known"
    return AddressSet(name, fields, family, netmask, open=why)


def _options(words: list[Word], idle: Mapping[str, int]) -> Iterator[tuple[str, list[str]]]:
    """Yield the options that are not idle, with the word that follows; they are ``KEY VALUE``."""
    position = 0
    while position < len(words):
        option = words[position].text
        position += 1
        if option in idle:
            position += idle[option]
        elif option == "nomatch":
            yield option, []
        else:
            yield option, [word.text for word in words[position : position + 1]]
            position += 1


def _entry(into: AddressSet, text: str) -> tuple[Field, ...] | None:
    parts = text.split(",")
    if len(parts) != len(into.fields):
        return None
    found: list[Field] = []
    for kind, part in zip(into.fields, parts, strict=True):
        value = _READERS[kind](part, into)
        if value is None:
            return None
        found.append(value)
    return tuple(found)


def _address(text: str, of: AddressSet) -> str | None:
    family = of.family or 4
    address, slash, length = text.partition("/")
    if slash:
        whole = length.isascii() and length.isdigit() and len(length) <= 3
        return prefix(address, int(length), family) if whole else None
    first, dash, last = text.partition("-")
    if dash:
        return None if of.netmask is not None else address_range(first, last, family)
    return single(text, family) if of.netmask is None else prefix(text, of.netmask, family)


def _port(text: str, of: AddressSet) -> Ports | None:
    name, colon, value = text.partition(":")
    if not colon:
        only = _range(text)
        return None if only is None else Ports(None if of.fields == ("port",) else 6, only)
    protocol = number(name, names.PROTOCOLS, 255)
    if protocol is None:
        return None
    if protocol in {1, 58}:
        return _icmp(protocol, value)
    if protocol in {6, 17, 132, 136}:
        ports = _range(value)
        return None if ports is None else Ports(protocol, ports)
    return Ports(protocol) if value == "0" else None


def _icmp(protocol: int, text: str) -> Ports | None:
    table = names.ICMP_TYPES if protocol == 1 else names.ICMPV6_TYPES
    kind, _, code = text.partition("/")
    numbers = number(kind, table, 255), number(code or "0", {}, 255)
    # A name stands for a type with its code 0; a number without a code is no form of ipset's.
    if numbers[0] is None or numbers[1] is None or (not code and kind not in table):
        return None
    return Ports(protocol, icmp=(numbers[0], numbers[1]))


def _range(text: str) -> NumberRange | None:
    first, dash, last = text.partition("-")
    ends = number(first, {}, 65535), number(last if dash else first, {}, 65535)
    if ends[0] is None or ends[1] is None or ends[0] > ends[1]:
        return None
    return NumberRange(ends[0], ends[1])


def _interface(text: str, _: AddressSet) -> str | None:
    return None if not text or ":" in text or "*" in text else text


_READERS: Final[Mapping[str, Callable[[str, AddressSet], Field | None]]] = {
    "ip": _address,
    "net": _address,
    "port": _port,
    "iface": _interface,
}


def _recognises(text: str) -> bool:
    lines = (line.strip() for line in text.splitlines())
    first = next((line for line in lines if line and not line.startswith("#")), "")
    words = first.split()
    return len(words) > 2 and words[0] in {"create", "-N"} and _KIND.fullmatch(words[2]) is not None


def _read(text: str, name: str) -> Reading:
    return _Reader(name).read(text)


SYNTAX: Final = RuleSyntax("ipsets", _MADE_BY, _recognises, _read)
