"""A slice of what `make soak` runs for long: certificates of generated networks."""

import pytest

from generated.certified import certificate_problem


@pytest.mark.parametrize("part", range(2))
def test_certificates_hold_and_what_is_altered_does_not(
    part: int, soak_count: int, soak_seed: int
) -> None:
    first = soak_seed + part * soak_count
    found = (certificate_problem(seed) for seed in range(first, first + soak_count))
    assert next((text for text in found if text is not None), None) is None
