"""A slice of what `make soak` runs for long: verdicts from slices against those of all headers."""

from generated.compare_slices import sliced_problem


def test_slices_lead_to_the_same_verdicts(soak_count: int, soak_seed: int) -> None:
    found = map(sliced_problem, range(soak_seed, soak_seed + soak_count))
    assert next((text for text in found if text is not None), None) is None
