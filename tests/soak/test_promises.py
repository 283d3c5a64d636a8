"""A slice of what `make soak` runs for long: what works now against single conversations."""

import pytest

from generated.promised import problem


@pytest.mark.parametrize("part", range(2))
def test_what_works_now_equals_conversations_tried_one_by_one(
    part: int, soak_count: int, soak_seed: int
) -> None:
    first = soak_seed + part * soak_count
    found = (problem(seed) for seed in range(first, first + soak_count))
    assert next((text for text in found if text is not None), None) is None
