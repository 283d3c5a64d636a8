"""Whatever arrives, nothing is raised, and what is kept stays bounded."""

from __future__ import annotations

import struct

from hypothesis import given, settings
from hypothesis import strategies as some

import made_packets as made
from ringfence.model.packet import TCP
from ringfence.sources.telemetry.datagrams import Datagrams
from ringfence.sources.telemetry.kept import Kept
from ringfence.sources.telemetry.observed import Observed

TALK = [
    *[(8, bytes((10, 0, 1, 5))), (12, bytes((10, 0, 2, 5)))],
    *[(7, b"\x9c\x40"), (11, b"\1\xbb"), (4, bytes([TCP])), (82, b"name"), (2, bytes(8))],
]
FRAME = made.frame("10.0.1.5", "10.0.2.5", TCP, made.tcp(40000, 443), tag=7)
GOOD = (
    made.netflow_5(("10.0.1.5", "10.0.2.5", 1, 2, 3, TCP, 5)),
    made.netflow_9(made.netflow_9_template(300, TALK), made.ipfix_data(300, TALK)),
    made.ipfix(
        made.ipfix_template(300, TALK, (82, 2)), made.ipfix_data(300, TALK, variable=(82, 2))
    ),
    made.ipfix(made.ipfix_options(400, TALK), made.ipfix_data(400, TALK)),
    made.sflow((1, made.flow_sample(FRAME))),
)
BEGINNINGS = (b"\0\5", b"\0\t", b"\0\n", struct.pack(">II", 5, 1), b"")
BYTES = some.builds(bytes.__add__, some.sampled_from(BEGINNINGS), some.binary(max_size=200))


@some.composite
def damaged(draw: some.DrawFn) -> bytes:
    """Return a good datagram in which some bytes are others, or missing, or twice there."""
    sent = bytearray(draw(some.sampled_from(GOOD)))
    for _ in range(draw(some.integers(0, 6))):
        place = draw(some.integers(0, max(0, len(sent) - 1)))
        match draw(some.integers(0, 2)):
            case 0:
                sent[place : place + 1] = bytes([draw(some.integers(0, 255))])
            case 1:
                del sent[place : place + draw(some.integers(1, 8))]
            case _:
                sent[place:place] = sent[place : place + draw(some.integers(1, 8))]
    if sent[:2] == b"\0\n" and len(sent) > 3 and draw(some.booleans()):
        sent[2:4] = len(sent).to_bytes(2)  # else hardly any gets past its length
    return bytes(sent)


@settings(max_examples=150, deadline=None)
@given(some.lists(BYTES | damaged(), max_size=12))
def test_any_bytes_are_told_or_counted(datagrams: list[bytes]) -> None:
    reader, kept = Datagrams(), Kept("test", most=5)
    for number, datagram in enumerate(datagrams):
        for one in reader.told(datagram, "192.0.2.1"):
            assert isinstance(one, Observed)
            assert 1 <= one.packets <= 1 << 40
            kept.add(one, number)
    assert len(kept) <= 5
    assert len(kept.seen()) == len(kept)
    assert len(reader.templates) <= 2048
    assert len(reader.troubles) <= 40


def test_a_datagram_of_tiny_records_is_not_walked_through() -> None:
    fields = [(4, b"\6")]
    reader = Datagrams()
    message = made.ipfix(made.ipfix_template(300, fields), made.a_set(300, bytes(60000)))
    assert [*reader.told(message, "192.0.2.1")] == []
    assert reader.troubles == {("IPFIX", "not of an IP packet"): 1}


def test_what_seems_an_answer_is_kept_by_the_port_that_serves() -> None:
    kept = Kept("test")
    reader = Datagrams()
    for port in range(40000, 40100):
        sent = made.netflow_5(
            ("10.0.1.5", "10.0.2.5", port, 443, 0x1B, TCP, 5),
            ("10.0.2.5", "10.0.1.5", 443, port, 0x1B, TCP, 4),
        )
        for one in reader.told(sent, "192.0.2.1"):
            kept.add(one, 1)
    assert sorted(one.count for one in kept.seen()) == [400, 500]
