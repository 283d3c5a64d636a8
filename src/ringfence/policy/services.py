"""Services as a policy writes them (``tcp/443``, ``icmp/8``, ``esp``), read into neutral terms."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final, Literal

from ringfence.foundation.errors import PolicyError
from ringfence.foundation.text import close_match
from ringfence.model.packet import ICMP, ICMPV6, PROTOCOL_NAMES, PROTOCOLS_WITH_PORTS
from ringfence.model.rules import NumberRange

ANY: Final = "any"
PROTOCOLS: Final[Mapping[str, int]] = {name: number for number, name in PROTOCOL_NAMES.items()}
_FAMILIES: Final[Mapping[int, Literal[4, 6]]] = {ICMP: 4, ICMPV6: 6}


@dataclass(frozen=True, slots=True, order=True)
class ServiceTerm:
    """Headers of one service: a protocol with destination ports, or ICMP types and codes.

    ``protocol`` is an IP protocol number, ``None`` for any; no ranges means all ports, types or
    codes. ``family`` is 4 for ICMP and 6 for ICMPv6; the others may have either.
    """

    protocol: int | None
    ports: tuple[NumberRange, ...] = ()
    icmp_types: tuple[NumberRange, ...] = ()
    icmp_codes: tuple[NumberRange, ...] = ()

    @property
    def family(self) -> Literal[4, 6] | None:
        """The only IP family that the protocol belongs to, ``None`` where it may be either."""
        return None if self.protocol is None else _FAMILIES.get(self.protocol)

    def __str__(self) -> str:
        """Return the term as a policy writes it."""
        if self.protocol is None:
            return ANY
        name = PROTOCOL_NAMES.get(self.protocol, str(self.protocol))
        parts = (name, *filter(None, map(_text, (self.ports, self.icmp_types, self.icmp_codes))))
        return "/".join(parts)


def service_term(text: str) -> ServiceTerm:
    """Return the term that ``text`` writes.

    ``any``; a protocol by name or number (``esp``, ``47``); ports after a protocol that has them
    (``tcp/443``, ``udp/53,123``, ``tcp/1024-65535``); an ICMP type and code (``icmp/8``,
    ``icmpv6/1/4``). Raises ``PolicyError`` for anything else.
    """
    name, *rest = text.strip().split("/")
    if name == ANY and not rest:
        return ServiceTerm(None)
    protocol = _protocol(name, text)
    if not rest:
        return ServiceTerm(protocol)
    if protocol in PROTOCOLS_WITH_PORTS and len(rest) == 1:
        return ServiceTerm(protocol, ports=_ranges(rest[0], 65535, "port", text))
    if protocol in _FAMILIES and len(rest) <= 2:
        types = _ranges(rest[0], 255, "ICMP type", text)
        codes = _ranges(rest[1], 255, "ICMP code", text) if len(rest) == 2 else ()
        return ServiceTerm(protocol, icmp_types=types, icmp_codes=codes)
    raise PolicyError(f'"{text}" has more after "{name}" than that protocol has; write "{name}"')


def service_terms(
    declared: Mapping[str, tuple[str, ...]], words: Iterable[str]
) -> tuple[ServiceTerm, ...]:
    """Return the terms of ``words``: each the name of a declared service, or written out.

    Terms are sorted and none is given twice. Raises ``PolicyError`` for a word that is neither.
    """
    terms = {service_term(text) for word in words for text in declared.get(word, (word,))}
    return tuple(sorted(terms, key=_order))


def _order(term: ServiceTerm) -> tuple[object, ...]:
    numbers = tuple(
        tuple((part.first, part.last) for part in ranges)
        for ranges in (term.ports, term.icmp_types, term.icmp_codes)
    )
    return (-1 if term.protocol is None else term.protocol, numbers)


def _protocol(name: str, text: str) -> int:
    number = PROTOCOLS.get(name)
    if number is None and name.isascii() and name.isdigit() and len(name) <= 3:
        number = int(name)
    if number is not None and number <= 255:
        return number
    near = close_match(name, PROTOCOLS)
    hint = f'; did you mean "{near}"' if near else ""
    raise PolicyError(
        f'"{text}" is neither a declared service nor a protocol such as tcp/443, udp/53, icmp, '
        f"esp or any{hint}"
    )


def _ranges(text: str, most: int, what: str, whole: str) -> tuple[NumberRange, ...]:
    ranges = []
    for part in text.split(","):
        first, dash, last = part.strip().partition("-")
        numbers = (first.strip(), last.strip() if dash else first.strip())
        if not all(n.isascii() and n.isdigit() and len(n) <= 5 for n in numbers):
            raise PolicyError(f'"{whole}" has "{part}" where a {what} from 0 to {most} is expected')
        low, high = int(numbers[0]), int(numbers[1])
        if high > most:
            raise PolicyError(f'"{whole}" has the {what} {high}, the highest is {most}')
        if low > high:
            raise PolicyError(f'"{whole}" has the range {low}-{high} the wrong way round')
        ranges.append(NumberRange(low, high))
    return tuple(sorted(ranges, key=lambda part: (part.first, part.last)))


def _text(ranges: tuple[NumberRange, ...]) -> str:
    return ",".join(
        str(part.first) if part.first == part.last else f"{part.first}-{part.last}"
        for part in ranges
    )
