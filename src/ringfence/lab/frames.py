"""Frames as they go over a cable: made from a header and a number, and known again by it.

The number stands in the payload with a word that tells one run from another. It counts only where
the payload of the packet begins: an answer that quotes a packet of ours is not that packet.
"""

from __future__ import annotations

import socket
import struct
from typing import Final

from ringfence.model.packet import ICMP, ICMPV6, TCP, UDP, Header

MARK: Final = b"RINGFENCE"
_BEFORE: Final = b"RINGPLANT"
"""Marks what only goes before a packet, and is not looked for."""
_PAYLOAD: Final = struct.Struct("!9s3xII")
IP: Final = 0x0800
IPV6: Final = 0x86DD
ARP: Final = 0x0806
TAGGED: Final = 0x8100
_SERVICE_TAGGED: Final = 0x88A8
_FRAGMENT: Final = 44  # the extension header of IPv6 (RFC 8200)
_OFFSET: Final = 64  # of a later fragment, in units of 8 bytes
_MORE: Final = 1
_REPLIES: Final[dict[int | None, bytes]] = {ICMP: b"\x00", ICMPV6: b"\x81"}
"""The types of echo replies, which bring back what a request held."""


Ends = tuple[str, str, int | None, int | None]
"""Source and destination of a packet, and its ports, where it has any."""


def payload(run: int, number: int, *, looked_for: bool = True) -> bytes:
    """Return the payload of packet ``number`` of a run; its length is a multiple of 8 and 4."""
    mark = MARK if looked_for else _BEFORE
    return _PAYLOAD.pack(mark, run, number) + b"\0" * (24 - _PAYLOAD.size)


def ethernet(
    destination: str, source: str, ethertype: int, content: bytes, tags: tuple[int, ...] = ()
) -> bytes:
    """Return a frame; ``tags`` are VLANs, the outer one first."""
    tagging = b"".join(struct.pack("!HH", TAGGED, vlan) for vlan in tags)
    return _mac(destination) + _mac(source) + tagging + struct.pack("!H", ethertype) + content


def packet(header: Header, data: bytes) -> tuple[int, bytes]:
    """Return the EtherType and the IP packet of a header, with ``data`` as its payload."""
    if header.fragment == "first" and header.protocol == TCP:
        data += b"\0" * 4  # every fragment but the last one is a multiple of 8 bytes long
    if ":" in header.source:
        return IPV6, _packet_6(header, data)
    return IP, _packet_4(header, data)


def arp_request(source_mac: str, source: str, target: str) -> bytes:
    """Return the content of an ARP request, by which its target learns who asks (RFC 826)."""
    ends = (_mac(source_mac), _bytes(source), b"\0" * 6, _bytes(target))
    return struct.pack("!HHBBH6s4s6s4s", 1, IP, 6, 4, 1, *ends)


def arp_reply(source_mac: str, source: str, target_mac: str, target: str) -> bytes:
    """Return the content of an ARP answer that says that ``source`` is at ``source_mac``."""
    ends = (_mac(source_mac), _bytes(source), _mac(target_mac), _bytes(target))
    return struct.pack("!HHBBH6s4s6s4s", 1, IP, 6, 4, 2, *ends)


def is_arp(frame: bytes) -> bool:
    """Tell whether a frame is an untagged one of ARP."""
    return frame[12:14] == b"\x08\x06"


def is_arp_reply(frame: bytes) -> bool:
    """Tell whether a frame is an untagged ARP answer."""
    return is_arp(frame) and frame[20:22] == b"\0\2"


def neighbour_solicitation(source_mac: str, source: str, target: str) -> bytes:
    """Return an IPv6 packet that asks ``target`` itself for its MAC address (RFC 4861)."""
    content = struct.pack("!BBHI", 135, 0, 0, 0) + _bytes(target) + b"\x01\x01" + _mac(source_mac)
    ends = _bytes(source) + _bytes(target)
    whole = _summed(content, 2, _pseudo_6(ends, len(content), ICMPV6))
    return struct.pack("!IHBB", 6 << 28, len(whole), ICMPV6, 255) + ends + whole


def number_in(frame: bytes, run: int) -> int | None:
    """Return the number of a frame that carries a packet of this run."""
    ethertype, at = _inside(frame)
    if ethertype == IP and len(frame) >= at + 20:
        length = (frame[at] & 15) * 4
        later = struct.unpack_from("!H", frame, at + 6)[0] & 0x1FFF
        return number_of(frame, at + length, None if later else frame[at + 9], run)
    if ethertype == IPV6 and len(frame) >= at + 48:
        protocol, start, later = frame[at + 6], at + 40, 0
        if protocol == _FRAGMENT:
            later = struct.unpack_from("!H", frame, start + 2)[0] & 0xFFF8
            protocol, start = frame[start], start + 8
        return number_of(frame, start, None if later else protocol, run)
    return None


