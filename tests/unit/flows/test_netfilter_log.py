"""Messages of netfilter are taken apart as they are, and never more is believed than is there."""

from __future__ import annotations

import struct
from ipaddress import ip_address
from random import Random

import pytest

from ringfence.lab.frames import packet
from ringfence.model.packet import ICMP, ICMPV6, SCTP, TCP, UDP, Header
from ringfence.sources.telemetry.frames import header_of_packet
from ringfence.sources.telemetry.netfilter_log import Told, begun, logged
from ringfence.sources.telemetry.netlink import (
    DamagedMessageError,
    Message,
    attributes,
    messages,
    written,
)

FOUR = {"source": "10.0.0.1", "destination": "10.0.0.2"}
SIX = {"source": "fd00::1", "destination": "fd00::2"}
PORTS = {"source_port": 40000, "destination_port": 443}
HEADERS = (
    Header(protocol=TCP, tcp_flags=2, **PORTS, **FOUR),
    Header(protocol=TCP, tcp_flags=17, **PORTS, **SIX),
    Header(protocol=UDP, **PORTS, **SIX),
    Header(protocol=ICMP, icmp_type=8, icmp_code=0, **FOUR),
    Header(protocol=ICMPV6, icmp_type=128, icmp_code=0, **SIX),
    Header(protocol=UDP, fragment="first", **PORTS, **FOUR),
    Header(protocol=UDP, fragment="first", **PORTS, **SIX),
    Header(protocol=UDP, fragment="later", **FOUR),
    Header(protocol=UDP, fragment="later", **SIX),
)
PACKET, CONFIG, NEW = 0x400, 0x401, 0x100
DATA = b"what is in the packets of a lab"


def on_the_wire(header: Header) -> bytes:
    """The packet as the lab would send it."""
    return packet(header, DATA)[1]


def of_netfilter(kind: int, content: bytes) -> Message:
    return Message(kind, 0, b"\2\0\0\57" + content)


def log(payload: bytes, prefix: bytes = b"accept flow 1 a > b\0", **_: object) -> Message:
    number, came_by = struct.pack("!I", 7), struct.pack("!I", 3)
    return of_netfilter(PACKET, written({4: came_by, 9: payload, 10: prefix, 12: number}))


@pytest.mark.parametrize("header", HEADERS, ids=str)
def test_a_header_is_read_as_it_was_sent(header: Header) -> None:
    assert header_of_packet(on_the_wire(header)) == header


def test_what_a_rule_logs_is_told() -> None:
    told = logged(log(on_the_wire(HEADERS[0])))
    assert told == Told(HEADERS[0], "accept flow 1 a > b", 3, 7)
    assert logged(of_netfilter(CONFIG, b"")) is None
    assert logged(of_netfilter(NEW, b"")) is None


def ends(header: Header) -> bytes:
    source, destination = (ip_address(text).packed for text in (header.source, header.destination))
    return written({1: source, 2: destination} if len(source) == 4 else {3: source, 4: destination})


def beginning(header: Header) -> Message:
    kind = {1: bytes((header.protocol,))}
    if header.source_port is not None and header.destination_port is not None:
        kind |= {2: struct.pack("!H", header.source_port)}
        kind |= {3: struct.pack("!H", header.destination_port)}
    if header.icmp_type is not None:
        first = 5 if header.protocol == ICMP else 8
        kind |= {first: bytes((header.icmp_type,)), first + 1: b"\0"}
    original = written({1 | 0x8000: ends(header), 2 | 0x8000: written(kind)})
    return of_netfilter(NEW, written({1 | 0x8000: original}))


@pytest.mark.parametrize(
    "header",
    [
        *(HEADERS[place] for place in (0, 2, 3, 4)),
        Header(protocol=SCTP, **PORTS, **FOUR),
        Header(protocol=47, **SIX),
    ],
    ids=str,
)
def test_a_connection_that_begins_is_told(header: Header) -> None:
    assert begun(beginning(header)) == header
    assert begun(log(b"")) is None


def test_ends_of_two_families_are_damaged() -> None:
    mixed = written({1: bytes(4), 4: bytes(16)})
    original = written({1: mixed, 2: written({1: bytes((47,))})})
    with pytest.raises(DamagedMessageError):
        begun(of_netfilter(NEW, written({1: original})))


@pytest.mark.parametrize("message", [log(on_the_wire(HEADERS[0])), beginning(HEADERS[0])])
def test_whatever_comes_is_told_or_damaged(message: Message) -> None:
    chance = Random("messages")
    for _ in range(3000):
        content = bytearray(message.content)
        for _ in range(chance.randrange(1, 4)):
            content[chance.randrange(len(content))] = chance.randrange(256)
        cut = bytes(content[: chance.randrange(len(content) + 1)])
        for read in (logged, begun):
            try:
                read(message._replace(content=cut))
            except DamagedMessageError:
                continue


@pytest.mark.parametrize(
    "data",
    [
        b"\1",
        bytes(16),
        struct.pack("=IHHII", 15, 1, 0, 0, 0),
        struct.pack("=IHHII", 99, 1, 0, 0, 0),
    ],
)
def test_a_datagram_that_is_not_whole_is_damaged(data: bytes) -> None:
    with pytest.raises(DamagedMessageError):
        messages(data)


@pytest.mark.parametrize("data", [b"\1", struct.pack("=HH", 3, 1), struct.pack("=HH", 9, 1)])
def test_attributes_that_lead_out_are_damaged(data: bytes) -> None:
    with pytest.raises(DamagedMessageError):
        attributes(data)


def test_messages_of_one_datagram_are_all_read() -> None:
    one = struct.pack("=IHHII", 21, 5, 0, 9, 0) + b"12345" + bytes(3)
    assert messages(one + one) == [Message(5, 9, b"12345")] * 2
