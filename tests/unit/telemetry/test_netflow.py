"""NetFlow 5 and 9, told as they were sent, and what is not whole counted."""

from __future__ import annotations

import struct
from ipaddress import ip_address

import pytest

import made_packets as made
from ringfence.model.packet import ICMP, ICMPV6, TCP, UDP, Header
from ringfence.sources.telemetry.datagrams import Datagrams
from ringfence.sources.telemetry.observed import Observed

LOW, HIGH, AT = "10.0.1.5", "10.0.2.5", "192.0.2.1"
ENDS = [(8, ip_address(LOW).packed), (12, ip_address(HIGH).packed)]


def number(value: int, size: int = 4) -> bytes:
    return value.to_bytes(size)


def conversation(protocol: int = TCP, to_port: int = 443) -> list[made.Field]:
    ports = [(7, number(40000, 2)), (11, number(to_port, 2))]
    return [*ENDS, *ports, (4, bytes([protocol])), (6, b"\x1b"), (2, number(9))]


def told(*datagrams: bytes) -> tuple[list[Observed], Datagrams]:
    reader = Datagrams()
    return [one for each in datagrams for one in reader.told(each, AT)], reader


def test_version_5_tells_ends_ports_and_flags() -> None:
    sent = made.netflow_5((LOW, HIGH, 40000, 443, 0x1B, TCP, 9), (LOW, HIGH, 0, 0x303, 0, ICMP, 2))
    seen, reader = told(sent)
    assert seen[0] == Observed(
        Header(
            source=LOW,
            destination=HIGH,
            protocol=TCP,
            source_port=40000,
            destination_port=443,
            tcp_flags=0x1B,
        ),
        None,
        "port 3 to 7",
        AT,
        9,
        "flow",
    )
    assert (seen[1].header.icmp_type, seen[1].header.icmp_code) == (3, 3)
    assert not reader.troubles


def test_version_5_counts_a_sample_by_its_interval() -> None:
    seen, _ = told(made.netflow_5((LOW, HIGH, 1, 53, 0, UDP, 2), sampling=0x4000 | 100))
    assert seen[0].packets == 200


def test_version_5_counts_what_it_has_no_type_for() -> None:
    seen, reader = told(made.netflow_5((LOW, HIGH, 0, 0, 0, ICMPV6, 2)))
    assert seen == []
    assert reader.troubles == {("NetFlow 5", "without ports or types"): 1}


def test_later_fragments_have_no_ports() -> None:
    seen, _ = told(made.netflow_5((LOW, HIGH, 0, 0, 0, UDP, 2)))
    assert seen[0].header == Header(source=LOW, destination=HIGH, protocol=UDP, fragment="later")


@pytest.mark.parametrize(
    ("change", "trouble"),
    [
        (lambda sent: sent[:20], "cut short"),
        (lambda sent: sent[:-1], "of a wrong length"),
        (lambda sent: sent + b"\0", "of a wrong length"),
        (lambda sent: sent[:2] + b"\0\0" + sent[4:24], "of a wrong length"),
        (lambda sent: sent[:2] + b"\0\x1f" + sent[4:24] + bytes(48 * 31), "of a wrong length"),
    ],
)
def test_version_5_of_a_wrong_length_tells_nothing(change: object, trouble: str) -> None:
    assert callable(change)
    seen, reader = told(change(made.netflow_5((LOW, HIGH, 1, 53, 0, UDP, 2))))
    assert seen == []
    assert reader.troubles == {("NetFlow 5", trouble): 1}


def test_version_9_tells_after_its_template_came() -> None:
    fields = conversation()
    data = made.netflow_9(made.ipfix_data(300, fields, fields))
    reader = Datagrams()
    assert [*reader.told(data, AT)] == []
    assert reader.troubles == {("NetFlow 9", "without its template"): 1}
    assert [*reader.told(made.netflow_9(made.netflow_9_template(300, fields)), AT)] == []
    seen = [*reader.told(data, AT)]
    assert [(one.header.destination_port, one.packets, one.decision) for one in seen] == [
        (443, 9, None)
    ] * 2
    # Another exporter, or another source there, has templates of its own.
    assert [*reader.told(data, "192.0.2.2")] == []
    assert [*reader.told(made.netflow_9(made.ipfix_data(300, fields), domain=2), AT)] == []


@pytest.mark.parametrize(
    ("status", "decision"),
    [(0, None), (64, "allowed"), (67, "allowed"), (128, "refused"), (192, None)],
)
def test_a_forwarding_status_says_what_became_of_it(status: int, decision: str | None) -> None:
    fields = [*conversation(), (89, bytes([status]))]
    template, data = made.netflow_9_template(300, fields), made.ipfix_data(300, fields)
    ((one,), _) = told(made.netflow_9(template, data))
    assert one.decision == decision


@pytest.mark.parametrize(
    ("event", "decision"),
    [(0, None), (1, "allowed"), (2, "allowed"), (3, "refused"), (5, "allowed")],
)
@pytest.mark.parametrize("element", [233, 40005])
def test_a_firewall_tells_of_events(element: int, event: int, decision: str | None) -> None:
    fields = [*ENDS, (7, b"\x9c\x40"), (11, b"\1\xbb"), (4, b"\6"), (element, bytes([event]))]
    template, data = made.netflow_9_template(300, fields), made.ipfix_data(300, fields)
    ((one,), _) = told(made.netflow_9(template, data))
    assert (one.decision, one.packets, one.header.tcp_flags) == (decision, 1, 63)


def test_options_say_how_an_exporter_samples() -> None:
    fields = conversation()
    options = [(34, number(100))]
    ((one,), reader) = told(
        made.netflow_9(
            made.netflow_9_options(400, 1, options),
            made.a_set(400, number(0) + number(100)),
            made.netflow_9_template(300, fields),
            made.ipfix_data(300, fields),
        )
    )
    assert one.packets == 900
    assert not reader.troubles


@pytest.mark.parametrize(
    "body",
    [
        struct.pack(">HH", 0, 3),  # a length shorter than what tells it
        struct.pack(">HH", 0, 999),
        made.a_set(0, struct.pack(">HH", 300, 9)),  # fields that do not come
        made.a_set(1, struct.pack(">HHH", 300, 9, 9)),
        made.a_set(7, b""),  # the number of nothing
        made.netflow_9_template(300, [(8, b"")]),  # records without length
        made.netflow_9_template(300, [(8, bytes(4))] * 300),  # too many fields
        made.netflow_9_template(300, [(95, bytes(0xFFFF))]),  # which only IPFIX has
    ],
)
def test_a_damaged_set_is_counted(body: bytes) -> None:
    seen, reader = told(made.netflow_9(body))
    assert seen == []
    assert reader.troubles.total() == 1
    assert not len(reader.templates)


def test_records_that_cannot_be_placed_are_counted() -> None:
    without = [*ENDS, (4, bytes([TCP]))]
    frames = [(56, bytes(6)), (80, bytes(6))]
    sets = (
        made.netflow_9_template(300, without),
        made.ipfix_data(300, without),
        made.netflow_9_template(301, frames),
        made.ipfix_data(301, frames),
    )
    seen, reader = told(made.netflow_9(*sets))
    assert seen == []
    assert reader.troubles == {
        ("NetFlow 9", "without ports or types"): 1,
        ("NetFlow 9", "not of an IP packet"): 1,
    }


def test_a_record_of_no_packet_tells_of_one() -> None:
    sent = made.netflow_5(("10.0.1.5", "10.0.2.5", 40000, 443, 0x1B, TCP, 0))
    (one,) = Datagrams().told(sent, "192.0.2.1")
    assert one.packets == 1
