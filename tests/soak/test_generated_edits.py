"""A slice of what `make soak` runs for long: edits and placements against brute force."""

import pytest

from generated import compare_placements
from generated.compare_edits import problem, undone
from generated.edit_sequences import sequence_problem


@pytest.mark.parametrize("part", range(2))
def test_a_what_if_is_the_difference_of_two_answers(
    part: int, soak_count: int, soak_seed: int
) -> None:
    first = soak_seed + part * soak_count
    found = (problem(seed) for seed in range(first, first + soak_count))
    assert next((text for text in found if text is not None), None) is None


def test_an_edit_can_be_undone(soak_count: int, soak_seed: int) -> None:
    found = (undone(seed) for seed in range(soak_seed, soak_seed + soak_count))
    assert next((text for text in found if text is not None), None) is None


def test_a_sequence_of_edits_equals_asking_from_nothing(soak_count: int, soak_seed: int) -> None:
    seeds = range(soak_seed, soak_seed + max(1, soak_count // 2))
    found = map(sequence_problem, seeds)
    assert next((text for text in found if text is not None), None) is None


def test_a_verdict_of_all_placements_holds_in_each(soak_count: int, soak_seed: int) -> None:
    seeds = range(soak_seed, soak_seed + max(1, soak_count // 2))
    found = map(compare_placements.problem, seeds)
    assert next((text for text in found if text is not None), None) is None
