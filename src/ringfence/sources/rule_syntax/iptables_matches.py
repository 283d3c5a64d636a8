"""The matches of iptables as conditions; one that is not known is left open."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final, Literal

from ringfence.model.packet import DCCP, SCTP, TCP, UDP, UDP_LITE
from ringfence.model.rules import (
    AddressMatch,
    Condition,
    FamilyMatch,
    FragmentMatch,
    IcmpMatch,
    InterfaceMatch,
    NumberRange,
    PortMatch,
    ProtocolMatch,
    Side,
    StateMatch,
    TcpFlagsMatch,
    UnmodelledMatch,
)
from ringfence.sources.rule_syntax import names
from ringfence.sources.rule_syntax.ipset_matches import set_alternatives
from ringfence.sources.rule_syntax.ipsets import Sets
from ringfence.sources.rule_syntax.iptables_rule import BASIC, Option, Part
from ringfence.sources.rule_syntax.syntax import Family
from ringfence.sources.rule_syntax.values import (
    address_range,
    masked,
    number,
    number_range,
    prefix,
    single,
)

Conditions = tuple[Condition, ...]
Alternatives = list[Conditions]
"""Groups of conditions of which one has to hold."""

_PROTOCOLS: Final[Mapping[str, int]] = {
    "tcp": TCP,
    "udp": UDP,
    "udplite": UDP_LITE,
    "sctp": SCTP,
    "dccp": DCCP,
}
_PORT_SIDES: Final[Mapping[str, Side]] = {
    "--sport": "source",
    "--sports": "source",
    "--source-port": "source",
    "--source-ports": "source",
    "--dport": "destination",
    "--dports": "destination",
    "--destination-port": "destination",
    "--destination-ports": "destination",
}
_NO_SETS: Final[Sets] = MappingProxyType({})
_SYN: Final = TcpFlagsMatch(mask=23, value=2)


def alternatives(part: Part, family: Family, sets: Sets = _NO_SETS) -> Alternatives:
    """Return what a match demands: one group of conditions of these has to hold."""
    if part.name == "comment":
        return [()]
    if part.name == "set":
        of_set = set_alternatives(part, family, sets)
        # The reason stands beside what it says, since the line alone does not show it.
        return (
            [(UnmodelledMatch(text=f"{part} ({of_set})"),)] if isinstance(of_set, str) else of_set
        )
    read = _READERS.get(part.name)
    if read is None:
        return [(UnmodelledMatch(text=str(part)),)]
    found: Alternatives = [()]
    for option in part.options:
        groups = read(option, family) if len(option.values) or option.name in _ALONE else None
        if groups is None:
            text = str(option) if part.name == BASIC else f"-m {part.name} {option}"
            groups = [(UnmodelledMatch(text=text),)]
        found = [(*before, *group) for before in found for group in groups]
    if part.name in _PROTOCOLS:
        found = [(ProtocolMatch(protocols=(_PROTOCOLS[part.name],)), *group) for group in found]
    return found


_ALONE: Final = frozenset(("--syn", "--ipv4", "--ipv6", "--fragment"))


def _basic(  # noqa: PLR0911 (one return for each option)
    option: Option, family: Family
) -> Alternatives | None:
    one = option.values[0] if len(option.values) == 1 else ""
    match option.name:
        case "--source" | "--destination":
            text = _network(one, family)
            if text is None:
                return None
            side: Side = "source" if option.name == "--source" else "destination"
            return [(AddressMatch(side=side, ranges=(text,), negated=option.negated),)]
        case "--protocol":
            return _protocol(one, negated=option.negated)
        case "--in-interface" | "--out-interface":
            return _interface(option, one)
        case "--fragment" if family == 4:
            return [(FragmentMatch(kinds=("none", "first") if option.negated else ("later",)),)]
        case "--ipv4" | "--ipv6" if not option.negated:
            return [(FamilyMatch(family=4 if option.name == "--ipv4" else 6),)]
        case _:
            return None


def _network(text: str, family: Family) -> str | None:
    """Return ``10.0.0.0/8`` of an address alone, with a prefix length or with a mask."""
    address, slash, length = text.partition("/")
    if not slash:
        return single(address, family)
    if length.isascii() and length.isdigit():
        return prefix(address, int(length[:4]), family)
    return masked(address, length, family)


def _protocol(text: str, *, negated: bool) -> Alternatives | None:
    if text in {"all", "0"}:
        return [] if negated else [()]
    found = number(text, names.PROTOCOLS, 255)
    return None if found is None else [(ProtocolMatch(protocols=(found,), negated=negated),)]


def _interface(option: Option, name: str) -> Alternatives | None:
    if not name or "*" in name:
        return None
    # iptables ends a pattern with "+".
    pattern = f"{name[:-1]}*" if name.endswith("+") else name
    direction: Literal["in", "out"] = "in" if option.name == "--in-interface" else "out"
    return [(InterfaceMatch(direction=direction, names=(pattern,), negated=option.negated),)]


def _transport(option: Option, _: Family) -> Alternatives | None:
    side = _PORT_SIDES.get(option.name)
    if side is not None and len(option.values) == 1:
        ranges = _ports(option.values[0])
        if ranges is None:
            return None
        return [(PortMatch(side=side, ranges=ranges, negated=option.negated),)]
    if option.name == "--syn" and not option.values:
        return [(TcpFlagsMatch(mask=_SYN.mask, value=_SYN.value, negated=option.negated),)]
    if option.name == "--tcp-flags" and len(option.values) == 2:
        mask, value = (_flags(text) for text in option.values)
        if mask is not None and value is not None and not value & ~mask:
            return [(TcpFlagsMatch(mask=mask, value=value, negated=option.negated),)]
    return None


def _flags(text: str) -> int | None:
    if text in {"ALL", "NONE"}:
        return names.MODELLED_FLAGS if text == "ALL" else 0
    bits = 0
    for word in text.split(","):
        bit = names.TCP_FLAGS.get(word.lower(), 0)
        if not bit & names.MODELLED_FLAGS:
            return None
        bits |= bit
    return bits


def _multiport(option: Option, _: Family) -> Alternatives | None:
    ranges = _ports(option.values[0]) if len(option.values) == 1 else None
    if ranges is None:
        return None
    side = _PORT_SIDES.get(option.name)
    if side is not None:
        return [(PortMatch(side=side, ranges=ranges, negated=option.negated),)]
    if option.name not in {"--port", "--ports"}:
        return None
    both = [
        PortMatch(side=side, ranges=ranges, negated=option.negated)
        for side in ("source", "destination")
    ]
    # Either port is one of them; negated, neither is.
    return [tuple(both)] if option.negated else [(one,) for one in both]


def _ports(text: str) -> tuple[NumberRange, ...] | None:
    """Return the ports of ``22``, ``1024:2048``, ``:1023``, ``1024:`` or several with commas."""
    found = []
    for part in text.split(","):
        first, colon, last = part.partition(":")
        ends = [first or "0", (last or "65535") if colon else first]
        one = number_range({"range": ends}, {}, 65535)
        if one is None:
            return None
        found.append(one)
    return tuple(found)


def _icmp(option: Option, family: Family) -> Alternatives | None:
    table = names.ICMP_TYPES if family == 4 else names.ICMPV6_TYPES
    if option.name not in {"--icmp-type", "--icmpv6-type"} or len(option.values) != 1:
        return None
    kind, slash, code = option.values[0].partition("/")
    if kind in {"any", "255"} and family == 4 and not option.negated:
        return [(IcmpMatch(family=4, types=(NumberRange(0, 255),)),)]
    types = number_range(kind, table, 255)
    codes = number_range(code, {}, 255) if slash else None
    if types is None or (slash and codes is None):
        return None
    return [
        (
            IcmpMatch(
                family=family,
                types=(types,),
                codes=() if codes is None else (codes,),
                negated=option.negated,
            ),
        )
    ]


def _state(option: Option, _: Family) -> Alternatives | None:
    if option.name not in {"--state", "--ctstate"} or len(option.values) != 1:
        return None
    words = option.values[0].split(",")
    states = tuple(found for word in words if (found := names.state(word)) is not None)
    if len(states) != len(words):
        return None
    return [(StateMatch(states=states, negated=option.negated),)]


def _iprange(option: Option, family: Family) -> Alternatives | None:
    sides: Mapping[str, Side] = {"--src-range": "source", "--dst-range": "destination"}
    side = sides.get(option.name)
    if side is None or len(option.values) != 1:
        return None
    first, _, last = option.values[0].partition("-")
    text = address_range(first, last or first, family)
    if text is None:
        return None
    return [(AddressMatch(side=side, ranges=(text,), negated=option.negated),)]


_READERS: Final[Mapping[str, Callable[[Option, Family], Alternatives | None]]] = {
    BASIC: _basic,
    **dict.fromkeys(_PROTOCOLS, _transport),
    "multiport": _multiport,
    "icmp": _icmp,
    "icmp6": _icmp,
    "icmpv6": _icmp,
    "state": _state,
    "conntrack": _state,
    "iprange": _iprange,
}
