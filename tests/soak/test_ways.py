"""A slice of what `make soak` runs for long: every chain of devices that packets get over."""

from generated.compare_ways import problem


def test_witnesses_are_shown_for_every_chain(soak_count: int, soak_seed: int) -> None:
    found = (problem(seed) for seed in range(soak_seed, soak_seed + soak_count))
    assert next((text for text in found if text is not None), None) is None
