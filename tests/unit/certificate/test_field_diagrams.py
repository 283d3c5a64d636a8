"""Field diagrams: the same set is the same number, and sets combine as sets of headers do."""

from itertools import product

from hypothesis import given
from hypothesis import strategies as st

from ringfence.certificate.diagram import (
    DESTINATION,
    DESTINATION_PORT,
    EMPTY,
    IPV6_START,
    LAST_VALUES,
    PROTOCOL,
    SOURCE,
    SOURCE_PORT,
    TCP_FLAGS,
    Box,
    Diagrams,
    Interval,
    common,
    joined,
    outside,
)

# Small values in the fields that come first, second, in the middle and last, of both families.
VALUES = {
    DESTINATION: (0, 1, 2, IPV6_START, IPV6_START + 1),
    SOURCE: (0, 1, IPV6_START, IPV6_START + 1),
    PROTOCOL: (0, 6, 255),
    DESTINATION_PORT: (0, 22, 65535),
    SOURCE_PORT: (0, 22),
    TCP_FLAGS: (0, 63),
}
HEADERS = [dict(zip(VALUES, values, strict=True)) for values in product(*VALUES.values())]
VALID = [one for one in HEADERS if (one[SOURCE] < IPV6_START) == (one[DESTINATION] < IPV6_START)]


def intervals(field: int) -> st.SearchStrategy[tuple[Interval, ...]]:
    """Some intervals whose ends are near the values that are tried."""
    end = st.sampled_from(VALUES[field])
    pair = st.tuples(end, end).map(lambda two: (min(two), max(two)))
    return st.lists(pair, min_size=1, max_size=3).map(joined)


BOXES = st.fixed_dictionaries({}, optional={field: intervals(field) for field in VALUES})


def in_box(header: dict[int, int], box: Box) -> bool:
    return all(
        any(first <= header[field] <= last for first, last in some) for field, some in box.items()
    )


def holds(diagrams: Diagrams, one: int, header: dict[int, int]) -> bool:
    """Whether a header is in a set, found out by a set that holds nothing else."""
    single = diagrams.box({field: ((value, value),) for field, value in header.items()})
    return diagrams.both(one, single) != EMPTY


@given(BOXES, BOXES)
def test_sets_combine_as_sets_of_headers_do(one: Box, other: Box) -> None:
    diagrams = Diagrams()
    left, right = diagrams.box(one), diagrams.box(other)
    both, either = diagrams.both(left, right), diagrams.either(left, right)
    only = diagrams.without(left, right)
    for header in VALID:
        expected = in_box(header, one), in_box(header, other)
        assert holds(diagrams, both, header) == all(expected)
        assert holds(diagrams, either, header) == any(expected)
        assert holds(diagrams, only, header) == (expected[0] and not expected[1])
    assert diagrams.either(only, both) == left
    assert diagrams.union([right, only]) == either


@given(BOXES, BOXES)
def test_answers_have_source_and_destination_exchanged(one: Box, other: Box) -> None:
    diagrams = Diagrams()
    whole = diagrams.either(diagrams.box(one), diagrams.box(other))
    twins = {SOURCE: DESTINATION, DESTINATION: SOURCE}
    twins |= {SOURCE_PORT: DESTINATION_PORT, DESTINATION_PORT: SOURCE_PORT}
    answers = diagrams.exchanged(whole)
    swapped = [
        diagrams.box({twins.get(field, field): some for field, some in box.items()})
        for box in (one, other)
    ]
    assert answers == diagrams.either(*swapped)
    assert diagrams.exchanged(answers) == whole


@given(BOXES)
def test_an_example_is_in_its_set(box: Box) -> None:
    diagrams = Diagrams()
    one = diagrams.box(box)
    if one != EMPTY:
        example = diagrams.example(one)
        single = diagrams.box({field: ((value, value),) for field, value in example.items()})
        assert diagrams.both(one, single) != EMPTY


@given(intervals(DESTINATION_PORT), intervals(DESTINATION_PORT))
def test_intervals_are_sets_of_numbers(
    one: tuple[Interval, ...], other: tuple[Interval, ...]
) -> None:
    everything = (0, LAST_VALUES[DESTINATION_PORT])
    left = outside(one, everything)
    assert joined((*one, *left)) == (everything,)
    assert common(one, left) == ()
    assert common(one, other) == common(other, one)


def test_headers_have_addresses_of_one_family() -> None:
    diagrams = Diagrams()
    mixed = diagrams.box({SOURCE: ((0, 0),), DESTINATION: ((IPV6_START, IPV6_START),)})
    assert mixed == EMPTY
