"""Which mutants of the engine are made, and what the page says of them."""

import pytest

import mutant_main
from mutant_places import Place, changed, in_turn, meaning
from mutants_page import page

BEFORE = 'def f(a: int) -> int:\n    """Say."""\n    return a + 1\n'


def test_a_change_of_words_for_readers_is_no_mutant() -> None:
    assert meaning(BEFORE.replace("a: int", "a: str").replace("Say", "Tell")) == meaning(BEFORE)
    assert meaning(BEFORE.replace("+", "-")) != meaning(BEFORE)
    assert meaning("def f(:") is None


def test_a_change_is_told_by_its_lines() -> None:
    assert changed(BEFORE, BEFORE.replace("+", "-")) == (3, "return a + 1", "return a - 1")


def test_every_module_comes_first_once() -> None:
    every = {name: [Place(name, "x", one) for one in range(size)] for name, size in SIZES.items()}
    places = in_turn(every, 1)
    assert {place.module for place in places[: len(SIZES)]} == SIZES.keys()
    assert sorted(places) == sorted(place for some in every.values() for place in some)
    assert places == in_turn(every, 1) != in_turn(every, 2)


SIZES = {"large": 30, "middle": 10, "small": 1}


def test_a_module_is_tested_by_what_is_named_like_it_first() -> None:
    first, *others = mutant_main.unit_tests("port_filters")
    assert first.endswith("test_port_filters.py")
    assert len(others) > 10
    assert not any("stanford" in path for path in others)


def test_the_page_explains_every_survivor() -> None:
    told = {"module": "flood", "line": 7, "operator": "x", "before": "a | b", "after": "a & b"}
    outcomes = [told | {"outcome": "survived", "by": ""}, told | {"outcome": "killed", "by": "t"}]
    run = {"seed": 1, "possible": {"flood": 9}, "outcomes": outcomes}
    text = page(run, {"flood: a | b -> a & b": ["equivalent", "Both are empty."]})
    assert "2 mutants of 9 places, 1 killed (0 of them by their time), 1 survived" in text
    assert "equivalent: Both are empty." in text
    assert "`` a \\| b ``" in text
    with pytest.raises(KeyError):
        page(run, {})
