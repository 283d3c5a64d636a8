"""sFlow: packets taken by chance, each for many, and those that a switch dropped."""

from __future__ import annotations

import struct
from ipaddress import ip_address

import pytest

import made_packets as made
from ringfence.model.packet import ICMP, ICMPV6, TCP, UDP, Header
from ringfence.sources.telemetry.datagrams import Datagrams
from ringfence.sources.telemetry.frames import header_of_frame, header_of_packet
from ringfence.sources.telemetry.observed import Observed

LOW, HIGH, AT = "10.0.1.5", "10.0.2.5", "192.0.2.1"
SYN = made.frame(LOW, HIGH, TCP, made.tcp(40000, 443))
COUNTERS = (2, bytes(12))


def told(datagram: bytes) -> tuple[list[Observed], Datagrams]:
    reader = Datagrams()
    return [*reader.told(datagram, AT)], reader


def header(**values: object) -> Header:
    return Header(**{"source": LOW, "destination": HIGH, "protocol": TCP} | values)


@pytest.mark.parametrize(
    ("output", "decision", "rule"),
    [
        (2, None, "port 4 to 2"),
        (0x80000003, None, "port 4 to several"),
        (0x40000100, "refused", "port 4, discarded"),
    ],
)
def test_a_sample_stands_for_many(output: int, decision: str | None, rule: str) -> None:
    seen, reader = told(made.sflow(COUNTERS, (1, made.flow_sample(SYN, 400, output))))
    syn = header(source_port=40000, destination_port=443, tcp_flags=2)
    assert seen == [Observed(syn, decision, rule, AT, 400, "sample")]
    assert not reader.troubles


def test_a_sample_in_its_longer_form_and_a_notification_of_a_drop() -> None:
    record = made.flow_sample(SYN)[32:]
    longer = struct.pack(">IIIIIIIIIII", 1, 0, 1, 50, 5, 0, 0, 4, 0, 2, 1) + record
    drop = struct.pack(">IIIIIIII", 1, 0, 1, 0, 4, 0, 257, 1) + record
    seen, _ = told(made.sflow((3, longer), (5, drop)))
    assert [(one.decision, one.rule, one.packets) for one in seen] == [
        (None, "port 4 to 2", 50),
        ("refused", "port 4, discarded", 1),
    ]


def test_packets_without_a_frame_and_those_that_are_told_in_fields() -> None:
    raw = made.flow_sample(SYN[14:], protocol=11)
    head = made.flow_sample(SYN)[:32]
    ends = [ip_address(one).packed for one in (LOW, HIGH)]
    fields = struct.pack(">II4s4sIIII", 60, UDP, *ends, 40000, 53, 0, 0)
    other = head + struct.pack(">II", 3, len(fields)) + fields
    seen, reader = told(made.sflow((1, raw), (1, other)))
    assert [one.header for one in seen] == [
        header(source_port=40000, destination_port=443, tcp_flags=2),
        header(protocol=UDP, source_port=40000, destination_port=53),
    ]
    assert not reader.troubles


@pytest.mark.parametrize(
    ("datagram", "trouble"),
    [
        (made.sflow((1, made.flow_sample(SYN)))[:-5], "cut short"),
        (made.sflow()[:20], "cut short"),
        (struct.pack(">II", 5, 3) + bytes(40), "of no known format"),
        (made.sflow((1, made.flow_sample(SYN[:20]))), "cut short"),
        (
            made.sflow((1, made.flow_sample(made.ETHERNET + b"\x08\x06" + bytes(28)))),
            "not of an IP packet",
        ),
        (made.sflow((1, made.flow_sample(SYN, protocol=7))), "not of an IP packet"),
    ],
)
def test_what_is_not_whole_or_not_ip_is_counted(datagram: bytes, trouble: str) -> None:
    seen, reader = told(datagram)
    assert seen == []
    assert reader.troubles == {("sFlow", trouble): 1}


@pytest.mark.parametrize("tags", [0, 1, 2, 4])
def test_tags_are_passed_over(tags: int) -> None:
    tagged = SYN[:12] + b"\x88\xa8\0\5\x81\0\0\6" * (tags // 2) + b"\x81\0\0\7" * (tags % 2)
    assert header_of_frame(tagged + SYN[12:]) == header(
        source_port=40000, destination_port=443, tcp_flags=2
    )


def test_more_tags_than_any_switch_puts_are_no_packet() -> None:
    assert header_of_frame(SYN[:12] + b"\x81\0\0\7" * 9 + SYN[12:]) == "not of an IP packet"


def test_fragments_and_messages() -> None:
    packet = bytearray(SYN[14:])
    packet[6:8] = b"\x20\0"
    assert getattr(header_of_packet(bytes(packet)), "fragment", None) == "first"
    packet[6:8] = b"\0\5"
    assert header_of_packet(bytes(packet)) == header(fragment="later")
    echo = made.frame(LOW, HIGH, ICMP, made.icmp(8))
    assert header_of_frame(echo) == header(protocol=ICMP, icmp_type=8, icmp_code=0)


def test_extensions_of_ipv6() -> None:
    ends = {"source": "fd00::1", "destination": "fd00::2"}
    options = bytes([43, 0]) + bytes(6)
    routing = bytes([44, 1]) + bytes(14)
    first = bytes([ICMPV6, 0, 0, 1]) + bytes(4)
    later = bytes([ICMPV6, 0, 0, 9]) + bytes(4)
    for fragment, rest in (
        ("first", {"icmp_type": 128, "icmp_code": 0}),
        ("later", {}),
    ):
        body = options + routing + (first if fragment == "first" else later) + made.icmp(128)
        sent = made.frame(*ends.values(), 0, body)
        assert header_of_frame(sent) == header(**ends, protocol=ICMPV6, fragment=fragment, **rest)


@pytest.mark.parametrize("whole", [SYN, made.frame("fd00::1", "fd00::2", UDP, made.udp(1, 2))])
def test_a_frame_cut_anywhere_tells_all_or_nothing(whole: bytes) -> None:
    expected = header_of_frame(whole)
    for length in range(len(whole)):
        assert header_of_frame(whole[:length]) in (expected, "cut short")
