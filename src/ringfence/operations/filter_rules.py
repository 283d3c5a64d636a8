"""Proposed edits of the rules of filters at ports, as ``what-if`` takes them in words."""

from __future__ import annotations

from typing import Final, Literal

import msgspec

from ringfence.foundation.errors import UsageError
from ringfence.foundation.text import close_match, listed
from ringfence.model.facts import NotRead
from ringfence.model.inventory import Inventory
from ringfence.model.network import PortGroup
from ringfence.model.rules import PortFilter, SwitchFilterRule
from ringfence.model.snapshot import Snapshot
from ringfence.operations.rule_words import rule_of
from ringfence.policy.document import Policy

PREFIX: Final = "filter:"
_WAYS: Final[dict[str, Literal["in", "out"]]] = {"in": "in", "out": "out"}
_SHAPE: Final = "Write it as filter:NAME:NUMBER."


def without_rule(inventory: Inventory, text: str) -> Snapshot:
    """Return the snapshot without rule N of the filter in ``filter:NAME:N``.

    NAME is a filter of virtual NICs, or a distributed port group. Raises ``UsageError`` where
    there is no such filter or rule.
    """
    at, rules, number = _found(inventory, text)
    _require(rules, number)
    return _with(inventory.snapshot, at, tuple(one for one in rules if one.number != number))


def with_rule(inventory: Inventory, where: str, words: str, policy: Policy) -> Snapshot:
    """Return the snapshot with a rule before rule N of the filter in ``filter:NAME:N``.

    Before the words of the rule, ``in`` or ``out`` may stand for the direction into or out of the
    switch. Raises ``UsageError`` where there is no such filter or rule, or for other words.
    """
    at, rules, number = _found(inventory, where)
    last = max((one.number for one in rules), default=0)
    way, _, rest = words.partition(" ")
    plain = rule_of(rest if way in _WAYS else words, last + 1, policy)
    rule = SwitchFilterRule(
        number=plain.number,
        text=words,
        conditions=plain.conditions,
        action="accept" if plain.action == "accept" else "drop",
        direction=_WAYS.get(way, "both"),
    )
    if number == last + 1:
        return _with(inventory.snapshot, at, (*rules, rule))
    _require(rules, number)
    index = [one.number for one in rules].index(number)
    return _with(inventory.snapshot, at, (*rules[:index], rule, *rules[index:]))


def _found(
    inventory: Inventory, text: str
) -> tuple[PortFilter | PortGroup, tuple[SwitchFilterRule, ...], int]:
    name, _, number = text.removeprefix(PREFIX).rpartition(":")
    named: dict[str, PortFilter | PortGroup] = {
        one.name: one for one in inventory.snapshot.port_groups if one.host is None
    }
    named.update((one.name, one) for one in inventory.snapshot.port_filters)
    at = named.get(name)
    if at is None:
        near = close_match(name, named)
        advice = f"Did you mean {near!r}?" if near else f"There are {listed(sorted(named))}."
        raise UsageError(f"There is no filter {name!r}.", advice)
    rules = at.rules if isinstance(at, PortFilter) else at.filters
    if isinstance(rules, NotRead):
        raise UsageError(f"The rules of the filter {name} were not read.", "Collect again.")
    if not (number.isascii() and number.isdigit()):
        raise UsageError(f"{number!r} is no number of a rule.", _SHAPE)
    return at, rules, int(number)


def _require(rules: tuple[SwitchFilterRule, ...], number: int) -> None:
    numbers = [one.number for one in rules]
    if number not in numbers:
        there = listed(map(str, numbers), most=20) or "none"
        raise UsageError(f"The filter has no rule {number}.", f"Its rules are {there}.")


def _with(
    snapshot: Snapshot, at: PortFilter | PortGroup, rules: tuple[SwitchFilterRule, ...]
) -> Snapshot:
    if isinstance(at, PortFilter):
        filters = tuple(
            msgspec.structs.replace(one, rules=rules) if one is at else one
            for one in snapshot.port_filters
        )
        return msgspec.structs.replace(snapshot, port_filters=filters)
    groups = tuple(
        msgspec.structs.replace(one, filters=rules) if one is at else one
        for one in snapshot.port_groups
    )
    return msgspec.structs.replace(snapshot, port_groups=groups)
