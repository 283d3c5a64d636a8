"""What the index of rules leaves out never matters: compared with chains that ask no passage."""

from itertools import product
from random import Random

import pytest

from ringfence.model.rules import (
    Action,
    AddressMatch,
    Chain,
    Condition,
    InterfaceMatch,
    NumberRange,
    PortMatch,
    Rule,
    StateMatch,
    UnmodelledMatch,
)
from ringfence.reach.chains import ChainCompiler, add_chain_cuts
from ringfence.reach.conditions import Passage, RuleMatcher, depends_on_passage
from ringfence.reach.diagrams import CuddDiagrams, OxiddDiagrams
from ringfence.reach.fields import Cuts
from ringfence.reach.headers import HeaderSpace

NAMES = ("inside", "outside", "eth*")
ACTIONS: tuple[Action, ...] = ("accept", "accept", "drop", "reject", "return", "unmodelled")
PASSAGES = [
    Passage(incoming, outgoing, state)
    for incoming, outgoing, state in product(
        ("inside", "outside", "eth0"), ("inside", "outside", "eth0", None), ("new", "established")
    )
]


def condition(chance: Random) -> Condition:
    kind = chance.random()
    if kind < 0.35:
        direction = chance.choice(("in", "out"))
        return InterfaceMatch(direction, (chance.choice(NAMES),), chance.random() < 0.2)
    if kind < 0.55:
        states = (chance.choice(("new", "established")),)
        return StateMatch(states, chance.random() < 0.2)
    if kind < 0.6:
        return UnmodelledMatch("something")
    if kind < 0.8:
        port = chance.randint(1, 9)
        return PortMatch("destination", (NumberRange(port, port + 3),))
    length = chance.choice((8, 16, 24))
    side = chance.choice(("source", "destination"))
    return AddressMatch(side, (f"10.{chance.randint(0, 2)}.0.0/{length}",), chance.random() < 0.1)


def rules(chance: Random, count: int, targets: tuple[str, ...]) -> tuple[Rule, ...]:
    made = []
    for number in range(1, count + 1):
        conditions = tuple(condition(chance) for _ in range(chance.randint(0, 3)))
        leads = targets and chance.random() < 0.2
        action: Action = chance.choice(("jump", "goto") if leads else ACTIONS)
        target = chance.choice(targets) if leads else None
        made.append(Rule(number, f"rule {number}", conditions, action, target))
    return tuple(made)


def chains(chance: Random) -> tuple[Chain, ...]:
    """A base chain, and half of the time others that rules lead to."""
    others = ("one", "two") if chance.random() < 0.5 else ()
    base = Chain("base", "base", rules(chance, 24, others), hook="forward", policy="drop")
    return base, *(Chain(name, name, rules(chance, 6, others)) for name in others)


def seen_by(chain: Chain, passage: Passage, matcher: RuleMatcher) -> Chain:
    """The same chain for packets of one passage only, as rules that ask nothing about it."""
    kept = tuple(
        Rule(
            rule.number,
            rule.text,
            tuple(one for one in rule.conditions if not depends_on_passage(one)),
            rule.action,
            rule.target,
        )
        for rule in chain.rules
        if all(matcher.holds(one, passage) for one in rule.conditions)
    )
    return Chain(chain.id, chain.name, kept, hook=chain.hook, policy=chain.policy)


@pytest.mark.parametrize("seed", range(60))
def test_every_passage_meets_its_own_rules_and_no_others(seed: int) -> None:
    chance = Random(seed)
    made = chains(chance)
    cuts = Cuts()
    add_chain_cuts(cuts, made)
    library = CuddDiagrams if seed % 2 else OxiddDiagrams
    space = HeaderSpace(cuts, nodes=1 << 16, library=library)
    matcher, together = RuleMatcher(space), ChainCompiler(space, made)
    for passage in chance.sample(PASSAGES, len(PASSAGES)):
        alone = ChainCompiler(space, [seen_by(chain, passage, matcher) for chain in made])
        expected = alone.outcome(("forward",), Passage(None, None), space.everything)
        assert together.outcome(("forward",), passage, space.everything) == expected
