"""IPFIX, told as it was sent, and its templates bounded, replaced and withdrawn."""

from __future__ import annotations

import struct
from ipaddress import ip_address

import pytest

import made_packets as made
from ringfence.model.packet import ICMP, ICMPV6, TCP
from ringfence.sources.telemetry.datagrams import Datagrams
from ringfence.sources.telemetry.observed import Observed
from ringfence.sources.telemetry.templates import RULE, Templates, template

AT = "192.0.2.1"
ENDS = [(8, bytes((10, 0, 1, 5))), (12, bytes((10, 0, 2, 5)))]
ENDS_6 = [(27, ip_address("fd00::1").packed), (28, ip_address("fd00::2").packed)]
TALK = [*ENDS, (7, b"\x9c\x40"), (11, b"\1\xbb"), (4, bytes([TCP]))]
DATA = made.ipfix(made.ipfix_data(300, TALK))


def told(*messages: bytes) -> tuple[list[Observed], Datagrams]:
    reader = Datagrams()
    return [one for each in messages for one in reader.told(each, AT)], reader


def told_of(fields: list[made.Field], variable: tuple[int, ...] = ()) -> Observed:
    template_, data = (
        made.ipfix_template(300, fields, variable),
        made.ipfix_data(300, fields, variable=variable),
    )
    ((one,), reader) = told(made.ipfix(template_, data))
    assert not reader.troubles
    return one


def test_a_flow_of_nsx_with_its_rule() -> None:
    one = told_of([*TALK, (233, b"\3"), (RULE, (3060).to_bytes(4)), (2, (4).to_bytes(8))])
    assert (one.decision, one.rule, one.packets) == ("refused", "rule 3060", 4)


@pytest.mark.parametrize("length", [0, 5, 254, 255, 300])
def test_a_field_that_says_its_own_length(length: int) -> None:
    one = told_of([(82, b"n" * length), *TALK, (2, (7).to_bytes(8))], variable=(82,))
    assert (one.header.destination_port, one.packets) == (443, 7)


def test_numbers_may_be_shorter_than_their_type() -> None:
    assert told_of([*TALK, (2, b"\7")]).packets == 7
    assert told_of([*TALK, (82, b"x"), (2, b"\0\0\7")], variable=(82, 2)).packets == 7


def test_icmp_in_each_of_its_forms() -> None:
    four, six = [*ENDS, (4, bytes([ICMP]))], [*ENDS_6, (4, bytes([ICMPV6]))]
    for fields, expected in (
        ([*four, (32, b"\3\1")], (3, 1)),
        ([*four, (176, b"\3"), (177, b"\1")], (3, 1)),
        ([*six, (139, b"\x80\0")], (128, 0)),
        ([*six, (178, b"\x80"), (179, b"\2")], (128, 2)),
        ([*four, (7, b"\0\0"), (11, b"\3\1")], (3, 1)),
    ):
        header = told_of(fields).header
        assert (header.icmp_type, header.icmp_code) == expected
        assert header.destination_port is None


def test_of_two_families_that_of_which_something_is_said() -> None:
    nothing = [(8, bytes(4)), (12, bytes(4))]
    rest = TALK[2:]
    assert told_of([*nothing, *ENDS_6, *rest]).header.source == "fd00::1"
    assert told_of([*ENDS, (27, bytes(16)), (28, bytes(16)), *rest]).header.source == "10.0.1.5"


def test_flags_that_are_counted_one_by_one() -> None:
    counts = [(218, (2).to_bytes(8)), (222, (9).to_bytes(8)), (220, bytes(8))]
    assert told_of([*TALK, *counts]).header.tcp_flags == 2 | 16


def test_a_count_of_what_was_dropped_decides_nothing() -> None:
    assert told_of([*TALK, (133, b"\4"), (2, b"\4")]).decision is None


