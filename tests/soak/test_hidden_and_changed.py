"""A slice of what `make soak` runs for long: completions of hidden facts, and changes of none."""

from random import Random

import msgspec

from generated import compare_completions, compare_metamorphic
from generated.compare import case_of
from generated.completions import completions
from generated.hidden import hidden
from ringfence.model.facts import NotRead


def test_what_is_claimed_holds_in_every_completion(soak_count: int, soak_seed: int) -> None:
    seeds = range(soak_seed, soak_seed + soak_count)
    found = map(compare_completions.problem, seeds)
    assert next((text for text in found if text is not None), None) is None


def test_completions_agree_with_what_was_read() -> None:
    case = case_of(4)
    poorer = hidden(case, Random(1), 0.3)
    some = list(completions(case.snapshot, poorer.snapshot, Random(1), 20))
    assert len(set(map(msgspec.json.encode, some))) > 5
    for one in some:
        assert hidden_again(one, poorer.snapshot) == poorer.snapshot


def hidden_again(record, poorer):
    """Put what is not read in ``poorer`` out of sight in a record like it."""
    if isinstance(poorer, tuple):
        return tuple(hidden_again(one, two) for one, two in zip(record, poorer, strict=True))
    if isinstance(poorer, msgspec.Struct) and type(record) is type(poorer):
        fields = {
            name: hidden_again(getattr(record, name), getattr(poorer, name))
            for name in poorer.__struct_fields__
        }
        return msgspec.structs.replace(record, **fields)
    return poorer if isinstance(poorer, NotRead) else record


def test_a_change_that_is_none_changes_no_verdict(soak_count: int, soak_seed: int) -> None:
    seeds = range(soak_seed, soak_seed + soak_count)
    found = map(compare_metamorphic.problem, seeds)
    assert next((text for text in found if text is not None), None) is None
