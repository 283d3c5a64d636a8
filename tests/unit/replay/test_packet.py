"""Packets and ranges of addresses as numbers."""

import pytest

from ringfence.foundation.errors import DefectError, UsageError
from ringfence.model.packet import Header
from ringfence.replay.packet import Spans, interface_address, packet_of


def test_a_packet_of_two_families_is_refused() -> None:
    with pytest.raises(UsageError, match="two families"):
        packet_of(Header(source="10.0.0.1", destination="::1", protocol=6))


def test_a_packet_without_an_address_is_refused() -> None:
    with pytest.raises(UsageError, match="db-01"):
        packet_of(Header(source="db-01", destination="10.0.0.1", protocol=6))


@pytest.mark.parametrize(
    ("text", "family", "first", "last"),
    [
        ("10.0.0.0/31", 4, 0x0A000000, 0x0A000001),
        ("10.0.0.1/24", 4, 0x0A000000, 0x0A0000FF),
        ("10.0.0.1", 4, 0x0A000001, 0x0A000001),
        ("10.0.0.1-10.0.0.3", 4, 0x0A000001, 0x0A000003),
        ("::/0", 6, 0, 2**128 - 1),
    ],
)
def test_ranges(text: str, family: int, first: int, last: int) -> None:
    span = Spans().of(text)
    assert (span.family, span.first, span.last) == (family, first, last)


def test_an_interface_has_one_address_of_its_network() -> None:
    span = interface_address("10.0.0.1/24")
    assert (span.first, span.last) == (0x0A000001, 0x0A000001)


def test_a_range_that_is_none_is_a_defect() -> None:
    with pytest.raises(DefectError, match=r"10\.0\.0\.0/99"):
        Spans().of("10.0.0.0/99")
