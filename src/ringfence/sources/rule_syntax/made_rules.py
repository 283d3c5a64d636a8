"""Rules for which no line stands: what devices do by themselves, and how all are counted."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from ringfence.model.rules import Action, Condition, InterfaceMatch, Rule, UnmodelledMatch


def rule(
    text: str,
    conditions: tuple[Condition, ...],
    action: Action,
    line: int | None = None,
    target: str | None = None,
) -> Rule:
    """Return a rule that has no number yet."""
    return Rule(number=1, text=text, conditions=conditions, action=action, target=target, line=line)


def numbered(rules: Iterable[Rule]) -> tuple[Rule, ...]:
    """Return rules, numbered in their order."""
    return tuple(msgspec.structs.replace(one, number=number) for number, one in enumerate(rules, 1))


def by(direction: str, *names: str) -> InterfaceMatch:
    """Return the condition that a packet comes in, or goes out, by one of some interfaces."""
    return InterfaceMatch(direction="in" if direction == "in" else "out", names=names)


def open_to(text: str) -> tuple[UnmodelledMatch]:
    """Return the condition that says no more than that something is not modelled."""
    return (UnmodelledMatch(text=text),)
