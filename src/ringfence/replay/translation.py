"""What translation makes of one packet: every header that it may leave a translating chain with.

Of a few addresses or ports each is tried; of many, the first, the last, the one that the packet
has already, and those that were asked for.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Final

import msgspec

from ringfence.model.connections import (
    EITHER_WAY,
    SOURCE_PORT_KINDS,
    STARTING_FLAGS,
    STARTING_ICMP,
)
from ringfence.model.packet import PROTOCOLS_WITH_PORTS, TCP
from ringfence.model.rules import Side, Translation
from ringfence.replay.packet import Packet, Span, Spans

FEW: Final = 16


@dataclass(frozen=True, slots=True)
class Choices:
    """Addresses and ports to try besides others where a translation takes any of many."""

    addresses: frozenset[int] = frozenset()
    ports: frozenset[int] = frozenset()


NO_CHOICES: Final = Choices()


def starts_connection(packet: Packet) -> bool | None:
    """Tell whether a packet can start a connection; ``None`` where its header does not say."""
    header = packet.header
    if header.protocol == TCP:
        return header.tcp_flags in STARTING_FLAGS
    if header.protocol in STARTING_ICMP:
        of_family = (packet.family == 4) == (header.protocol == min(STARTING_ICMP))
        return of_family and header.icmp_type in STARTING_ICMP[header.protocol]
    return None if header.protocol in EITHER_WAY else True


def applies(translation: Translation, packet: Packet, spans: Spans) -> bool:
    """Tell whether a rule with this translation can match a packet at all."""
    if translation.addresses and spans.of(translation.addresses[0]).family != packet.family:
        return False
    if translation.prefix is None:
        return True
    return spans.of(translation.prefix).holds(packet.family, _end(packet, translation.side))


def rewritten(
    translation: Translation,
    packet: Packet,
    interface: Iterable[int],
    source_ports: Iterable[tuple[int, int]],
    choices: Choices,
    spans: Spans,
) -> Iterator[Packet]:
    """Yield each packet that a translation may make of one.

    ``interface`` are the addresses that it takes where it takes the interface's; ``source_ports``
    those that any rule of the device gives to sources, which another connection may share.
    """
    side = translation.side
    if translation.of_interface:
        addresses = set(interface)
    elif translation.prefix is not None:
        old, new = spans.of(translation.prefix), spans.of(translation.addresses[0])
        addresses = {new.first + _end(packet, side) - old.first}
    elif translation.addresses:
        ranges = [spans.of(text) for text in translation.addresses]
        addresses = set(_some_addresses(ranges, _end(packet, side), choices))
    else:
        addresses = {_end(packet, side)}
    ports = [(one.first, one.last) for one in translation.ports]
    for address in sorted(addresses):
        moved = _with_address(packet, side, address)
        if ports:
            yield from _with_ports(moved, side, ports, choices)
        elif side == "source":
            yield from other_source_ports(moved, source_ports, choices)
        else:
            yield moved


def other_source_ports(
    packet: Packet, besides: Iterable[tuple[int, int]], choices: Choices
) -> Iterator[Packet]:
    """Yield a packet as it is, and with each source port that it may get instead."""
    yield packet
    port = packet.header.source_port
    if port is not None:
        kinds = [into for (first, last), into in SOURCE_PORT_KINDS if first <= port <= last]
        others = _with_ports(packet, "source", [*kinds, *besides], choices)
        yield from (other for other in others if other != packet)


def _end(packet: Packet, side: Side) -> int:
    return packet.source if side == "source" else packet.destination


def _some_addresses(ranges: Iterable[Span], now: int, choices: Choices) -> Iterator[int]:
    for span in ranges:
        yield from _some(span.first, span.last, {now, *choices.addresses})


def _some(first: int, last: int, wanted: Iterable[int]) -> Iterator[int]:
    if last - first < FEW:
        yield from range(first, last + 1)
    else:
        yield from (first, last)
        yield from (one for one in wanted if first <= one <= last)


def _with_address(packet: Packet, side: Side, address: int) -> Packet:
    text = str(
        ipaddress.IPv4Address(address) if packet.family == 4 else ipaddress.IPv6Address(address)
    )
    if side == "source":
        header = msgspec.structs.replace(packet.header, source=text)
        return replace(packet, source=address, header=header)
    header = msgspec.structs.replace(packet.header, destination=text)
    return replace(packet, destination=address, header=header)


def _with_ports(
    packet: Packet, side: Side, ranges: Iterable[tuple[int, int]], choices: Choices
) -> Iterator[Packet]:
    """Yield a packet with each port of the ranges that is tried; as it is where it has none."""
    header = packet.header
    now = header.source_port if side == "source" else header.destination_port
    if header.protocol not in PROTOCOLS_WITH_PORTS or now is None:
        yield packet
        return
    ports = {port for ends in ranges for port in _some(*ends, {now, *choices.ports})}
    for port in sorted(ports):
        if side == "source":
            other = msgspec.structs.replace(header, source_port=port)
        else:
            other = msgspec.structs.replace(header, destination_port=port)
        yield replace(packet, header=other)