def number_of(data: bytes, start: int, protocol: int | None, run: int) -> int | None:
    """Return the number in what follows an IP header; ``protocol`` is ``None`` in a fragment."""
    if protocol in _REPLIES and data[start : start + 1] == _REPLIES[protocol]:
        return None  # it carries what it answers
    start += {None: 0, TCP: 20}.get(protocol, 8)
    if len(data) < start + _PAYLOAD.size:
        return None
    mark, of_run, number = _PAYLOAD.unpack_from(data, start)
    return int(number) if mark == MARK and of_run == run else None


def ends_in(frame: bytes) -> Ends | None:
    """Return source and destination of a packet in a frame, and its ports; ``None`` for others."""
    ethertype, at = _inside(frame)
    if ethertype == IP:
        family, first, size, protocol = socket.AF_INET, at + 12, 4, frame[at + 9]
        start = at + (frame[at] & 15) * 4
        later = struct.unpack_from("!H", frame, at + 6)[0] & 0x1FFF
    elif ethertype == IPV6:
        family, first, size, protocol = socket.AF_INET6, at + 8, 16, frame[at + 6]
        start = at + 40
        later = protocol == _FRAGMENT
    else:
        return None
    ends = (frame[first : first + size], frame[first + size : first + 2 * size])
    source, destination = (socket.inet_ntop(family, one) for one in ends)
    if protocol not in {TCP, UDP} or later:
        return source, destination, None, None
    return source, destination, *struct.unpack_from("!HH", frame, start)


def _inside(frame: bytes) -> tuple[int, int]:
    """Return the EtherType behind all tags of a frame, and where its content begins."""
    ethertype, at = struct.unpack_from("!H", frame, 12)[0], 14
    while ethertype in {TAGGED, _SERVICE_TAGGED} and len(frame) >= at + 4:
        ethertype, at = struct.unpack_from("!H", frame, at + 2)[0], at + 4
    return ethertype, at


def _packet_4(header: Header, data: bytes) -> bytes:
    ends = _bytes(header.source) + _bytes(header.destination)
    content = _content(header, data, ends + struct.pack("!BB", 0, header.protocol))
    place = {"none": 0, "first": _MORE << 13, "later": _OFFSET}[header.fragment]
    identity = struct.unpack_from("!H", data, 18)[0]
    fixed = struct.pack(
        "!BBHHHBBH", 0x45, 0, 20 + len(content), identity, place, 64, header.protocol, 0
    )
    return _summed(fixed + ends, 10) + content


def _packet_6(header: Header, data: bytes) -> bytes:
    ends = _bytes(header.source) + _bytes(header.destination)
    content = _content(header, data, ends)
    following = header.protocol
    if header.fragment != "none":
        place = _MORE if header.fragment == "first" else _OFFSET * 8
        identity = struct.unpack_from("!I", data, 16)[0]
        content = struct.pack("!BBHI", header.protocol, 0, place, identity) + content
        following = _FRAGMENT
    return struct.pack("!IHBB", 6 << 28, len(content), following, 64) + ends + content


def _content(header: Header, data: bytes, ends: bytes) -> bytes:
    """Return what follows the IP header; ``ends`` begin the pseudo header of checksums."""
    if header.fragment == "later":
        return data
    ports = struct.pack("!HH", header.source_port or 0, header.destination_port or 0)
    identity = struct.unpack_from("!H", data, 18)[0]
    kind = struct.pack("!BBHHH", header.icmp_type or 0, header.icmp_code or 0, 0, identity, 1)
    match header.protocol:
        case 6:
            rest = struct.pack("!IIBBHHH", 1, 1, 0x50, header.tcp_flags or 0, 1024, 0, 0)
            return _summed(ports + rest + data, 16, _pseudo(ends, 20 + len(data), TCP))
        case 17:
            length = 8 + len(data)
            summed = struct.pack("!HH", length, 0) + data
            return _summed(ports + summed, 6, _pseudo(ends, length, UDP))
        case 1:
            return _summed(kind + data, 2)
        case 58:
            return _summed(kind + data, 2, _pseudo(ends, 8 + len(data), ICMPV6))
        case _:
            return b"\0" * 8 + data


def _pseudo(ends: bytes, length: int, protocol: int) -> bytes:
    if len(ends) == 32:
        return _pseudo_6(ends, length, protocol)
    return ends + struct.pack("!H", length)


def _pseudo_6(ends: bytes, length: int, protocol: int) -> bytes:
    return ends + struct.pack("!II", length, protocol)


def _summed(content: bytes, at: int, pseudo: bytes = b"") -> bytes:
    """Return the content with the checksum of RFC 1071 at a place that was 0."""
    data = pseudo + content
    if len(data) % 2:
        data += b"\0"
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total > 0xFFFF:
        total = (total & 0xFFFF) + (total >> 16)
    return content[:at] + struct.pack("!H", ~total & 0xFFFF) + content[at + 2 :]


def _bytes(address: str) -> bytes:
    return socket.inet_pton(socket.AF_INET6 if ":" in address else socket.AF_INET, address)


def _mac(text: str) -> bytes:
    return bytes.fromhex(text.replace(":", ""))
