"""Frames, and the datagrams of exporters that tell of them, made byte by byte."""

from __future__ import annotations

import struct
from collections.abc import Iterable
from ipaddress import ip_address

ETHERNET = bytes.fromhex("020000000002020000000001")
Field = tuple[int, bytes]
"""An element (an enterprise's above 65535) and its value."""


def frame(
    source: str, destination: str, protocol: int, body: bytes, tag: int | None = None
) -> bytes:
    """Return an Ethernet frame with an IPv4 or IPv6 packet."""
    ends = ip_address(source).packed, ip_address(destination).packed
    head = ETHERNET if tag is None else ETHERNET + struct.pack(">HH", 0x8100, tag)
    if len(ends[0]) == 16:
        packet = struct.pack(">IHBB16s16s", 6 << 28, len(body), protocol, 64, *ends)
        return head + b"\x86\xdd" + packet + body
    packet = struct.pack(">BBHHHBBH4s4s", 69, 0, 20 + len(body), 1, 0, 64, protocol, 0, *ends)
    total = sum(struct.unpack(">10H", packet))
    total = (total & 0xFFFF) + (total >> 16)
    checksum = ~((total & 0xFFFF) + (total >> 16)) & 0xFFFF
    return head + b"\x08\x00" + packet[:10] + struct.pack(">H", checksum) + packet[12:] + body


def tcp(from_port: int, to_port: int, flags: int = 2) -> bytes:
    """Return the header of a TCP segment."""
    return struct.pack(">HHIIBBHHH", from_port, to_port, 1, 0, 0x50, flags, 1000, 0, 0)


def udp(from_port: int, to_port: int) -> bytes:
    """Return an empty UDP datagram."""
    return struct.pack(">HHHH", from_port, to_port, 8, 0)


def icmp(kind: int, code: int = 0) -> bytes:
    """Return the header of an ICMP message."""
    return struct.pack(">BBHI", kind, code, 0, 1)


def netflow_5(*records: tuple[str, str, int, int, int, int, int], sampling: int = 0) -> bytes:
    """Return a datagram; a record is both addresses, both ports, flags, protocol and packets."""
    head = struct.pack(">HHIIIIBBH", 5, len(records), 1, 2, 3, 4, 0, 0, sampling)
    return head + b"".join(map(_netflow_5, records))


def _netflow_5(record: tuple[str, str, int, int, int, int, int]) -> bytes:
    source, destination, from_port, to_port, flags, protocol, packets = record
    ends = ip_address(source).packed, ip_address(destination).packed
    told = (3, 7, packets, 100, 1, 2, from_port, to_port, flags, protocol)
    return struct.pack(">4s4s4xHHIIIIHHxBB9x", *ends, *told)


def _elements(fields: Iterable[Field], variable: Iterable[int] = ()) -> bytes:
    made = b""
    for element, value in fields:
        length = 0xFFFF if element in variable else len(value)
        if element > 0xFFFF:
            made += struct.pack(">HHI", element & 0xFFFF | 0x8000, length, element >> 16)
        else:
            made += struct.pack(">HH", element, length)
    return made


def a_set(number: int, body: bytes) -> bytes:
    """Return a set of NetFlow 9 or IPFIX."""
    return struct.pack(">HH", number, 4 + len(body)) + body


def ipfix_template(number: int, fields: list[Field], variable: Iterable[int] = ()) -> bytes:
    """Return a set with the template of some fields."""
    return a_set(2, struct.pack(">HH", number, len(fields)) + _elements(fields, variable))


def ipfix_options(number: int, fields: list[Field]) -> bytes:
    """Return a set with a template of options, the first field of which is the scope."""
    return a_set(3, struct.pack(">HHH", number, len(fields), 1) + _elements(fields))


def ipfix_data(number: int, *records: list[Field], variable: Iterable[int] = ()) -> bytes:
    """Return a set with records."""

    def value(element: int, content: bytes) -> bytes:
        if element not in variable:
            return content
        if len(content) < 255:
            return bytes([len(content)]) + content
        return b"\xff" + struct.pack(">H", len(content)) + content

    return a_set(number, b"".join(value(*one) for record in records for one in record))


def ipfix(*sets: bytes, domain: int = 1) -> bytes:
    """Return a message of IPFIX."""
    body = b"".join(sets)
    return struct.pack(">HHIII", 10, 16 + len(body), 1, 2, domain) + body


def netflow_9(*sets: bytes, domain: int = 1) -> bytes:
    """Return a datagram of NetFlow 9."""
    return struct.pack(">HHIIII", 9, len(sets), 1, 2, 3, domain) + b"".join(sets)


def netflow_9_template(number: int, fields: list[Field]) -> bytes:
    """Return a set with the template of some fields."""
    return a_set(0, struct.pack(">HH", number, len(fields)) + _elements(fields))


def netflow_9_options(number: int, scope: int, fields: list[Field]) -> bytes:
    """Return a set with a template of options about one scope of four bytes."""
    body = struct.pack(">HHHHH", number, 4, 4 * len(fields), scope, 4) + _elements(fields)
    return a_set(1, body + bytes(-len(body) % 4))


def sflow(*samples: tuple[int, bytes]) -> bytes:
    """Return a datagram of sFlow, from samples by their format."""
    head = struct.pack(">II4sIIII", 5, 1, bytes((10, 9, 9, 9)), 0, 1, 2, len(samples))
    return head + b"".join(struct.pack(">II", kind, len(one)) + one for kind, one in samples)


def flow_sample(frame: bytes, rate: int = 1, output: int = 2, protocol: int = 1) -> bytes:
    """Return what stands in a flow sample about one frame."""
    padded = frame + bytes(-len(frame) % 4)
    record = struct.pack(">IIII", protocol, len(frame), 0, len(frame)) + padded
    head = struct.pack(">IIIIIIII", 1, 1, rate, 5, 0, 4, output, 1)
    return head + struct.pack(">II", 1, len(record)) + record
