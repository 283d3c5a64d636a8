"""The verdicts on pairs of zones: of all headers at once, or in slices where these are too many.

Slices hold headers both ways, so that answers and planted state are in the slice of what they
answer. What is delivered in a slice does not hang on other slices as long as every device leaves
headers as they are: where one may not, nothing is sliced, and pairs past the budget are UNKNOWN.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from ringfence.foundation.errors import BudgetExceededError
from ringfence.model.facts import NotRead
from ringfence.reach.diagrams import budgeted
from ringfence.reach.obligations import Obligations, isolated, past_budget
from ringfence.reach.question import Question
from ringfence.reach.slices import Slice, in_slices

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from ringfence.foundation.progress import Progress
    from ringfence.reach.headers import HeaderSpace
    from ringfence.reach.results import Obligation, Verdict

Pair = tuple[str, str]

_FAILURES: Final = 3
_WORST_FIRST: Final[tuple[Verdict, ...]] = ("VIOLATED", "UNKNOWN", "PROVED")
_KEEPING: Final = frozenset({"accept", "drop", "reject", "jump", "goto", "return", "continue"})


@dataclass(frozen=True)
class Judged:
    """What is owed to a pair, and which services are declared, may be delivered, and work.

    ``stopped`` tells that no service of any flow works, for certain.
    """

    owed: tuple[Obligation, ...]
    declared: tuple[str, ...] = ()
    reachable: tuple[str, ...] = ("any",)
    working: tuple[str, ...] = ()
    stopped: bool = False


def judged_pairs(
    question: Question, pairs: Sequence[Pair], told: Progress
) -> Iterator[tuple[Pair, Judged]]:
    """Yield the verdicts on each pair, in order.

    After some pairs of which the sets outgrow their memory, these and all that are left are judged
    in slices. Where even slices do not fit nothing is known of them, and any may be delivered.
    """
    obligations = Obligations(question, every_way=True)
    found: dict[Pair, Judged] = {}
    outgrown: list[Pair] = []
    for number, pair in enumerate(pairs):
        if len(outgrown) == _FAILURES:
            outgrown.extend(pairs[number:])
            break
        try:
            with budgeted():
                found[pair] = _judged(question, obligations, *pair)
        except BudgetExceededError:
            outgrown.append(pair)
        else:
            told.advance()
    if outgrown:
        found |= _past_budget(question, outgrown)
        for _ in outgrown:
            told.advance()
    yield from ((pair, found[pair]) for pair in pairs)


def _judged(question: Question, obligations: Obligations, source: str, destination: str) -> Judged:
    owed = tuple(obligations.of_pair(source, destination))
    declared = obligations.declared(source, destination)
    delivered = question.upper.delivered_with_local(source, destination)
    standing = [works for _, works in obligations.standing(source, destination)]
    return Judged(
        owed,
        declared,
        question.describer.services(delivered),
        obligations.working(source, destination),
        stopped=all(works is False for works in standing),
    )


def _past_budget(question: Question, pairs: Iterable[Pair]) -> dict[Pair, Judged]:
    """Return the verdicts on pairs that outgrow the budget whole."""
    if keeps_headers(question):
        try:
            with budgeted():
                return judged_in_slices(question, pairs)
        except BudgetExceededError:
            pass
    return {pair: Judged(tuple(past_budget(*pair))) for pair in pairs}


def keeps_headers(question: Question) -> bool:
    """Tell whether every packet surely leaves each device with the header that it came with."""
    return all(
        not device.not_understood
        and not isinstance(device.chains, NotRead)
        and all(rule.action in _KEEPING for chain in device.chains for rule in chain.rules)
        for device in question.inventory.snapshot.devices
    )


def judged_in_slices(question: Question, pairs: Iterable[Pair]) -> dict[Pair, Judged]:
    """Return the verdicts on pairs from those in slices, which every device has to keep apart.

    Raises ``BudgetExceededError`` where the slices do not fit, however narrow they get.
    """

    def judge(part: HeaderSpace) -> dict[Pair, Judged]:
        asked = question.within(part)
        obligations = Obligations(asked, every_way=True)
        return {pair: _judged(asked, obligations, *pair) for pair in pairs}

    space = question.space
    slices = Slice(both_ways=True).halves(space.atoms)
    parts = [found for _, found in in_slices(space, slices, judge)]
    # Flows are few: what they declare is said of all headers at once.
    policy_only = Obligations(question.within(space.part(())))
    return {
        pair: _joined(pair, [part[pair] for part in parts], policy_only.declared(*pair))
        for pair in pairs
    }


def _joined(pair: Pair, parts: Sequence[Judged], declared: tuple[str, ...]) -> Judged:
    """Return the verdicts on a pair, of those in every slice."""
    owed: defaultdict[tuple[str, int], list[Obligation]] = defaultdict(list)
    for part in parts:
        seen: defaultdict[str, int] = defaultdict(int)
        for one in part.owed:
            owed[one.kind, seen[one.kind]].append(one)
            seen[one.kind] += 1
    # What is left out in one slice is violated there, and said already by another verdict.
    full = [found for found in owed.values() if len(found) == len(parts)]
    stopped = all(part.stopped for part in parts)
    return Judged(
        tuple(
            _works(pair, found, stopped=stopped)
            if found[0].kind == "flow"
            else _holds(pair, found, declared)
            for found in full
        ),
        declared,
        tuple(dict.fromkeys(name for part in parts for name in part.reachable)),
        tuple(dict.fromkeys(name for part in parts for name in part.working)),
        stopped,
    )


def _holds(pair: Pair, found: Sequence[Obligation], declared: tuple[str, ...]) -> Obligation:
    """Return what holds of all headers: it has to hold in every slice."""
    worst = min(found, key=lambda one: _WORST_FIRST.index(one.verdict))
    if worst.kind == "isolation" and worst.verdict == "PROVED":
        return isolated(*pair, declared)
    return worst


def _works(pair: Pair, found: Sequence[Obligation], *, stopped: bool) -> Obligation:
    """Return whether a flow works: it does where all of its services do in any slice.

    Where they do in different slices only, that is not put together: it is not known.
    """
    best = max(found, key=lambda one: _WORST_FIRST.index(one.verdict))
    if best.verdict == "PROVED":
        return best
    if stopped:
        # Senders have their addresses in some slice, which has a packet to show.
        return next((one for one in found if one.stopped is not None), best)
    return next(one for one in past_budget(*pair) if one.kind == "flow")
