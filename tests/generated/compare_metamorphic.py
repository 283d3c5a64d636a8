"""Changes that must not change what the engine says, and additions that must not take away."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

from generated.compare import BOUNDS, ToldOf, case_of
from generated.metamorphic import MORE, SAME
from generated.mirroring import in_ipv4, mirrored, mirrored_header
from generated.network import Network
from ringfence.model.packet import Header
from ringfence.reach.prove import prove
from ringfence.reach.question import Question

Said = dict[tuple[str, str], tuple[str, tuple[frozenset[Header], frozenset[Header]]]]
"""For each pair of zones its verdict, and what is delivered: surely, and perhaps."""


def problem(seed: int) -> str | None:
    """Return where the network of a seed is judged otherwise after a change that is none."""
    found = next(differences(case_of(2 * seed), Random(f"metamorphic {seed}")), None)
    return None if found is None else f"seed {seed}: {found}"


def differences(case: Network, chance: Random) -> Iterator[str]:
    """Yield what a change of each kind changes, and what an addition takes away."""
    before = said_of(case)
    for kind in chance.sample(list(SAME), 3):
        changed = said_of(SAME[kind](case, chance))
        for pair, said in before.items():
            if said != changed[pair]:
                yield f"{kind}: {pair} was {_told(said)} and is {_told(changed[pair])}"
    for kind, change in MORE.items():
        richer = said_of(change(case, chance))
        for pair, (_, delivered) in before.items():
            for bound, was, now in zip(BOUNDS, delivered, richer[pair][1], strict=True):
                if lost := was - now:
                    yield f"{kind} added: {pair} loses {min(lost, key=str)} ({bound})"
    yield from _mirror(case)


def _mirror(case: Network) -> Iterator[str]:
    four = in_ipv4(case)
    six = said_of(mirrored(four))
    for pair, (verdict, delivered) in said_of(four).items():
        twins = tuple(frozenset(map(mirrored_header, some)) for some in delivered)
        if (verdict, twins) != six[pair]:
            yield f"in IPv6: {pair} was {verdict} and is {_told(six[pair])}"


def _told(said: tuple[str, tuple[frozenset[Header], frozenset[Header]]]) -> str:
    verdict, (lower, upper) = said
    return f"{verdict} with {len(lower)} surely and {len(upper)} perhaps delivered"


def said_of(case: Network) -> Said:
    """Return what the engine says of a network."""
    question = Question(case.snapshot, case.policy, case.memberships)
    proof = prove(case.snapshot, case.policy, case.memberships, question=question)
    told_of = ToldOf(question.space, case.universe)
    return {
        (one.source, one.destination): (
            one.verdict,
            (
                told_of.within(question.lower.delivered_with_local(one.source, one.destination)),
                told_of.within(question.upper.delivered_with_local(one.source, one.destination)),
            ),
        )
        for one in proof.pairs
    }
