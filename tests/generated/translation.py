"""Chains that translate, made by chance: every kind of translation, few addresses and ports."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from random import Random
from typing import Final

from generated.universe import ADDRESSES_4, ADDRESSES_6
from ringfence.model.rules import Chain, Condition, Hook, NumberRange, Rule, Side, Translation

PORTS: Final = ((80, 80), (22, 22), (80, 81), (1024, 1025))
TRIED_PORTS: Final = frozenset((0, 1, 22, 53, 79, 80, 81, 511, 1024, 65535))
"""A port of each part into which conditions, translations and kinds of source ports cut them."""

Conditions = Callable[[], tuple[Condition, ...]]


@dataclass(frozen=True)
class Translating:
    """What chains that translate are made of: by chance, on some interfaces, with conditions."""

    chance: Random
    conditions: Conditions

    def chains(self, regular: list[str]) -> Iterator[Chain]:
        """Yield base chains at some hooks; ``regular`` are chains that rules may jump to."""
        hooks: tuple[Hook, ...] = ("prerouting", "postrouting", "input")
        for hook in hooks:
            for number in range(
                self.chance.choice((0, 1, 1, 1, 2) if hook != "input" else (0, 0, 1))
            ):
                yield Chain(
                    id=f"translating-{hook}-{number}",
                    name=f"translating-{hook}-{number}",
                    # The inner chains translate sources, which nothing does before the route.
                    rules=tuple(self._rules(hook, [] if hook == "prerouting" else regular)),
                    family=self.chance.choice((0, 0, 0, 4, 6)),
                    hook=hook,
                    priority=self.chance.choice((-200, 0, 200)),
                    policy="drop" if self.chance.random() < 0.05 else "accept",
                    translates=True,
                )

    def inner(self, name: str) -> Chain:
        """Return a chain that only translating chains jump to."""
        # At a local input there is no interface to leave by whose address might be taken.
        return Chain(id=name, name=name, rules=tuple(self._rules("input", [])))

    def _rules(self, hook: Hook, regular: list[str]) -> Iterator[Rule]:
        chance = self.chance
        side: Side = "destination" if hook == "prerouting" else "source"
        for number in range(1, chance.randint(1, 3) + 1):
            action = chance.choice(
                ("translate",) * 6
                + ("accept", "return", "continue")
                + (("jump", "goto") if regular else ())
            )
            yield Rule(
                number=number,
                text=f"{action} {number}",
                conditions=self.conditions(),
                action=action,
                target=chance.choice(regular) if action in {"jump", "goto"} else None,
                translation=self._translation(side, hook) if action == "translate" else None,
            )

    def _translation(self, side: Side, hook: Hook) -> Translation:
        chance = self.chance
        ports = ()
        if chance.random() < 0.35:
            ports = (NumberRange(*chance.choice(PORTS)),)
        kind = chance.choice(("one", "one", "several", "range", "interface", "prefix", "ports"))
        if kind == "interface" and hook != "input":
            return Translation(side=side, of_interface=True, ports=ports)
        if kind == "prefix":
            old, new = chance.choice(
                (
                    ("10.0.1.0/24", "10.0.2.0/24"),
                    ("10.0.2.10/32", "10.0.1.10/32"),
                    ("10.0.1.8/29", "10.0.2.8/29"),
                    ("fd00:1::/64", "fd00:2::/64"),
                )
            )
            return Translation(side=side, addresses=(new,), prefix=old, ports=ports)
        if kind == "ports" and ports:
            return Translation(side=side, ports=ports)
        pool = chance.choice((ADDRESSES_4, ADDRESSES_4, ADDRESSES_6))
        if kind == "range":
            ends = ("10.0.1.9", "10.0.1.11") if pool is ADDRESSES_4 else ("fd00:2::a", "fd00:2::b")
            return Translation(side=side, addresses=("-".join(ends),), ports=ports)
        count = 2 if kind == "several" else 1
        return Translation(side=side, addresses=tuple(chance.sample(pool, count)), ports=ports)
