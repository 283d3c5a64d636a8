"""The beginning of a frame or a packet as the header of what it carries."""

from __future__ import annotations

from struct import Struct
from typing import Final

from ringfence.model.packet import ICMP, ICMPV6, PROTOCOLS_WITH_PORTS, TCP, Fragment, Header
from ringfence.sources.telemetry.observed import Trouble, address

_TYPES: Final = {0x0800: 4, 0x86DD: 6}
_TAGS: Final = frozenset({0x8100, 0x88A8, 0x9100})
_MOST_TAGS: Final = 4
_ETHERNET: Final = 12
_IPV4: Final = Struct(">B5xHxB2x4s4s")
_IPV6: Final = Struct(">B5xBx16s16s")
_PORTS: Final = Struct(">HH")
_EXTENSIONS: Final = frozenset({0, 43, 60})
"""Hop-by-hop options, routing, destination options (RFC 8200): next header, length in 8 bytes."""
_MOST_EXTENSIONS: Final = 8
_FRAGMENT: Final = 44
_MORE: Final = 0x2000


def header_of_frame(frame: bytes) -> Header | Trouble:
    """Return the header of the packet in an Ethernet frame, whatever tags it has."""
    offset = _ETHERNET
    for _ in range(_MOST_TAGS + 1):
        if len(frame) < offset + 2:
            return "cut short"
        kind = int.from_bytes(frame[offset : offset + 2])
        offset += 2
        if kind not in _TAGS:
            return header_of_packet(frame[offset:]) if kind in _TYPES else "not of an IP packet"
        offset += 2
    return "not of an IP packet"


def header_of_packet(packet: bytes) -> Header | Trouble:
    """Return the header of an IPv4 or IPv6 packet, of which the beginning is enough."""
    if not packet:
        return "cut short"
    if packet[0] >> 4 == 4:
        return _ipv4(packet)
    return _ipv6(packet) if packet[0] >> 4 == 6 else "not of an IP packet"


def _ipv4(packet: bytes) -> Header | Trouble:
    if len(packet) < _IPV4.size:
        return "cut short"
    first, place, protocol, source, destination = _IPV4.unpack_from(packet)
    start = (first & 15) * 4
    if start < _IPV4.size:
        return "of a wrong length"
    return _carried((source, destination), protocol, packet[start:], _fragment(place))


def _fragment(place: int, offset: int = 0x1FFF, more: int = _MORE) -> Fragment:
    if place & offset:
        return "later"
    return "first" if place & more else "none"


def _ipv6(packet: bytes) -> Header | Trouble:
    if len(packet) < _IPV6.size:
        return "cut short"
    _, protocol, source, destination = _IPV6.unpack_from(packet)
    offset, fragment = _IPV6.size, _fragment(0)
    for _ in range(_MOST_EXTENSIONS):
        if protocol != _FRAGMENT and protocol not in _EXTENSIONS:
            break
        if len(packet) < offset + 8:
            return "cut short"
        length = 8 + packet[offset + 1] * 8
        if protocol == _FRAGMENT:
            place = int.from_bytes(packet[offset + 2 : offset + 4])
            fragment, length = _fragment(place, 0xFFF8, 1), 8
        protocol = packet[offset]
        offset += length
        if fragment == "later":
            break
    return _carried((source, destination), protocol, packet[offset:], fragment)


def _carried(
    ends: tuple[bytes, bytes], protocol: int, body: bytes, fragment: Fragment
) -> Header | Trouble:
    source, destination = map(address, ends)
    if fragment == "later" or protocol not in (*PROTOCOLS_WITH_PORTS, ICMP, ICMPV6):
        return Header(source=source, destination=destination, protocol=protocol, fragment=fragment)
    if len(body) < (14 if protocol == TCP else 4):
        return "cut short"
    if protocol in (ICMP, ICMPV6):
        return Header(
            source=source,
            destination=destination,
            protocol=protocol,
            icmp_type=body[0],
            icmp_code=body[1],
            fragment=fragment,
        )
    from_port, to_port = _PORTS.unpack_from(body)
    return Header(
        source=source,
        destination=destination,
        protocol=protocol,
        source_port=from_port,
        destination_port=to_port,
        tcp_flags=body[13] & 63 if protocol == TCP else None,
        fragment=fragment,
    )
