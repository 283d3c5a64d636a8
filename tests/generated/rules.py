"""Rule sets made by chance: chains that jump, matches of every kind."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random
from typing import get_args

from generated.translation import Translating
from generated.universe import RANGES_4, RANGES_6
from ringfence.model.packet import ICMP, ICMPV6, TCP, UDP
from ringfence.model.rules import (
    AddressMatch,
    Chain,
    Condition,
    FamilyMatch,
    FragmentMatch,
    Hook,
    IcmpMatch,
    InterfaceMatch,
    NumberRange,
    PortMatch,
    ProtocolMatch,
    Rule,
    StateMatch,
    SwitchFilterRule,
    TcpFlagsMatch,
    UnmodelledMatch,
)

HOOKS: tuple[Hook, ...] = get_args(Hook)


def chains(
    chance: Random, interfaces: list[str], *, modelled: bool, translating: bool = False
) -> tuple[Chain, ...]:
    """Return base chains at some of the hooks, and chains that rules may jump to."""
    regular = [f"helper-{number}" for number in range(chance.choice((0, 1, 2, 2)))]
    found: list[Chain] = []
    if translating and chance.random() < 0.7:
        found.extend(_translating(chance, interfaces, modelled=modelled))
    for number, name in enumerate(regular):
        rules = _rules(chance, interfaces, regular[number + 1 :], modelled=modelled)
        found.append(Chain(id=name, name=name, rules=rules, family=0))
    for hook in HOOKS:
        if hook == "output":
            continue
        usual = hook == "forward"
        for number in range(chance.choice((1, 1, 1, 2) if usual else (0, 0, 1))):
            rules = _rules(chance, interfaces, regular, modelled=modelled)
            found.append(
                Chain(
                    id=f"{hook}-{number}",
                    name=f"{hook}-{number}",
                    rules=rules,
                    family=chance.choice((0, 0, 0, 4, 6)),
                    hook=hook,
                    priority=chance.choice((-10, 0, 0, 10, *((-200, 200) if translating else ()))),
                    policy=chance.choice(("accept", "accept", "accept", "drop")),
                )
            )
    chance.shuffle(found)
    return tuple(found)


def _translating(chance: Random, interfaces: list[str], *, modelled: bool) -> Iterator[Chain]:
    """Yield chains that translate, and one that these may jump to."""

    def conditions() -> tuple[Condition, ...]:
        count = chance.choice((0, 1, 1, 2))
        return tuple(_condition(chance, interfaces, modelled=modelled) for _ in range(count))

    made = Translating(chance, conditions)
    inner = ["translating"] if chance.random() < 0.3 else []
    yield from (made.inner(name) for name in inner)
    yield from made.chains(inner)


def _rules(
    chance: Random, interfaces: list[str], targets: list[str], *, modelled: bool
) -> tuple[Rule, ...]:
    rules = []
    for number in range(1, chance.randint(0, 7) + 1):
        conditions = tuple(
            _condition(chance, interfaces, modelled=modelled)
            for _ in range(chance.choice((0, 1, 1, 1, 1, 1, 2, 2, 2, 3)))
        )
        action = chance.choice(
            ("accept",) * 5
            + ("drop",) * 4
            + ("reject", "return", "continue")
            + (("jump", "jump", "goto", "goto") if targets else ())
            + (() if modelled else ("unmodelled",))
        )
        target = chance.choice(targets) if action in {"jump", "goto"} else None
        text = f"{action} {target or ''}".strip()
        rules.append(
            Rule(number=number, text=text, conditions=conditions, action=action, target=target)
        )
    return tuple(rules)


def filter_rules(chance: Random, *, modelled: bool) -> tuple[SwitchFilterRule, ...]:
    """Return the rules of a filter at a port."""
    found = []
    for number in range(1, chance.randint(1, 4) + 1):
        conditions = tuple(
            _condition(chance, [], modelled=modelled) for _ in range(chance.choice((0, 1, 1, 1, 2)))
        )
        action = chance.choice(
            ("accept", "accept", "drop", "drop") + (() if modelled else ("unmodelled",))
        )
        found.append(
            SwitchFilterRule(
                number=number,
                text=action,
                conditions=conditions,
                action=action,
                direction=chance.choice(("in", "out", "both")),
            )
        )
    return tuple(found)


def a_rule(chance: Random, number: int) -> Rule:
    """Return a rule that anyone might add: one or two conditions, then accept or drop."""
    conditions = tuple(
        _condition(chance, [], modelled=True) for _ in range(chance.choice((0, 1, 1, 2)))
    )
    action = chance.choice(("accept", "accept", "drop"))
    return Rule(number=number, text=action, conditions=conditions, action=action)


def _condition(  # noqa: PLR0911 (one return for each kind)
    chance: Random, interfaces: list[str], *, modelled: bool
) -> Condition:
    negated = chance.random() < 0.25
    kind = chance.choice(
        ("address",) * 4
        + ("port", "port", "protocol", "protocol", "family", "icmp", "flags", "state", "fragment")
        + ("interface", "interface")
        + (() if modelled else ("unmodelled",))
    )
    match kind:
        case "address":
            return _address(chance, negated=negated)
        case "port":
            return PortMatch(
                side=chance.choice(("destination", "destination", "source")),
                ranges=_numbers(chance, ((22, 22), (80, 80), (1, 79), (81, 1023), (0, 65535))),
                negated=negated,
            )
        case "protocol":
            protocols = chance.choice(((TCP,), (UDP,), (TCP, UDP), (ICMP,), (ICMPV6,), (47,)))
            return ProtocolMatch(protocols=protocols, negated=negated)
        case "family":
            return FamilyMatch(family=chance.choice((4, 6)))
        case "icmp":
            return IcmpMatch(
                family=chance.choice((4, 6)),
                types=_numbers(chance, ((8, 8), (0, 3), (128, 255), (0, 255))),
                codes=chance.choice(((), (NumberRange(0, 0),), (NumberRange(1, 3),))),
                negated=negated,
            )
        case "flags":
            mask, value = chance.choice(((23, 2), (2, 0), (18, 18), (1, 1), (63, 16)))
            return TcpFlagsMatch(mask=mask, value=value, negated=negated)
        case "state":
            states = chance.choice(
                (("new",), ("established", "related"), ("new", "invalid"), ("untracked",))
            )
            return StateMatch(states=states, negated=negated)
        case "fragment":
            kinds = chance.choice((("later",), ("none", "first"), ("none",), ("first", "later")))
            return FragmentMatch(kinds=kinds)
        case "interface":
            names = chance.choice(((chance.choice(interfaces or ["eth0"]),), ("eth*",), ("wan",)))
            direction = chance.choice(("in", "out"))
            return InterfaceMatch(direction=direction, names=names, negated=negated)
        case _:
            return UnmodelledMatch(text="limit rate 10/second")


def _address(chance: Random, *, negated: bool) -> AddressMatch:
    pools = (RANGES_4,) * 3 + (RANGES_6,) * 2 + (RANGES_4 + RANGES_6,)
    pool = chance.choice(pools)
    return AddressMatch(
        side=chance.choice(("source", "destination")),
        ranges=tuple(chance.sample(pool, chance.randint(1, 2))),
        negated=negated,
    )


def _numbers(chance: Random, pool: tuple[tuple[int, int], ...]) -> tuple[NumberRange, ...]:
    chosen = chance.sample(pool, chance.randint(1, 2))
    return tuple(NumberRange(first, last) for first, last in chosen)
