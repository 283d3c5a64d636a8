"""Header sets against plain predicates over single headers."""

from collections.abc import Callable
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringfence.foundation.errors import BudgetExceededError
from ringfence.model.packet import Header
from ringfence.reach.describing import services
from ringfence.reach.diagrams import CuddDiagrams, OxiddDiagrams
from ringfence.reach.fields import Cuts, Field, Interval, address_interval, header_values
from ringfence.reach.headers import HeaderSet, HeaderSpace
from ringfence.reach.orders import (
    ADDRESSES_FIRST,
    BLOCKS_THEN_ADDRESSES,
    BLOCKS_THEN_SERVICES,
    SERVICES_FIRST,
)

PREFIXES = ("10.0.0.0/8", "10.1.0.0/16", "10.1.2.0/24", "10.1.2.3", "192.168.0.1-192.168.0.9")
PREFIXES_6 = ("fd00::/8", "fd00:1::/32", "fd00:1::5")
ADDRESSES = ("10.0.0.1", "10.1.2.3", "10.1.2.255", "192.168.0.9", "192.168.0.10", "8.8.8.8")
ADDRESSES_6 = ("fd00::1", "fd00:1::5", "fd00:1::6", "2001:db8::1")

Box = dict[Field, Interval]

LIBRARIES = (OxiddDiagrams, CuddDiagrams)
ORDERS = (ADDRESSES_FIRST, SERVICES_FIRST, BLOCKS_THEN_ADDRESSES, BLOCKS_THEN_SERVICES)
Making = Callable[[Cuts], HeaderSpace]
makings = st.builds(
    lambda library, order: partial(HeaderSpace, nodes=1 << 16, order=order, library=library),
    st.sampled_from(LIBRARIES),
    st.sampled_from(ORDERS),
)

ports = st.sampled_from(((0, 65535), (80, 80), (1, 1023), (443, 8443)))
boxes = st.fixed_dictionaries(
    {},
    optional={
        Field.SOURCE: st.sampled_from(PREFIXES + PREFIXES_6).map(address_interval),
        Field.DESTINATION: st.sampled_from(PREFIXES + PREFIXES_6).map(address_interval),
        Field.PROTOCOL: st.sampled_from(((6, 6), (17, 17), (0, 5))),
        Field.DESTINATION_PORT: ports,
        Field.SOURCE_PORT: ports,
        Field.TCP_FLAGS: st.sampled_from(((2, 2), (16, 63))),
    },
)


def header(source: str, destination: str, protocol: int, port: int) -> Header:
    has_ports = protocol in (6, 17)
    return Header(
        source=source,
        destination=destination,
        protocol=protocol,
        source_port=1023 if has_ports else None,
        destination_port=port if has_ports else None,
        tcp_flags=2 if protocol == 6 else None,
    )


HEADERS = [
    header(source, destination, protocol, port)
    for family in (ADDRESSES, ADDRESSES_6)
    for source in family
    for destination in family
    for protocol in (1, 6, 17, 200)
    for port in (79, 80, 443, 9000)
]


def holds(box: Box, one: Header) -> bool:
    """Whether a header is in a box, by comparing numbers."""
    values = header_values(one)
    return all(first <= values[name] <= last for name, (first, last) in box.items())


def built(space: HeaderSpace, box: Box) -> HeaderSet:
    """The same box as a set."""
    headers = space.everything
    for name, interval in box.items():
        headers &= space.interval(name, interval)
    return headers


def space_of(making: Making, *some: Box) -> HeaderSpace:
    """A space that can tell the boxes apart."""
    cuts = Cuts()
    for box in some:
        for name, interval in box.items():
            cuts.add(name, interval)
    return making(cuts)


@given(makings, boxes, boxes, boxes)
def test_sets_hold_exactly_the_headers_that_their_definition_holds(
    making: Making, one: Box, two: Box, three: Box
) -> None:
    space = space_of(making, one, two, three)
    built_set = space.without(built(space, one) | built(space, two), built(space, three))
    for packet in HEADERS:
        expected = (holds(one, packet) or holds(two, packet)) and not holds(three, packet)
        assert space.contains(built_set, packet) is expected


@given(makings, boxes, boxes)
def test_equal_sets_are_equal_however_they_were_built(making: Making, one: Box, two: Box) -> None:
    space = space_of(making, one, two)
    left, right = built(space, one), built(space, two)
    assert space.complement(left | right) == space.complement(left) & space.complement(right)
    assert space.without(left, right) | (left & right) == left


@given(makings, boxes)
def test_a_reply_exchanges_source_and_destination(making: Making, box: Box) -> None:
    space = space_of(making, box)
    headers = built(space, box)
    replies = space.replies(headers)
    assert space.replies(replies) == headers
    for packet in HEADERS[::7]:
        back = Header(
            source=packet.destination,
            destination=packet.source,
            protocol=packet.protocol,
            source_port=packet.destination_port,
            destination_port=packet.source_port,
            tcp_flags=packet.tcp_flags,
        )
        assert space.contains(replies, back) is space.contains(headers, packet)


@given(makings, boxes)
def test_what_is_picked_from_a_set_is_in_it(making: Making, box: Box) -> None:
    space = space_of(making, box)
    picked = space.pick(built(space, box))
    if picked is not None:
        for name, (first, last) in box.items():
            assert first <= picked[name][0] <= picked[name][1] <= last


def test_nothing_mixes_the_address_families() -> None:
    space = HeaderSpace(Cuts(), nodes=1 << 12)
    mixed = Header(source="10.0.0.1", destination="fd00::1", protocol=6)
    assert not space.contains(space.everything, mixed)


def test_services_are_named_in_words() -> None:
    cuts = Cuts()
    cuts.add(Field.PROTOCOL, (6, 6))
    cuts.add(Field.PROTOCOL, (1, 1))
    cuts.add_all(Field.DESTINATION_PORT, [(443, 443), (8000, 8080)])
    cuts.add(Field.ICMP, (2048, 2303))
    space = HeaderSpace(cuts, nodes=1 << 14)
    tcp, icmp = (space.interval(Field.PROTOCOL, (one, one)) for one in (6, 1))
    some = tcp & space.intervals(Field.DESTINATION_PORT, [(443, 443), (8000, 8080)])
    echo = icmp & space.interval(Field.ICMP, (2048, 2303))
    assert services(space, some | echo) == ("icmp/8", "tcp/443", "tcp/8000-8080")
    assert services(space, tcp) == ("tcp",)
    assert services(space, space.complement(some)) == ("any except tcp/443 and tcp/8000-8080",)
    assert services(space, space.everything) == ("any",)
    assert services(space, space.nothing) == ()


@pytest.mark.parametrize("library", LIBRARIES)
def test_a_set_that_outgrows_its_memory_is_told_as_such(
    library: type[OxiddDiagrams] | type[CuddDiagrams],
) -> None:
    cuts = Cuts()
    numbers = range(1, 60000, 2)
    cuts.add_all(Field.DESTINATION_PORT, ((one, one) for one in numbers))
    with pytest.raises(BudgetExceededError, match="outgrew"):  # noqa: PT012 (where depends)
        space = HeaderSpace(cuts, nodes=1 << 7, library=library)
        space.intervals(Field.DESTINATION_PORT, ((one, one) for one in numbers))
