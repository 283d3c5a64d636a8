"""Frames for headers, each with a number in its payload by which it is known again."""

from __future__ import annotations

import socket
import struct

from ringfence.model.packet import ICMP, ICMPV6, TCP, UDP, Header

MARK = b"RINGFENCE:"
CLIENT_MAC = "02:00:00:00:01:0a"
FIREWALL_CLIENT_MAC = "02:00:00:00:01:01"
FIREWALL_SERVER_MAC = "02:00:00:00:02:01"
SERVER_MAC = "02:00:00:00:02:0a"


def frame(header: Header, number: int) -> bytes:
    """Return the Ethernet frame that the client sends to the firewall."""
    version = 6 if ":" in header.source else 4
    ethertype = b"\x86\xdd" if version == 6 else b"\x08\x00"
    packet = _packet_6(header, number) if version == 6 else _packet_4(header, number)
    return _mac(FIREWALL_CLIENT_MAC) + _mac(CLIENT_MAC) + ethertype + packet


def header_of(packet: bytes) -> Header:
    """Return the header of an IPv4 packet without options."""
    protocol, ports, icmp = packet[9], packet[9] in {6, 17}, packet[9] == 1
    first, second = struct.unpack_from("!HH", packet, 20)
    return Header(
        source=socket.inet_ntop(socket.AF_INET, packet[12:16]),
        destination=socket.inet_ntop(socket.AF_INET, packet[16:20]),
        protocol=protocol,
        source_port=first if ports else None,
        destination_port=second if ports else None,
        icmp_type=packet[20] if icmp else None,
        icmp_code=packet[21] if icmp else None,
        tcp_flags=packet[33] & 63 if protocol == 6 else None,
    )


def number_in(data: bytes) -> int | None:
    """Return the number of one of our packets in what was received."""
    start = data.find(MARK)
    if start < 0 or len(data) < start + len(MARK) + 4:
        return None
    found: int = struct.unpack_from("!I", data, start + len(MARK))[0]
    return found


def ends(data: bytes) -> bytes:
    """Return protocol and addresses of a frame: an answer to one of ours quotes it, but differs."""
    if data[12:14] == b"\x86\xdd":
        return data[20:21] + data[22:54]
    return data[23:24] + data[26:34]


def _packet_4(header: Header, number: int) -> bytes:
    source, destination = (
        socket.inet_pton(socket.AF_INET, end) for end in (header.source, header.destination)
    )
    content = _content(header, number, source, destination)
    fixed = struct.pack(
        "!BBHHHBBH", 0x45, 0, 20 + len(content), number & 0xFFFF, 0, 64, header.protocol, 0
    )
    checksum = _checksum(fixed + source + destination)
    return fixed[:10] + struct.pack("!H", checksum) + source + destination + content


def _packet_6(header: Header, number: int) -> bytes:
    source, destination = (
        socket.inet_pton(socket.AF_INET6, end) for end in (header.source, header.destination)
    )
    content = _content(header, number, source, destination)
    fixed = struct.pack("!IHBB", 0x60000000, len(content), header.protocol, 64)
    return fixed + source + destination + content


def _content(header: Header, number: int, source: bytes, destination: bytes) -> bytes:
    payload = MARK + struct.pack("!I", number)
    pseudo = source + destination
    match header.protocol:
        case 6:
            ports = struct.pack("!HH", header.source_port, header.destination_port)
            rest = struct.pack("!IIBBHHH", 1, 1, 0x50, header.tcp_flags or 0, 1024, 0, 0)
            return _summed(ports + rest + payload, 16, pseudo, TCP)
        case 17:
            ports = struct.pack("!HH", header.source_port, header.destination_port)
            return _summed(
                ports + struct.pack("!HH", 8 + len(payload), 0) + payload, 6, pseudo, UDP
            )
        case 1:
            start = struct.pack("!BBHHH", header.icmp_type, header.icmp_code, 0, number & 0xFFFF, 1)
            return _summed(start + payload, 2)
        case 58:
            start = struct.pack("!BBHHH", header.icmp_type, header.icmp_code, 0, number & 0xFFFF, 1)
            return _summed(start + payload, 2, pseudo, ICMPV6)
        case _:
            return b"\x00\x00\x08\x00" + payload


def _summed(content: bytes, at: int, pseudo: bytes = b"", protocol: int = ICMP) -> bytes:
    """Return the content with its checksum, over a pseudo header where there is one."""
    if pseudo:
        pseudo += struct.pack("!II", len(content), protocol)
    checksum = _checksum(pseudo + content)
    return content[:at] + struct.pack("!H", checksum) + content[at + 2 :]


def _checksum(data: bytes) -> int:
    if len(data) % 2:
        data += b"\0"
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total > 0xFFFF:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def _mac(text: str) -> bytes:
    return bytes.fromhex(text.replace(":", ""))
