"""A slice of what `make soak` runs for long: the engine against the attacker game."""

from generated.compare_game import differences, problem
from generated.game import Game, GameDevice, GameRule


def test_what_may_start_and_be_answered_equals_the_game(soak_count: int, soak_seed: int) -> None:
    found = (problem(seed) for seed in range(soak_seed, soak_seed + 8 * soak_count))
    assert next((text for text in found if text is not None), None) is None


def test_an_answer_of_one_device_plants_state_in_the_next() -> None:
    # The left device passes packets to 0 as answers only; the right one then takes them as new,
    # and so lets their answers through to low.
    answers = GameRule(accepts=True, state="established")
    left = GameDevice(
        segments=(0, 1),
        routes=((1,), (1,)),
        rules=(answers, GameRule(accepts=True, destination=1)),
        accepts=False,
        own=None,
        strict=(),
    )
    right = GameDevice(
        segments=(1, 2),
        routes=((0,), (1,)),
        rules=(answers, GameRule(accepts=True, source=1, destination=0, state="new")),
        accepts=False,
        own=None,
        strict=(),
    )
    game = Game(segments=3, machines=((0, "middle"), (2, "low")), devices=(left, right))
    assert not list(differences(game))
