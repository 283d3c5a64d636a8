"""Objects and object groups of a Cisco ASA: addresses, services, protocols and ICMP types."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import product
from typing import Final

from ringfence.foundation.errors import SourceError
from ringfence.model.packet import TCP, UDP
from ringfence.model.rules import (
    Condition,
    IcmpMatch,
    NumberRange,
    PortMatch,
    ProtocolMatch,
    Side,
)
from ringfence.sources.rule_syntax import asa_names
from ringfence.sources.rule_syntax.asa_text import Command, Words
from ringfence.sources.rule_syntax.made_rules import open_to
from ringfence.sources.rule_syntax.syntax import Family
from ringfence.sources.rule_syntax.values import address_range, masked, number, prefix, single

Conditions = tuple[Condition, ...]
_ADVICE: Final = "Correct the configuration, or save it from the running system again."
ZERO: Final = "0.0.0.0"  # noqa: S104 (an address in a rule)


@dataclass(frozen=True, slots=True)
class Addresses:
    """Ranges of addresses; ``open`` tells what of them is not known, such as a name of DNS."""

    ranges: tuple[str, ...] = ()
    open: str = ""


Services = tuple[Conditions, ...]
"""Groups of conditions of which one has to hold."""


@dataclass
class Objects:
    """What rules name: looked up on demand, so that order does not matter.

    ``addresses`` are those of interfaces, by their name.
    """

    file: str
    named: dict[str, str] = field(default_factory=dict)
    interfaces: dict[str, tuple[str, ...] | None] = field(default_factory=dict)
    commands: dict[tuple[str, str], list[Command]] = field(default_factory=dict)
    _addresses: dict[tuple[str, str], Addresses] = field(default_factory=dict)
    _services: dict[tuple[str, str], Services] = field(default_factory=dict)
    _under: list[tuple[str, str]] = field(default_factory=list)

    def add(self, command: Command) -> None:
        """Keep ``object KIND NAME`` or ``object-group KIND NAME``; one may come in parts."""
        key = (command.words[0], command.words[2])
        self.commands.setdefault(key, []).append(command)

    def host(self, text: str) -> str:
        """Return an address, where a ``name`` stands for one."""
        return self.named.get(text, text)

    def addresses(self, kind: str, name: str) -> Addresses:
        """Return what ``object`` or ``object-group`` holds; raises ``SourceError`` for a circle."""
        key = (kind, name)
        if key not in self._addresses:
            self._enter(key)
            parts = [self._member(each) for each in self._lines(key)]
            self._under.pop()
            ranges = tuple(dict.fromkeys(one for part in parts for one in part.ranges))
            open_ = next((part.open for part in parts if part.open), "")
            self._addresses[key] = Addresses(ranges, open_)
        return self._addresses[key]

    def services(self, kind: str, name: str, protocols: tuple[int, ...], side: Side) -> Services:
        """Return what a group of services, ports, protocols or ICMP types demands.

        Ports alone are of the ``protocols`` of the rule, at its ``side``.
        """
        key = (kind, name)
        self._enter(key)
        heads = {head for command in self.commands.get(key, ()) for head in command.words[3:4]}
        told = {"tcp": (TCP,), "udp": (UDP,), "tcp-udp": (TCP, UDP)}
        own = next((told[head] for head in heads if head in told), protocols)
        found: list[Conditions] = []
        for line in self._lines(key):
            found.extend(self._service(line, protocols or own, side))
        self._under.pop()
        return tuple(_together(found))

    def _lines(self, key: tuple[str, str]) -> Iterable[Command]:
        if key not in self.commands:
            yield Command(0, ("missing", key[1]))
        for command in self.commands.get(key, ()):
            yield from (
                line for line in command.below if line.words[0] not in {"description", "nat"}
            )

    def _enter(self, key: tuple[str, str]) -> None:
        if key in self._under:
            way = " → ".join(name for _, name in [*self._under[self._under.index(key) :], key])
            line = self.commands[key][0].line
            message = f"{self.file}, line {line}: the {key[0]} {key[1]} holds itself: {way}."
            raise SourceError(message, _ADVICE)
        if len(self._under) > 100:
            message = f"{self.file}: the {key[0]} {key[1]} is nested deeper than any system allows."
            raise SourceError(message, _ADVICE)
        self._under.append(key)

    def _member(self, line: Command) -> Addresses:
        words = Words(line.words)
        words.taken("network-object")
        found = self.one_address(words)
        if found is None or words.more:
            return Addresses(open=f"{line.text} is not known")
        return found

    def one_address(self, words: Words) -> Addresses | None:  # noqa: PLR0911 (a return for each)
        """Take an address in any form; ``None`` where it is in none that is known."""
        word = words.take()
        match word:
            case "host":
                return self._host(self.host(words.take()))
            case "subnet":
                return self.one_address(words)
            case "range":
                first, last = self.host(words.take()), self.host(words.take())
                found = address_range(first, last, 6 if ":" in first else 4)
                return None if found is None else Addresses((found,))
            case "object" | "object-group":
                return self.addresses(word, words.take())
            case "group-object":
                return self.addresses("object-group", words.take())
            case "interface":
                own = self.interfaces.get(words.take())
                return Addresses(open="an address by DHCP") if own is None else Addresses(own)
            case "fqdn":
                list(words.rest())
                return Addresses(open="a name of DNS stands for addresses that may change")
            case _ if "/" in word:
                address, _, length = word.partition("/")
                return self._prefix(address, int(length[:4])) if length.isdecimal() else None
            case _:
                return self._masked(self.host(word), words.take())

    @staticmethod
    def _host(address: str) -> Addresses | None:
        found = single(address, 6 if ":" in address else 4)
        return None if found is None else Addresses((found,))

    @staticmethod
    def _prefix(address: str, length: int) -> Addresses | None:
        found = prefix(address, length, 6 if ":" in address else 4)
        return None if found is None else Addresses((found,))

    @staticmethod
    def _masked(address: str, mask: str) -> Addresses | None:
        # A lone 0 stands for the whole of an address or a mask.
        address, mask = (ZERO if word == "0" else word for word in (address, mask))
        found = masked(address, mask, 4)
        return None if found is None else Addresses((found,))

    def _service(
        self, line: Command, protocols: tuple[int, ...], side: Side
    ) -> Iterable[Conditions]:
        words = Words(line.words)
        match words.take():
            case "port-object":
                ports = self.ports(words, side)
                yield (ProtocolMatch(protocols=protocols), ports) if ports else _open(line)
            case "protocol-object":
                found = protocol(words.take())
                yield found if found is not None else _open(line)
            case "icmp-object":
                yield icmp_match(words.take(), None, protocols[0] if protocols else 1) or _open(
                    line
                )
            case "group-object":
                yield from self.services("object-group", words.take(), protocols, side)
            case "service-object" if words.taken("object"):
                yield from self.services("object", words.take(), (), "destination")
            case "service-object" | "service":
                yield from self._full_service(line, words)
            case _:
                yield _open(line)

    def _full_service(self, line: Command, words: Words) -> Iterable[Conditions]:
        """Read ``tcp source range 1 9 destination eq https``, ``icmp echo``, ``tcp-udp …``."""
        name = words.take()
        found = (ProtocolMatch(protocols=(TCP, UDP)),) if name == "tcp-udp" else protocol(name)
        conditions = list(found or ())
        known = found is not None
        while known and words.more:
            if words.taken("source"):
                ports = self.ports(words, "source")
            elif words.taken("destination") or words.word in {"eq", "range", "lt", "gt", "neq"}:
                ports = self.ports(words, "destination")
            elif name in {"icmp", "icmp6"}:
                kind, code = words.take(), words.take()
                matched = icmp_match(kind, code or None, 1 if name == "icmp" else 58)
                known = matched is not None and not words.more
                conditions = list(matched or ())
                break
            else:
                ports = None
            known = ports is not None
            conditions += [ports] if ports else []
        yield tuple(conditions) if known else _open(line)

    def ports(self, words: Words, side: Side) -> PortMatch | None:
        """Take ``eq``, ``neq``, ``lt``, ``gt`` or ``range`` with ports; ``None`` otherwise."""
        operator = words.take()
        first = number(words.take(), asa_names.PORTS, 65535)
        last = number(words.take(), asa_names.PORTS, 65535) if operator == "range" else first
        if first is None or last is None:
            return None
        ends = {
            "eq": (first, first),
            "neq": (first, first),
            "lt": (0, first - 1),
            "gt": (first + 1, 65535),
            "range": (first, last),
        }.get(operator)
        if ends is None or ends[0] > ends[1]:
            return None
        return PortMatch(side=side, ranges=(NumberRange(*ends),), negated=operator == "neq")


def _together(services: list[Conditions]) -> Iterator[Conditions]:
    """Yield services, with all ports of the same protocol and side as one."""
    ports: dict[tuple[Condition, Side], list[NumberRange]] = {}
    for one in dict.fromkeys(services):
        match one:
            case (ProtocolMatch() as of, PortMatch(side=side, ranges=ranges, negated=False)):
                ports.setdefault((of, side), []).extend(ranges)
            case _:
                yield one
    for (protocols, at), every in ports.items():
        yield protocols, PortMatch(side=at, ranges=tuple(dict.fromkeys(every)))


def protocol(name: str) -> Conditions | None:
    """Return the condition of a protocol, none for ``ip``; ``None`` where it is not known."""
    if name == "ip":
        return ()
    found = number(name, asa_names.PROTOCOLS, 255)
    return None if found is None else (ProtocolMatch(protocols=(found,)),)


def icmp_match(kind: str, code: str | None, of: int) -> Conditions | None:
    """Return the condition of an ICMP type and code, by name or number."""
    table = asa_names.ICMP_TYPES if of == 1 else asa_names.ICMPV6_TYPES
    found = number(kind, table, 255)
    coded = None if code is None else number(code, {}, 255)
    if found is None or (code is not None and coded is None):
        return None
    codes = () if coded is None else (NumberRange(coded, coded),)
    types = (NumberRange(found, found),)
    family: Family = 4 if of == 1 else 6
    return (ProtocolMatch(protocols=(of,)), IcmpMatch(family=family, types=types, codes=codes))


def crossed(*groups: Services) -> Services:
    """Return every combination of one of each group, each condition once."""
    return tuple(
        tuple(dict.fromkeys(one for part in combined for one in part))
        for combined in product(*groups)
    )


def _open(line: Command) -> Conditions:
    return open_to(f"{line.text} is not known")
