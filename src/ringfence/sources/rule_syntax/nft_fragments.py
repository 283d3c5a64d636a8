"""Matches of nftables on fragments: ``ip frag-off`` under a mask, and IPv6's fragment header.

A whole IPv6 packet may carry the fragment header too (an atomic fragment, RFC 6946), if its sender
likes; a later fragment may be the last one or not. What depends on that is left open.
"""

from __future__ import annotations

from typing import Any

from ringfence.model.packet import Fragment
from ringfence.model.rules import Condition, FamilyMatch, FragmentMatch, UnmodelledMatch
from ringfence.sources.rule_syntax.syntax import Family

_OFFSET = 0x1FFF
_MORE = 0x2000

Kinds = tuple[Fragment, ...]


def fragment_groups(  # noqa: PLR0911 (one return for each form)
    left: Any, operator: str, values: list[Any], text: str
) -> list[tuple[Condition, ...]] | None:
    """Return the conditions of which one group has to hold, ``None`` for what is not of fragments.

    ``text`` is the match as nftables writes it.
    """
    if len(values) != 1 or operator not in {"==", "!="}:
        return None
    value, negated = values[0], operator == "!="
    match left:
        case {"&": [{"payload": {"protocol": "ip", "field": "frag-off"}}, int() as mask]}:
            if value != 0 or mask not in {_OFFSET, _MORE, _OFFSET | _MORE}:
                return None
            return _groups(4, *_under_mask(mask, is_set=negated), text)
        case {"exthdr": {"name": "frag", **rest}} if not rest:
            present = bool(value) != negated
            return _groups(6, ("first", "later") if present else (), ("none",), text)
        case {"exthdr": {"name": "frag", "field": "frag-off"}} if value == 0:
            sure: Kinds = ("later",) if negated else ("first",)
            return _groups(6, sure, () if negated else ("none",), text)
        case {"exthdr": {"name": "frag", "field": "more-fragments"}} if value in (0, 1):
            more = bool(value) != negated
            return _groups(
                6, ("first",) if more else (), ("later",) if more else ("none", "later"), text
            )
    return None


def _under_mask(mask: int, *, is_set: bool) -> tuple[Kinds, Kinds]:
    """Return the kinds that surely have a bit of the mask set (or none), and those that may."""
    if mask == _OFFSET:
        return (("later",) if is_set else ("none", "first")), ()
    if mask == _MORE:
        return (("first",) if is_set else ("none",)), ("later",)
    return (("first", "later") if is_set else ("none",)), ()


def _groups(family: Family, sure: Kinds, open_: Kinds, text: str) -> list[tuple[Condition, ...]]:
    where = FamilyMatch(family=family)
    found: list[tuple[Condition, ...]] = []
    if sure:
        found.append((where, FragmentMatch(kinds=sure)))
    if open_:
        found.append((where, FragmentMatch(kinds=open_), UnmodelledMatch(text=text)))
    return found