@pytest.mark.parametrize(
    ("interval", "packets"),
    [([(34, b"\x0a")], 10), ([(305, b"\x0a")], 10), ([(305, b"\1"), (306, b"\x63")], 100)],
)
def test_the_interval_of_sampling(interval: list[made.Field], packets: int) -> None:
    assert told_of([*TALK, *interval]).packets == packets
    scope = [(144, (1).to_bytes(4)), *interval]
    options = made.ipfix(made.ipfix_options(400, scope), made.ipfix_data(400, scope))
    ((one,), _) = told(options, made.ipfix(made.ipfix_template(300, TALK)), DATA)
    assert one.packets == packets


def test_a_number_that_nobody_sends_is_cut() -> None:
    assert told_of([*TALK, (2, b"\xff" * 8), (34, b"\xff" * 4)]).packets == 1 << 40


def test_templates_are_withdrawn() -> None:
    template_ = made.ipfix(made.ipfix_template(300, TALK))
    one = made.ipfix(made.a_set(2, struct.pack(">HH", 300, 0)))
    every = made.ipfix(made.a_set(2, struct.pack(">HH", 2, 0)))
    options = made.ipfix(made.a_set(3, struct.pack(">HH", 3, 0)))
    for withdrawal in (one, every):
        seen, reader = told(template_, DATA, withdrawal, DATA)
        assert len(seen) == 1
        assert reader.troubles == {("IPFIX", "without its template"): 1}
        assert not len(reader.templates)
    assert len(told(template_, options, DATA)[0]) == 1


def test_a_template_of_the_same_number_takes_the_place_of_another() -> None:
    turned = [TALK[0], TALK[1], TALK[3], TALK[2], TALK[4]]
    template_, other = made.ipfix_template(300, TALK), made.ipfix_template(300, turned)
    seen, reader = told(made.ipfix(template_), DATA, made.ipfix(other), DATA)
    assert [one.header.destination_port for one in seen] == [443, 40000]
    assert len(reader.templates) == 1


@pytest.mark.parametrize(
    ("message", "trouble"),
    [
        (DATA[:9], "cut short"),
        (DATA + b"\0", "of a wrong length"),
        (made.ipfix(made.a_set(2, struct.pack(">HHHH", 300, 2, 8, 4))), "cut short"),
        (made.ipfix(made.a_set(2, struct.pack(">HHHH", 300, 1, 0x8008, 4))), "cut short"),
        (made.ipfix(made.a_set(9, b"")), "of no known format"),
        (made.ipfix(struct.pack(">HH", 300, 2)), "of a wrong length"),
        (made.ipfix(made.ipfix_template(300, [(8, b"")])), "with a template that was refused"),
    ],
)
def test_a_damaged_message_is_counted(message: bytes, trouble: str) -> None:
    seen, reader = told(message)
    assert seen == []
    assert reader.troubles == {("IPFIX", trouble): 1}


def test_a_record_that_is_cut_short_is_counted() -> None:
    fields = [(82, b"n" * 9), *TALK]
    whole = made.ipfix_data(300, fields, variable=(82,))
    template_ = made.ipfix_template(300, fields, (82,))
    for cut in range(1, 10):
        seen, reader = told(made.ipfix(template_, made.a_set(300, whole[4:-cut])))
        assert seen == []
        assert reader.troubles == {("IPFIX", "cut short"): 1}


def test_templates_are_bounded_and_a_flood_costs_one_exporter_its_own() -> None:
    kept = Templates(most=8)
    new = template([(8, 4), (12, 4)])
    assert new is not None
    for number in range(1000):
        kept.keep((10, "192.0.2.9", 1), 256 + number, new)
    assert len(kept) == 2
    kept.keep((10, AT, 1), 300, new)
    for number in range(5):
        kept.keep((10, "192.0.2.7", number), 256, new)
        assert kept.find((10, AT, 1), 300) is new
    for number in range(100):
        kept.keep((10, "192.0.2.7", number), 256, new)
        kept.find((10, AT, 1), 300)
    assert len(kept) == 8
    assert kept.find((10, AT, 1), 300) is new
    for number in range(100):
        kept.note_sampling((10, AT, number), 5)
    assert [kept.sampling((10, AT, number)) for number in (0, 99)] == [1, 5]
