"""The engine's matrix compared with brute force, on networks made by chance."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import islice
from random import Random

import msgspec

from generated.brute_force import Matrix, brute_force, rewriting
from generated.hidden import hidden
from generated.network import Network, network, translates
from generated.origins import is_sent_so
from generated.shrink import smallest
from ringfence.model.packet import Header
from ringfence.reach.headers import HeaderSet, HeaderSpace
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


class ToldOf:
    """Which packets of a universe are in sets of the engine; equal sets are asked once."""

    def __init__(self, space: HeaderSpace, universe: tuple[Header, ...]) -> None:
        self._space = space
        self._universe = universe
        self._known: dict[HeaderSet, frozenset[Header]] = {}

    def within(self, one: HeaderSet) -> frozenset[Header]:
        """Return the packets of the universe that a set holds."""
        known = self._known.get(one)
        if known is None:
            holds = self._space.contains
            known = frozenset(header for header in self._universe if holds(one, header))
            self._known[one] = known
        return known


def both_bounds(case: Network) -> tuple[Matrix, Matrix]:
    """Return what brute force surely delivers, and what it may."""
    return brute_force(case, "lower"), brute_force(case, "upper")


def differences(case: Network) -> Iterator[Difference]:
    """Yield where the engine and brute force differ; unknowns on an exact network count too."""
    return _compared(case, both_bounds(case))


def _compared(case: Network, forced: tuple[Matrix, Matrix]) -> Iterator[Difference]:
    question = Question(case.snapshot, case.policy, case.memberships)
    lower, upper = forced
    for bound, matrix in zip(BOUNDS, (lower, upper), strict=True):
        told_of = ToldOf(question.space, case.universe)
        for (source, destination), headers in matrix.items():
            delivered = question.matrix(bound).delivered_with_local(source, destination)
            for header in told_of.within(delivered) - headers:
                # Where packets are changed on the way, others than were tried may become it.
                if not (translates(case) or rewriting(case)) or not is_sent_so(
                    case, question, source, destination, header, bound
                ):
                    what = f"engine's {bound} bound"
                    yield Difference(source, destination, header, what, told=True, expected=False)
            for header in headers:
                if not question.space.contains(delivered, header):
                    what = f"engine's {bound} bound"
                    yield Difference(source, destination, header, what, told=False, expected=True)
    if case.exact:
        yield from _outside(upper, lower, "unknown on a readable network")


def all_differences(case: Network, seed: int) -> Iterator[Difference]:
    """Yield where the engine and brute force differ, also once facts of an exact network hide."""
    lower, upper = both_bounds(case)
    yield from _compared(case, (lower, upper))
    if case.exact:
        yield from _broken_promises(case, seed, lower)


def _broken_promises(case: Network, seed: int, truth: Matrix) -> Iterator[Difference]:
    """Hide facts of an exact network; yield what is then claimed and is not so in truth.

    What is surely delivered must be, and what surely is not must not, whatever the facts are.
    """
    poorer = hidden(case, Random(seed))
    question = Question(poorer.snapshot, poorer.policy, poorer.memberships)
    # Which NIC is which interface shows in facts too: what is told is what the engine still knows.
    poorer = replace(
        poorer,
        snapshot=question.inventory.snapshot,
        wiring=wiring(question.inventory, poorer.policy),
    )
    lower, upper = both_bounds(poorer)
    yield from _compared(poorer, (lower, upper))
    yield from _outside(lower, truth, "claimed as delivered")
    # Where anything may be rewritten, packets of the universe stand for all.
    for difference in _outside(truth, upper, "claimed as not delivered"):
        if difference.header in case.universe or not translates(case):
            yield difference


def _outside(some: Matrix, others: Matrix, what: str) -> Iterator[Difference]:
    for (source, destination), headers in some.items():
        for header in headers - others[source, destination]:
            yield Difference(source, destination, header, what, told=True, expected=False)


def case_of(seed: int) -> Network:
    """Return the network of a seed; every other one is exact."""
    return network(Random(seed), exact=seed % 2 == 0)


def any_case_of(seed: int) -> Network:
    """Return the network of a seed; in one of three, devices may translate addresses."""
    return network(Random(seed), exact=seed % 2 == 0, translating=seed % 3 == 0)


def problem(seed: int) -> str | None:
    """Return the smallest differing part of the network of a seed as text, if it differs."""
    case = any_case_of(seed)

    def wrong(part: Network) -> Iterator[Difference]:
        return all_differences(part, seed)

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
