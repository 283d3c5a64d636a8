"""A slice of what `make soak` runs for long: who observes whom, place against place."""

import pytest

from generated.observed import problem


@pytest.mark.parametrize("part", range(2))
def test_sights_equal_those_of_place_against_place(
    part: int, soak_count: int, soak_seed: int
) -> None:
    first = soak_seed + part * soak_count
    found = (problem(seed) for seed in range(first, first + soak_count))
    assert next((text for text in found if text is not None), None) is None
