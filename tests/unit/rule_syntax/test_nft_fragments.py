"""Matches on fragments as 'nft -j list ruleset' (1.0.6) writes them."""

from typing import Any

import pytest

from ringfence.model.rules import FamilyMatch, FragmentMatch, UnmodelledMatch
from ringfence.sources.rule_syntax.nft_fragments import fragment_groups

OFFSET = {"payload": {"protocol": "ip", "field": "frag-off"}}
FOUR, SIX = FamilyMatch(family=4), FamilyMatch(family=6)
OPEN = UnmodelledMatch(text="the match")


def masked(mask: int) -> dict[str, Any]:
    return {"&": [OFFSET, mask]}


def header(**field: str) -> dict[str, Any]:
    return {"exthdr": {"name": "frag", **field}}


def of(*kinds: Any) -> FragmentMatch:
    return FragmentMatch(kinds=kinds)


@pytest.mark.parametrize(
    ("left", "operator", "value", "groups"),
    [
        (masked(8191), "!=", 0, [(FOUR, of("later"))]),
        (masked(8191), "==", 0, [(FOUR, of("none", "first"))]),
        (masked(16383), "!=", 0, [(FOUR, of("first", "later"))]),
        (masked(16383), "==", 0, [(FOUR, of("none"))]),
        # A later fragment may be followed by others or not.
        (masked(8192), "!=", 0, [(FOUR, of("first")), (FOUR, of("later"), OPEN)]),
        (masked(8192), "==", 0, [(FOUR, of("none")), (FOUR, of("later"), OPEN)]),
        # A whole packet may have the header too, if its sender likes.
        (header(), "==", True, [(SIX, of("first", "later")), (SIX, of("none"), OPEN)]),
        (header(), "==", False, [(SIX, of("none"), OPEN)]),
        (header(field="frag-off"), "!=", 0, [(SIX, of("later"))]),
        (header(field="frag-off"), "==", 0, [(SIX, of("first")), (SIX, of("none"), OPEN)]),
        (header(field="more-fragments"), "==", 1, [(SIX, of("first")), (SIX, of("later"), OPEN)]),
        (header(field="more-fragments"), "==", 0, [(SIX, of("none", "later"), OPEN)]),
    ],
)
def test_what_is_compared_is_read(left: Any, operator: str, value: Any, groups: Any) -> None:
    assert fragment_groups(left, operator, [value], "the match") == groups


@pytest.mark.parametrize(
    ("left", "operator", "values"),
    [
        (OFFSET, "!=", [0]),  # the bit that forbids fragments is among them
        (masked(8191), "<", [5]),
        (masked(8191), "==", [5]),
        (masked(4096), "!=", [0]),
        (header(field="id"), "==", [7]),
        (header(field="frag-off"), "==", [0, 1]),
        ({"exthdr": {"name": "hbh"}}, "==", [True]),
    ],
)
def test_any_other_match_is_left_open(left: Any, operator: str, values: Any) -> None:
    assert fragment_groups(left, operator, values, "the match") is None
