"""A slice of what `make soak` runs for long: the engine against brute force and hidden facts."""

import pytest
from hypothesis import HealthCheck, given, settings

from generated.compare import differences, problem
from generated.network import Network, networks


@pytest.mark.parametrize("part", range(4))
def test_matrix_equals_brute_force(part: int, soak_count: int, soak_seed: int) -> None:
    first = soak_seed + part * soak_count
    found = (problem(seed) for seed in range(first, first + soak_count))
    assert next((text for text in found if text is not None), None) is None


@settings(max_examples=25, suppress_health_check=list(HealthCheck))
@given(networks(exact=True))
def test_matrix_equals_brute_force_on_readable_networks(case: Network) -> None:
    assert next(differences(case), None) is None


@settings(max_examples=25, suppress_health_check=list(HealthCheck))
@given(networks(exact=False))
def test_both_bounds_equal_brute_force(case: Network) -> None:
    assert next(differences(case), None) is None
