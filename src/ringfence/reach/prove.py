"""The whole proof: every ordered pair of zones, what is out of place, what it rests on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from ringfence.foundation.errors import BudgetExceededError
from ringfence.foundation.progress import Progress, SilentProgress
from ringfence.model.snapshot_file import snapshot_hash
from ringfence.policy.document import MachineSelector
from ringfence.reach.closure import chains
from ringfence.reach.counting import bypasses, facts_read
from ringfence.reach.deployed import deployed_configurations
from ringfence.reach.diagrams import budgeted
from ringfence.reach.judging import judged_pairs
from ringfence.reach.question import Question
from ringfence.reach.results import Misplacement, Obligation, PairResult, Proof, Verdict
from ringfence.reach.side_channels import SideChannels
from ringfence.reach.trials import Trials

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

    from ringfence.model.snapshot import Snapshot
    from ringfence.policy.document import Policy
    from ringfence.policy.membership import Membership

_ORDER: Final[tuple[Verdict, ...]] = ("VIOLATED", "UNKNOWN", "PROVED")
_JUDGING: Final = frozenset({"isolation", "configuration", "observation", "device"})


def prove(
    snapshot: Snapshot,
    policy: Policy,
    memberships: Iterable[Membership],
    progress: Progress | None = None,
    question: Question | None = None,
) -> Proof:
    """Prove, for every packet, which zone can reach which, and compare it with the policy.

    ``question`` is one of the same three that was asked already: nothing is worked out twice.
    Where sets of headers outgrow their memory also in slices, the pair is UNKNOWN.
    """
    told = progress or SilentProgress()
    question = question or Question(snapshot, policy, memberships)
    zones = policy.by_trust()
    told.step("proving", len(zones) * (len(zones) - 1))
    pairs = _chained(zones, tuple(_pairs(question, zones, told)))
    configurations = deployed_configurations(question)
    return Proof(
        policy=policy.name,
        snapshot_hash=snapshot_hash(snapshot),
        taken=max((source.finished for source in snapshot.sources), default=""),
        zones=zones,
        pairs=pairs,
        misplacements=tuple(_misplacements(question)),
        configurations=configurations,
        facts=facts_read(question),
        assumptions=_assumptions(policy),
        bypasses=(*bypasses(question), *SideChannels.of(question).told()),
    )


def _pairs(question: Question, zones: Sequence[str], told: Progress) -> Iterator[PairResult]:
    unchecked = {
        member.zone
        for member in question.memberships.values()
        if member.standing == "placement-unchecked"
    }
    channels = SideChannels.of(question)
    pairs = [(one, two) for one in zones for two in zones if one != two]
    trials = Trials(question)
    for (source, destination), found in judged_pairs(question, pairs, told):
        pair = PairResult(
            source=source,
            destination=destination,
            verdict=_worst(found.owed),
            obligations=found.owed,
            declared=found.declared,
            reachable=found.reachable,
            working=found.working,
            flows_work=_work(found.owed),
            notes=(
                *_notes(question, source, destination, unchecked),
                *channels.between(source, destination),
            ),
        )
        yield trials.of_pair(pair)


def _notes(
    question: Question, source: str, destination: str, unchecked: Collection[str | None]
) -> Iterator[str]:
    """Yield what stands beside the verdict of a pair."""
    for zone in (source, destination):
        if zone in unchecked:
            yield f"placement unchecked: only networks say what belongs to {zone}"
    if question.places.stages and _only_filters_between(question, source, destination):
        yield (
            f"only IP packets are judged: {source} and {destination} share a network, and the "
            "filters at their ports may let frames by that are not IP (ARP among them)"
        )


def _only_filters_between(question: Question, source: str, destination: str) -> bool:
    """Tell whether only filters at ports may keep two zones apart; so also past the budget."""
    try:
        with budgeted():
            return question.upper.only_filters_between(source, destination)
    except BudgetExceededError:
        return True


def _chained(zones: Sequence[str], pairs: tuple[PairResult, ...]) -> tuple[PairResult, ...]:
    opens = {(pair.source, pair.destination): bool(pair.reachable) for pair in pairs}
    found = chains(zones, opens)
    return tuple(
        _with_chain(pair, found.get((pair.source, pair.destination), ())) for pair in pairs
    )


def _with_chain(pair: PairResult, chain: tuple[str, ...]) -> PairResult:
    """Return a pair with its chain: one machine to take in each zone of it after the first."""
    return msgspec.structs.replace(pair, chain=chain, fewest=len(chain) - 1 if chain else None)


def _worst(owed: Iterable[Obligation]) -> Verdict:
    verdicts = {one.verdict for one in owed if one.kind in _JUDGING}
    return next(verdict for verdict in _ORDER if verdict in verdicts)


def _work(owed: Iterable[Obligation]) -> bool | None:
    verdicts = {one.verdict for one in owed if one.kind == "flow"}
    if "VIOLATED" in verdicts:
        return False
    return True if verdicts == {"PROVED"} else None


def _misplacements(question: Question) -> Iterator[Misplacement]:
    for member in question.memberships.values():
        name = question.name_of(member.attachment)
        match member.standing:
            case "misplaced":
                there = ", ".join(member.network_zones)
                sentence = f"{name} belongs to {member.zone} and stands in a network of {there}."
            case "ambiguous":
                sentence = f"{name} belongs to several zones by equal right."
            case "nowhere":
                sentence = f"{name} belongs to no zone."
            case "unread":
                sentence = f"{name} cannot be placed in a zone, since a fact was not read."
            case _:
                continue
        if member.reasons:
            sentence = f"{sentence[:-1]}: {'; '.join(member.reasons)}."
        yield Misplacement(
            attachment=member.attachment,
            owner=member.owner,
            name=name,
            standing=member.standing,
            sentence=sentence,
        )


def _assumptions(policy: Policy) -> tuple[str, ...]:
    fabric = (
        "the declared fabric"
        if policy.fabric.domains
        else "that any two physical NICs may lead to one network, since no fabric is declared"
    )
    selecting = any(
        isinstance(one, MachineSelector)
        for flow in policy.flows
        for one in (*flow.source, *flow.destination)
    )
    told = ("that machines by which flows are narrowed have the addresses that they report",)
    return (
        fabric,
        *(told if selecting else ()),
        "that kernel interfaces do not forward, and machines run the hypervisor's own switches",
        "that switches of vSphere drop tags that machines send on ports of one VLAN or none",
        "that trunks between physical switches have no native VLAN but the declared one",
        "that devices forward and translate as their saved configurations say",
        "for what works now, that machines use the gateway of their network that gets them there",
    )
