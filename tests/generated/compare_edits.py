"""What-ifs on generated networks, compared with two answers that know nothing of each other."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from random import Random

from generated.brute_force import brute_force
from generated.compare import BOUNDS, ToldOf, case_of
from generated.edits import edited
from generated.network import Network
from ringfence.reach.comparing import Comparison
from ringfence.reach.freezing import frozen
from ringfence.reach.prove import prove
from ringfence.reach.question import Question


def problem(seed: int) -> str | None:
    """Return where the what-if of a seed is not the difference of two full answers."""
    before = case_of(seed)
    kind, after = edited(before, Random(f"edit {seed}"))
    found = next(differences(before, after, proofs=seed % 3 == 0), None)
    return None if found is None else f"seed {seed}, edit {kind}: {found}"


def differences(before: Network, after: Network, *, proofs: bool) -> Iterator[str]:
    """Yield where the what-if differs from brute force, or with ``proofs`` from two proofs."""
    comparison = Comparison.of(
        before.policy,
        (before.snapshot, before.memberships),
        (after.snapshot, after.memberships),
    )
    still = replace(after, memberships=frozen(before.memberships, after.memberships))
    for bound in BOUNDS:
        was, now = brute_force(before, bound), brute_force(still, bound)
        told_of = ToldOf(comparison.space, before.universe)
        for pair in was:
            delta = comparison.delta(*pair, bound)
            for word, told, expected in (
                ("opened", delta.opened, now[pair] - was[pair]),
                ("closed", delta.closed, was[pair] - now[pair]),
            ):
                for header in told_of.within(told) ^ expected:
                    yield f"{bound} {pair} {header}: {word} by one and not by the other"
    if proofs:
        yield from _verdicts(comparison, before, still)


def _verdicts(comparison: Comparison, before: Network, after: Network) -> Iterator[str]:
    """Yield pairs whose verdict or services are not what two proofs say of them."""
    old, new = (prove(one.snapshot, one.policy, one.memberships) for one in (before, after))
    effects = {(one.source, one.destination): one for one in comparison.effect().pairs}
    for was, now in zip(old.pairs, new.pairs, strict=True):
        effect = effects.get((was.source, was.destination))
        expected = (was.verdict, now.verdict)
        if effect is None:
            if was.verdict != now.verdict or was.reachable != now.reachable:
                yield f"nothing told of {was.source} to {was.destination}, which was {expected}"
        elif (effect.before, effect.after) != expected:
            yield f"{effect} is expected to be {expected}"
        elif effect.surely_opened and (effect.witness is None or not effect.witness.replayed):
            yield f"{effect} has no witness"


def undone(seed: int) -> str | None:
    """Return where an edit and its undoing, both in one space, do not cancel each other."""
    before = case_of(seed)
    _, after = edited(before, Random(f"edit {seed}"))
    members = frozen(before.memberships, after.memberships)
    first = Question(before.snapshot, before.policy, before.memberships)
    there = Comparison(first, Question(after.snapshot, before.policy, members))
    back = Comparison(there.after, Question(before.snapshot, before.policy, before.memberships))
    for bound in BOUNDS:
        for source in before.policy.zones:
            for destination in before.policy.zones:
                one, other = (
                    there.delta(source, destination, bound),
                    back.delta(source, destination, bound),
                )
                same_space = there.space is back.space
                if same_space and (one.opened, one.closed) != (other.closed, other.opened):
                    return f"seed {seed}: {source} to {destination} is not undone"
    return None
