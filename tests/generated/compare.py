"""The engine's matrix compared with brute force, on networks made by chance."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import islice
from random import Random

import msgspec

from generated.brute_force import Matrix, brute_force
from generated.hidden import hidden
from generated.network import Network, network
from generated.shrink import smallest
from ringfence.model.packet import Header
from ringfence.reach.question import Question
from ringfence.reach.wiring import wiring
from ringfence.replay.wiring import Bound

BOUNDS: tuple[Bound, Bound] = ("lower", "upper")


@dataclass(frozen=True)
class Difference:
    """A packet of which two answers differ: ``told`` by the engine or a bound, and ``expected``."""

    source: str
    destination: str
    header: Header
    what: str
    told: bool
    expected: bool


def differences(case: Network) -> Iterator[Difference]:
    """Yield where the engine and brute force differ; unknowns on an exact network count too."""
    question = Question(case.snapshot, case.policy, case.memberships)
    lower = brute_force(case, "lower")
    upper = brute_force(case, "upper")
    for bound, matrix in zip(BOUNDS, (lower, upper), strict=True):
        for (source, destination), headers in matrix.items():
            for header in case.universe:
                told = question.contains(source, destination, header, bound)
                if told != (header in headers):
                    what = f"engine's {bound} bound"
                    yield Difference(source, destination, header, what, told, not told)
    if case.exact:
        yield from _outside(upper, lower, "unknown on a readable network")


def broken_promises(case: Network, seed: int) -> Iterator[Difference]:
    """Hide facts of an exact network; yield what is then claimed and is not so in truth.

    What is surely delivered must be, and what surely is not must not, whatever the facts are.
    """
    truth = brute_force(case, "lower")
    poorer = hidden(case, Random(seed))
    question = Question(poorer.snapshot, poorer.policy, poorer.memberships)
    # Which NIC is which interface shows in facts too: what is told is what the engine still knows.
    poorer = replace(
        poorer,
        snapshot=question.inventory.snapshot,
        wiring=wiring(question.inventory, poorer.policy),
    )
    yield from differences(poorer)
    yield from _outside(brute_force(poorer, "lower"), truth, "claimed as delivered")
    yield from _outside(truth, brute_force(poorer, "upper"), "claimed as not delivered")


def _outside(some: Matrix, others: Matrix, what: str) -> Iterator[Difference]:
    for (source, destination), headers in some.items():
        for header in headers - others[source, destination]:
            yield Difference(source, destination, header, what, told=True, expected=False)


def case_of(seed: int) -> Network:
    """Return the network of a seed; every other one is exact."""
    return network(Random(seed), exact=seed % 2 == 0)


def problem(seed: int) -> str | None:
    """Return the smallest differing part of the network of a seed as text, if it differs."""
    case = case_of(seed)
    found = _told(seed, case, differences)
    if found is None and case.exact:
        found = _told(seed, case, lambda part: broken_promises(part, seed))
    return found


def _told(seed: int, case: Network, wrong: Callable[[Network], Iterator[Difference]]) -> str | None:
    if next(wrong(case), None) is None:
        return None
    small = smallest(case, lambda part: next(wrong(part), None) is not None)
    lines = [f"seed {seed} differs; the smallest part of it that does:"]
    lines.extend(f"  {difference}" for difference in islice(wrong(small), 3))
    lines.append(msgspec.json.format(msgspec.json.encode(small.snapshot), indent=1).decode())
    lines.append(f"domains {dict(small.policy.fabric.domains)}")
    lines.append(f"devices {dict(small.policy.devices)}")
    lines.append(f"wiring {small.wiring}")
    lines.extend(str(member) for member in small.memberships)
    return "\n".join(lines)
