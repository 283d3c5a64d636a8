"""What is claimed though facts are hidden must hold whatever they are: completion by completion."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from random import Random

from generated.brute_force import brute_force
from generated.compare import ToldOf, case_of
from generated.completions import completions
from generated.hidden import hidden
from generated.network import Network
from ringfence.reach.prove import prove
from ringfence.reach.question import Question

MOST = 8
SHARE = 0.1


def problem(seed: int) -> str | None:
    """Return what is claimed of a seed's network and is not so in some completion."""
    found = next(broken(case_of(2 * seed), Random(f"completions {seed}")), None)
    return None if found is None else f"seed {seed}: {found}"


def broken(case: Network, chance: Random) -> Iterator[str]:
    """Yield claims that a completion breaks.

    What is surely delivered must be in each, what may not be in none. A pair that is PROVED
    isolated must be (no flow is declared), and the witness of one that is VIOLATED must get there.
    """
    poorer = hidden(case, chance, SHARE)
    question = Question(poorer.snapshot, poorer.policy, poorer.memberships)
    proof = prove(poorer.snapshot, poorer.policy, poorer.memberships, question=question)
    isolations = {(one.source, one.destination): one.obligations[0] for one in proof.pairs}
    sent = {pair: one.witness.sent for pair, one in isolations.items() if one.witness is not None}
    universe = (*case.universe, *sorted(set(sent.values()) - set(case.universe), key=str))
    told_of = ToldOf(question.space, universe)
    for snapshot in completions(case.snapshot, poorer.snapshot, chance, MOST):
        there = replace(case, snapshot=snapshot, universe=universe)
        for pair, headers in brute_force(there, "lower").items():
            if lost := told_of.within(question.lower.delivered_with_local(*pair)) - headers:
                yield f"{pair}: surely delivered, and not in a completion: {min(lost, key=str)}"
            if more := headers - told_of.within(question.upper.delivered_with_local(*pair)):
                yield f"{pair}: never delivered, and in a completion: {min(more, key=str)}"
            if headers and isolations[pair].verdict == "PROVED":
                yield f"{pair} is PROVED isolated, and {min(headers, key=str)} gets there"
            if pair in sent and sent[pair] not in headers:
                yield f"{pair} is VIOLATED by {sent[pair]}, which does not get there"
