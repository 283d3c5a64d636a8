"""What a rule for frames asks of an IP packet, as conditions, and what all other packets are."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator, Mapping
from typing import Final, Literal

from ringfence.model.packet import FRAGMENTS
from ringfence.model.rules import (
    AddressMatch,
    Condition,
    FamilyMatch,
    FragmentMatch,
    NumberRange,
    PortMatch,
    ProtocolMatch,
    Side,
    UnmodelledMatch,
)
from ringfence.sources.linux.frame_rules import FrameRule
from ringfence.sources.rule_syntax import names

Conditions = tuple[Condition, ...]
IP: Final[Mapping[int, Literal[4, 6]]] = {0x0800: 4, 0x86DD: 6}
ARP: Final = 0x0806
TAGGED: Final = (0x8100, 0x88A8)
_ETHERTYPES: Final[Mapping[str, int]] = {
    "IPV4": 0x0800,
    "IPV6": 0x86DD,
    "ARP": ARP,
    "RARP": 0x8035,
    "802_1Q": TAGGED[0],
    "802_1AD": TAGGED[1],
}
_SIDES: Final[Mapping[str, Side]] = {
    "sport": "source",
    "dport": "destination",
}
_HIGHEST_PORT: Final = 65535
_HIGHEST_PROTOCOL: Final = 255
_NOT_LATER: Final = FragmentMatch(kinds=("none", "first"))
BETWEEN: Final = ProtocolMatch(protocols=(0, 43, 44, 51, 59, 60))
"""Headers between that of IPv6 and its protocol, which the kernel skips (``ipv6_ext_hdr``)."""


def ethertype(text: str) -> int | None:
    """Return the number of an EtherType, ``None`` for a name that is not known."""
    if text.upper() in _ETHERTYPES:
        return _ETHERTYPES[text.upper()]
    try:
        return int(text, 16)
    except ValueError:
        return None


def conditions_of(rule: FrameRule, own: str) -> Conditions | None:
    """Return what a rule asks of an IP packet, ``None`` where it is about other frames only.

    ``own`` is the MAC address of the machine that sends it as itself, "" for what others send.
    """
    found: list[Condition] = []
    for option, value in rule.options.items():
        if own and option == "-s" and value.lower() == own:
            continue
        kind = ethertype(value) if option == "-p" else None
        if kind is not None and kind not in IP:
            return None
        condition = _condition(option, value) if kind is None else FamilyMatch(family=IP[kind])
        found.append(condition or UnmodelledMatch(text=f"{option} {value}"))
        if isinstance(condition, ProtocolMatch) and option.startswith("--ip6-"):
            # Of a later fragment of IPv6 the kernel sees no protocol but that of fragments.
            found.append(_NOT_LATER)
        if isinstance(condition, AddressMatch):
            found.append(FamilyMatch(family=6 if ":" in condition.ranges[0] else 4))
    found.extend(UnmodelledMatch(text=text) for text in rule.open)
    return tuple(dict.fromkeys(found))


def _condition(option: str, value: str) -> Condition | None:
    kind, _, field = option.removeprefix("--").partition("-")
    if kind not in {"ip", "ip6"}:
        return None
    match field:
        case "src" | "dst" | "source" | "destination":
            return _address("source" if field.startswith("s") else "destination", value)
        case "proto" | "protocol":
            number = names.PROTOCOLS.get(value.lower())
            number = int(value) if number is None and value.isdecimal() else number
            # Behind the headers between, the kernel looks for another; so they are never it.
            hidden = kind == "ip6" and number in BETWEEN.protocols
            known = number is not None and number <= _HIGHEST_PROTOCOL and not hidden
            return ProtocolMatch(protocols=(number,)) if number is not None and known else None
        case "sport" | "dport" if kind == "ip":
            # Of a later fragment of IPv6 such a rule looks at whatever stands there.
            return _ports(_SIDES[field], value)
        case _:
            return None


def _address(side: Side, value: str) -> Condition | None:
    network = network_of(value)
    return None if network is None else AddressMatch(side=side, ranges=(network,))


def network_of(value: str) -> str | None:
    """Return an address with a mask as a network, ``None`` where its mask has gaps.

    A mask such as 0.0.0.255 asks for the end of an address: it is no network's.
    """
    _, _, mask = value.partition("/")
    try:
        network = ipaddress.ip_network(value, strict=False)
    except ValueError:
        return None
    dotted = mask and not mask.isdecimal()
    return None if dotted and str(network.netmask) != mask else str(network)


def _ports(side: Side, value: str) -> Condition | None:
    first, colon, last = value.partition(":")
    ends = (first or "0", (last or str(_HIGHEST_PORT)) if colon else first)
    if not all(one.isdecimal() and int(one) <= _HIGHEST_PORT for one in ends):
        return None
    return PortMatch(side=side, ranges=(NumberRange(int(ends[0]), int(ends[1])),))


def without(wanted: Conditions) -> Iterator[Conditions]:
    """Yield what holds for packets that do not meet all conditions, in parts; none is nothing."""
    for condition in wanted:
        match condition:
            case FamilyMatch(family=family):
                yield (FamilyMatch(family=6 if family == 4 else 4),)
            case AddressMatch(side=side, ranges=ranges):
                yield (AddressMatch(side=side, ranges=ranges, negated=True),)
            case ProtocolMatch(protocols=protocols):
                yield (ProtocolMatch(protocols=protocols, negated=True),)
            case FragmentMatch(kinds=kinds):
                yield (FragmentMatch(kinds=tuple(one for one in FRAGMENTS if one not in kinds)),)
            case UnmodelledMatch(text=text):
                yield (UnmodelledMatch(text=f"not {text}"),)
            case _:
                # Not a port in some range: it may also be a packet without ports.
                yield (UnmodelledMatch(text="another port"),)
