"""A packet of the lab is known again by its number, and nothing else is taken for it."""

from itertools import product

import pytest

from ringfence.lab import frames
from ringfence.model.packet import FRAGMENTS, ICMP, ICMPV6, TCP, UDP, Header

RUN = 77
ENDS = {4: ("10.0.0.1", "10.0.0.2"), 6: ("fd00::1", "fd00::2")}
HERE, THERE = "02:00:00:00:00:01", "02:00:00:00:00:02"


def headers() -> list[Header]:
    found = []
    for family, protocol, fragment in product((4, 6), (TCP, UDP, ICMP, ICMPV6, 47), FRAGMENTS):
        source, destination = ENDS[family]
        found.append(
            Header(
                source=source,
                destination=destination,
                protocol=protocol,
                icmp_type={ICMP: 8, ICMPV6: 128}.get(protocol),
                fragment=fragment,
            )
        )
    return found


def frame_of(header: Header, number: int = 5, tags: tuple[int, ...] = ()) -> bytes:
    ethertype, content = frames.packet(header, frames.payload(RUN, number))
    return frames.ethernet(THERE, HERE, ethertype, content, tags)


@pytest.mark.parametrize("header", headers(), ids=str)
@pytest.mark.parametrize("tags", [(), (20,), (10, 20)])
def test_a_packet_is_known_again(header: Header, tags: tuple[int, ...]) -> None:
    assert frames.number_in(frame_of(header, 4711, tags), RUN) == 4711


@pytest.mark.parametrize("header", headers(), ids=str)
def test_one_of_another_run_is_not_taken_for_it(header: Header) -> None:
    assert frames.number_in(frame_of(header), RUN + 1) is None


@pytest.mark.parametrize("header", headers(), ids=str)
def test_nor_is_an_answer_that_quotes_it(header: Header) -> None:
    quoted = frame_of(header)[14:]
    kind = b"\x03\x03" + b"\0" * 6
    four = b"\x45" + b"\0" * 8 + b"\x01" + b"\0" * 10 + kind + quoted
    six = b"\x60" + b"\0" * 5 + b"\x3a" + b"\0" * 33 + kind + quoted
    for ethertype, content in ((frames.IP, four), (frames.IPV6, six)):
        assert frames.number_in(frames.ethernet(THERE, HERE, ethertype, content), RUN) is None


@pytest.mark.parametrize(("family", "protocol", "kind"), [(4, ICMP, 0), (6, ICMPV6, 129)])
def test_nor_is_an_echo_reply_that_brings_it_back(family: int, protocol: int, kind: int) -> None:
    source, destination = ENDS[family]
    reply = Header(source=source, destination=destination, protocol=protocol, icmp_type=kind)
    assert frames.number_in(frame_of(reply), RUN) is None


@pytest.mark.parametrize("length", range(0, 80, 7))
def test_a_frame_that_is_cut_off_has_no_number(length: int) -> None:
    header = Header(source="fd00::1", destination="fd00::2", protocol=TCP)
    assert frames.number_in(frame_of(header)[: 14 + length], RUN) is None


@pytest.mark.parametrize("header", headers(), ids=str)
def test_fragments_have_a_length_that_is_allowed(header: Header) -> None:
    _, content = frames.packet(header, frames.payload(RUN, 1))
    if header.fragment == "first":
        fixed = 48 if ":" in header.source else 20
        assert (len(content) - fixed) % 8 == 0
