"""Aliases of OPNsense and pfSense: networks and ports by name, also inside of each other."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from lxml import etree

from ringfence.foundation.errors import SourceError
from ringfence.model.rules import NumberRange
from ringfence.sources.rule_syntax.syntax import Family
from ringfence.sources.rule_syntax.values import address_range, number, prefix, single

_ADVICE: Final = "Correct the alias, or download the configuration again."
_OF_ADDRESSES: Final = frozenset(("host", "network", "networkgroup"))


@dataclass(frozen=True, slots=True)
class Ranges:
    """Addresses as text, or ports; ``open`` tells what of them is not known."""

    addresses: tuple[str, ...] = ()
    ports: tuple[NumberRange, ...] = ()
    open: str = ""


@dataclass(frozen=True, slots=True)
class Alias:
    """An alias as it is written: its kind, and its members in order."""

    name: str
    kind: str
    members: tuple[str, ...]
    line: int


@dataclass
class Aliases:
    """Aliases by name, looked up on demand, so that order does not matter."""

    file: str
    known: dict[str, Alias] = field(default_factory=dict)
    _found: dict[str, Ranges] = field(default_factory=dict)
    _under: list[str] = field(default_factory=list)

    def of(self, name: str) -> Ranges:
        """Return what an alias stands for; raises ``SourceError`` where it holds itself."""
        if name not in self.known:
            return Ranges(open=f"the alias {name} is not there")
        if name not in self._found:
            alias = self.known[name]
            if name in self._under:
                way = " → ".join([*self._under[self._under.index(name) :], name])
                message = f"{self.file}, line {alias.line}: the alias {name} holds itself: {way}."
                raise SourceError(message, _ADVICE)
            if len(self._under) > 100:
                message = f"{self.file}, line {alias.line}: aliases are nested too deep."
                raise SourceError(message, _ADVICE)
            self._under.append(name)
            self._found[name] = self._together(alias)
            self._under.pop()
        return self._found[name]

    def _together(self, alias: Alias) -> Ranges:
        if alias.kind == "port":
            parts = [self.ports(one) for one in alias.members]
        elif alias.kind in _OF_ADDRESSES:
            parts = [self.addresses(one) for one in alias.members]
        else:
            return Ranges(open=f"what the alias {alias.name} holds comes from elsewhere")
        return Ranges(
            tuple(dict.fromkeys(one for part in parts for one in part.addresses)),
            tuple(dict.fromkeys(one for part in parts for one in part.ports)),
            next((part.open for part in parts if part.open), ""),
        )

    def addresses(self, text: str) -> Ranges:
        """Return an address, network, range or alias; a name of DNS stays open."""
        if text in self.known:
            return self.of(text)
        family: Family = 6 if ":" in text else 4
        address, slash, length = text.partition("/")
        first, dash, last = text.partition("-")
        if slash:
            found = prefix(address, int(length[:4]), family) if length.isdecimal() else None
        elif dash:
            found = address_range(first.strip(), last.strip(), family)
        else:
            found = single(text, family)
        if found is None:
            return Ranges(open=f"{text} is no address")
        return Ranges(addresses=(found,))

    def ports(self, text: str) -> Ranges:
        """Return a port, a range of ports or an alias of them."""
        if text in self.known:
            return self.of(text)
        first, _, last = text.replace(":", "-").partition("-")
        ends = number(first, {}, 65535), number(last or first, {}, 65535)
        if ends[0] is None or ends[1] is None or ends[0] > ends[1]:
            return Ranges(open=f"{text} is no port")
        return Ranges(ports=(NumberRange(ends[0], ends[1]),))


def aliases_of(root: etree._Element, file: str) -> Aliases:
    """Return the aliases of a configuration, of either system."""
    return Aliases(file, {alias.name: alias for alias in _written(root)})


def _written(root: etree._Element) -> Iterator[Alias]:
    for one in root.iterfind("aliases/alias"):
        text = one.findtext("address") or ""
        if one.findtext("url") or one.find("aliasurl") is not None:
            text, kind = "", "url"
        else:
            kind = one.findtext("type") or ""
        yield _alias(one, kind, text.split())
    for one in root.iterfind("OPNsense/Firewall/Alias/aliases/alias"):
        enabled = (one.findtext("enabled") or "1") != "0"
        kind = (one.findtext("type") or "") if enabled else "off"
        yield _alias(one, kind, (one.findtext("content") or "").split())


def _alias(one: etree._Element, kind: str, members: list[str]) -> Alias:
    # Exceptions ("!10.0.0.1") would have to be taken out of the others.
    excepted = any(member.startswith("!") for member in members)
    return Alias(
        one.findtext("name") or "",
        "exceptions" if excepted else kind,
        tuple(members),
        one.sourceline or 0,
    )
