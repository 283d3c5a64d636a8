"""How many slips would break each pair of zones, which ones, and how many it takes at least."""

from __future__ import annotations

from collections import Counter, defaultdict
from itertools import combinations, islice
from typing import TYPE_CHECKING, Final

from ringfence.foundation.progress import Progress, SilentProgress
from ringfence.model.facts import Record
from ringfence.reach.comparing import Comparison
from ringfence.reach.network_slips import nic_slips, uplink_slips, vlan_slips
from ringfence.reach.rule_slips import device_slips, filter_slips
from ringfence.reach.session import edited
from ringfence.reach.slips import KINDS, Slip

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ringfence.reach.question import Question

Pair = tuple[str, str]
_MOST_TRIED: Final = 3000
_MOST_TOGETHER: Final = 60
_MOST_NAMED: Final = 2  # of each kind


class KindCount(Record, frozen=True):
    """Of one kind, how many slips are possible, and how many of them break a pair."""

    kind: str
    breaking: int
    possible: int


class PairFragility(Record, frozen=True):
    """How easily a pair of zones breaks: ``breaking`` of the ``possible`` slips do.

    ``fewest`` slips break it; with ``at_least`` none so few was found, and it may take more. A
    pair that something undeclared surely passes already has ``fewest`` 0.
    """

    source: str
    destination: str
    fewest: int
    at_least: bool
    breaking: int
    possible: int
    kinds: tuple[KindCount, ...] = ()
    examples: tuple[str, ...] = ()


class Fragility(Record, frozen=True):
    """How easily a configuration breaks: ``breaking`` of ``possible`` slips break some pair.

    ``tried`` of the ``different`` slips were looked at; alike ones count as one there.
    """

    policy: str
    zones: tuple[str, ...]
    breaking: int
    possible: int
    tried: int
    different: int
    pairs: tuple[PairFragility, ...]


def fragility(question: Question, progress: Progress | None = None) -> Fragility:
    """Try every slip of the grammar, at most 3,000 different ones, zones as they are.

    Slips of one kind are left out evenly where there are more; the counts are then of those that
    were tried.
    """
    told = progress or SilentProgress()
    every = every_slip(question)
    tried = _evenly(every, _MOST_TRIED)
    told.step("trying slips", len(tried))
    trial = _Trial(question)
    broken: dict[int, frozenset[Pair]] = {}
    for number, slip in enumerate(tried):
        broken[number] = trial.broken_by((slip,))
        told.advance()
    zones = question.policy.by_trust()
    pairs = [(one, other) for one in zones for other in zones if one != other]
    by_two = trial.broken_by_two(tried, broken, set(pairs))
    return Fragility(
        policy=question.policy.name,
        zones=zones,
        breaking=sum(slip.count for number, slip in enumerate(tried) if broken[number]),
        possible=sum(slip.count for slip in tried),
        tried=len(tried),
        different=len(every),
        pairs=tuple(
            _of_pair(pair, tried, broken, already=pair in trial.already, by_two=by_two)
            for pair in pairs
        ),
    )


def every_slip(question: Question) -> tuple[Slip, ...]:
    """Return every slip of the grammar, those that are alike as one."""
    inventory = question.inventory
    return (
        *vlan_slips(inventory),
        *nic_slips(inventory, question.memberships),
        *(one for device in inventory.snapshot.devices for one in device_slips(device)),
        *filter_slips(inventory),
        *uplink_slips(inventory),
    )


class _Trial:
    def __init__(self, question: Question) -> None:
        self._question = question
        zones = question.policy.by_trust()
        self._pairs = [(one, other) for one in zones for other in zones if one != other]
        self.already = frozenset(self._leaking(question, self._pairs))
        self._whole = [pair for pair in self._pairs if pair not in self.already]

    def broken_by(self, together: Iterable[Slip]) -> frozenset[Pair]:
        """Return the pairs that surely leak after slips and did not before."""
        snapshot = self._question.inventory.snapshot
        for slip in together:
            snapshot = slip.applied(snapshot)
        after = edited(self._question, snapshot)
        return frozenset(self._leaking(Comparison(self._question, after).after, self._whole))

    @staticmethod
    def _leaking(question: Question, pairs: Iterable[Pair]) -> Iterator[Pair]:
        leaks, nothing = question.leaks, question.space.nothing
        for pair in pairs:
            if (
                leaks.undeclared(*pair, "lower") != nothing
                or leaks.uncrossed(*pair, "lower") != nothing
            ):
                yield pair

    def broken_by_two(
        self, tried: tuple[Slip, ...], broken: dict[int, frozenset[Pair]], pairs: set[Pair]
    ) -> dict[Pair, tuple[Slip, Slip]]:
        """Return two slips for pairs that no single one breaks, within a small budget."""
        left = pairs - self.already - frozenset().union(*broken.values())
        found: dict[Pair, tuple[Slip, Slip]] = {}
        several = (
            (one, other)
            for one, other in combinations(_evenly(tried, 24), 2)
            if one.object != other.object
        )
        for together in islice(several, _MOST_TOGETHER):
            if not left:
                break
            for pair in self.broken_by(together) & left:
                found[pair] = together
            left = left - found.keys()
        return found


def _evenly(every: tuple[Slip, ...], most: int) -> tuple[Slip, ...]:
    """Return at most so many slips, of each kind in proportion."""
    if len(every) <= most:
        return every
    by_kind: defaultdict[str, list[Slip]] = defaultdict(list)
    for slip in every:
        by_kind[slip.kind].append(slip)
    step = -(-len(every) // most)
    return tuple(slip for kind in by_kind.values() for slip in kind[::step])[:most]


def _of_pair(
    pair: Pair,
    tried: tuple[Slip, ...],
    broken: dict[int, frozenset[Pair]],
    *,
    already: bool,
    by_two: dict[Pair, tuple[Slip, Slip]],
) -> PairFragility:
    breaking = [slip for number, slip in enumerate(tried) if pair in broken[number]]
    counts, whole = Counter[str](), Counter[str]()
    for slip in breaking:
        counts[slip.kind] += slip.count
    for slip in tried:
        whole[slip.kind] += slip.count
    two = by_two.get(pair)
    says = [
        slip.says
        for kind in KINDS
        for slip in islice((one for one in breaking if one.kind == kind), _MOST_NAMED)
    ]
    if two is not None:
        says = [f"{two[0].says}, and {two[1].says}"]
    return PairFragility(
        source=pair[0],
        destination=pair[1],
        fewest=0 if already else 1 if breaking else 2,
        at_least=not already and not breaking and two is None,
        breaking=counts.total(),
        possible=whole.total(),
        kinds=tuple(
            KindCount(kind=kind, breaking=counts[kind], possible=whole[kind])
            for kind in KINDS
            if whole[kind]
        ),
        examples=tuple(says),
    )
