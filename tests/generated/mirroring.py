"""A network that speaks IPv4 only, and the same with every rule and route in IPv6."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import IPv6Address, ip_address, ip_network
from typing import Any

import msgspec

from generated.metamorphic import rebuilt
from generated.network import Network
from ringfence.model.packet import ICMP, ICMPV6, Header
from ringfence.model.rules import (
    AddressMatch,
    Chain,
    Device,
    DeviceInterface,
    FamilyMatch,
    IcmpMatch,
    PortFilter,
    ProtocolMatch,
    Route,
    Rule,
    SwitchFilterRule,
)


def in_ipv4(case: Network) -> Network:
    """Return a network without what speaks of IPv6, and without filters that know IPv4 only."""

    def less(record: Any) -> Any:
        match record:
            case tuple():
                return tuple(one for one in record if not _speaks_ipv6(one))
            case Device():
                routes = tuple(one for one in record.routes if ":" not in one.destination)
                return msgspec.structs.replace(record, routes=routes, reverse_path=())
            case DeviceInterface():
                addresses = tuple(one for one in record.addresses if ":" not in one)
                return msgspec.structs.replace(record, addresses=addresses)
            case Chain(family=6):
                return msgspec.structs.replace(record, family=4)
        return record

    universe = tuple(one for one in case.universe if ":" not in one.source)
    return replace(case, snapshot=rebuilt(case.snapshot, less), universe=universe)


def _speaks_ipv6(record: Any) -> bool:
    rule = isinstance(record, Rule | SwitchFilterRule)
    return rule and any(map(_is_ipv6, record.conditions))


def _is_ipv6(condition: Any) -> bool:
    match condition:
        case AddressMatch():
            return any(":" in text for text in condition.ranges)
        case FamilyMatch() | IcmpMatch():
            return condition.family == 6
        case ProtocolMatch():
            return ICMPV6 in condition.protocols
    return False


def mirrored(case: Network) -> Network:
    """Return a network of IPv4 with IPv6 in its place."""

    def twin(record: Any) -> Any:  # noqa: PLR0911 (one return for each kind of record)
        match record:
            case AddressMatch():
                ranges = tuple(map(_mirrored_range, record.ranges))
                return msgspec.structs.replace(record, ranges=ranges)
            case FamilyMatch() | IcmpMatch() | Chain(family=4):
                return msgspec.structs.replace(record, family=6)
            case ProtocolMatch():
                numbers = tuple(ICMPV6 if one == ICMP else one for one in record.protocols)
                return msgspec.structs.replace(record, protocols=numbers)
            case Device() | PortFilter() if isinstance(record.reassembles, tuple):
                # What is left of the other family changes places too.
                families = tuple(sorted(10 - one for one in record.reassembles))
                return msgspec.structs.replace(record, reassembles=families)
            case Route():
                destination = _mirrored_range(record.destination)
                return msgspec.structs.replace(record, destination=destination)
            case DeviceInterface():
                addresses = tuple(map(_mirrored_interface, record.addresses))
                return msgspec.structs.replace(record, addresses=addresses)
        return record

    universe = tuple(map(mirrored_header, case.universe))
    return replace(case, snapshot=rebuilt(case.snapshot, twin), universe=universe)


def mirrored_header(header: Header) -> Header:
    """Return a header with its twin's addresses."""
    return msgspec.structs.replace(
        header,
        source=_mirrored_address(header.source),
        destination=_mirrored_address(header.destination),
        protocol=ICMPV6 if header.protocol == ICMP else header.protocol,
    )


def _mirrored_address(text: str) -> str:
    return str(IPv6Address(0xFD << 120 | int(ip_address(text))))


def _mirrored_interface(text: str) -> str:
    address, _, length = text.partition("/")
    return f"{_mirrored_address(address)}/{96 + int(length)}"


def _mirrored_range(text: str) -> str:
    if "-" in text:
        return "-".join(map(_mirrored_address, text.split("-")))
    network = ip_network(text, strict=False)
    if network.prefixlen == 0:
        return "::/0"
    return f"{_mirrored_address(str(network.network_address))}/{96 + network.prefixlen}"
