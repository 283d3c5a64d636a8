"""The verdicts of every placement, and what a migration or a restart elsewhere would cut off."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal

from ringfence.foundation.progress import Progress, SilentProgress
from ringfence.foundation.text import listed
from ringfence.model.facts import NotRead, Record
from ringfence.reach.comparing import judged
from ringfence.reach.flood import crowd_of_hearers, crowd_of_senders, heard
from ringfence.reach.leaks import Leaks
from ringfence.reach.moving import moved
from ringfence.reach.obligations import Obligations
from ringfence.reach.placements import Mobile, Move
from ringfence.reach.results import Verdict, Witness

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from ringfence.model.inventory import Inventory
    from ringfence.policy.document import Flow
    from ringfence.reach.attachments import Bound, Place
    from ringfence.reach.headers import HeaderSet
    from ringfence.reach.question import Question
    from ringfence.reach.results import Obligation

_MOST_NAMED: Final = 4
_End = Literal["source", "destination", "between"]


class PlacedPair(Record, frozen=True):
    """The verdict of a pair of zones over every placement.

    ``moves`` are the machines and hosts, by name, of the placement that ``witness`` was followed
    in; none where it needs no move.
    """

    source: str
    destination: str
    verdict: Verdict
    sentence: str
    moves: tuple[tuple[str, str], ...] = ()
    witness: Witness | None = None


class CutOff(Record, frozen=True):
    """Something that works where a machine runs now, and would not on another host."""

    machine: str
    host: str
    sentence: str


class Placements(Record, frozen=True):
    """What holds wherever machines may run: ``machines`` that may move, and to how many hosts."""

    policy: str
    zones: tuple[str, ...]
    machines: int
    pairs: tuple[PlacedPair, ...]
    cut_off: tuple[CutOff, ...]


def every_placement(question: Question, progress: Progress | None = None) -> Placements:
    """Judge every ordered pair of zones over every placement of machines on their hosts."""
    told = progress or SilentProgress()
    mobile = Mobile(question)
    zones = question.policy.by_trust()
    pairs = [(one, other) for one in zones for other in zones if one != other]
    told.step("proving every placement", len(pairs))
    judge = _Judge(mobile)
    return Placements(
        policy=question.policy.name,
        zones=zones,
        machines=len(mobile.hosts),
        pairs=tuple(_each(judge, pairs, told)),
        cut_off=tuple(cut_off(mobile)),
    )


def _each(judge: _Judge, pairs: Iterable[tuple[str, str]], told: Progress) -> Iterator[PlacedPair]:
    for source, destination in pairs:
        yield judge.pair(source, destination)
        told.advance()


class _Judge:
    """Judges pairs; each joint placement is compiled once, for all pairs that need it."""

    def __init__(self, mobile: Mobile) -> None:
        self._mobile = mobile
        self._now = Obligations(mobile.question)
        self._union = Leaks(mobile.union)
        self._placed: dict[tuple[Move, ...], tuple[Question, Leaks]] = {}

    def pair(self, source: str, destination: str) -> PlacedPair:
        """Return the verdict of one pair."""
        owed = tuple(self._now.of_pair(source, destination))
        verdict = judged(owed)
        if verdict == "VIOLATED":
            return _as_now(source, destination, verdict, owed)
        leaks = self._leaks_in_union(source, destination)
        found = self._violated(source, destination) if leaks else None
        if found is not None:
            return found
        if verdict == "UNKNOWN":
            return _as_now(source, destination, verdict, owed)
        if not leaks:
            sentence = f"Wherever machines run, {source} cannot reach {destination} undeclared."
            return PlacedPair(
                source=source, destination=destination, verdict="PROVED", sentence=sentence
            )
        return PlacedPair(
            source=source,
            destination=destination,
            verdict="UNKNOWN",
            sentence=f"It is not known whether {source} could reach {destination} with machines on "
            "other hosts: all hosts together let something through, and no placement that was "
            "tried surely does.",
        )

    def _leaks_in_union(self, source: str, destination: str) -> bool:
        union, nothing = self._union, self._mobile.union.space.nothing
        return (
            union.undeclared(source, destination, "upper") != nothing
            or union.uncrossed(source, destination, "upper") != nothing
            or union.answered(source, destination) != nothing
            or (source, destination) in self._mobile.union.verdicts.observed.sights
            or (source, destination) in self._mobile.union.verdicts.observed.missing
        )

    def _violated(self, source: str, destination: str) -> PlacedPair | None:
        nothing = self._mobile.question.space.nothing
        for moves in self._mobile.joint():
            there, leaks = self._at(moves)
            if (
                leaks.undeclared(source, destination, "lower") == nothing
                and leaks.uncrossed(source, destination, "lower") == nothing
            ):
                continue
            for one in Obligations(there).of_pair(source, destination):
                if one.verdict == "VIOLATED" and one.witness is not None:
                    named = tuple(self._named(move) for move in moves)
                    where = listed(f"{machine} starts on {host}" for machine, host in named)
                    sentence = f"If {where}, then {one.sentence[0].lower()}{one.sentence[1:]}"
                    return PlacedPair(
                        source=source,
                        destination=destination,
                        verdict="VIOLATED",
                        sentence=sentence,
                        moves=named,
                        witness=one.witness,
                    )
        return None

    def _at(self, moves: tuple[Move, ...]) -> tuple[Question, Leaks]:
        known = self._placed.get(moves)
        if known is None:
            there = self._mobile.placed(moves)
            known = self._placed[moves] = there, Leaks(there)
        return known

    def _named(self, move: Move) -> tuple[str, str]:
        inventory = self._mobile.question.inventory
        return inventory.machines[move[0]].name, short_name(inventory, move[1])


def _as_now(
    source: str, destination: str, verdict: Verdict, owed: tuple[Obligation, ...]
) -> PlacedPair:
    decisive = next(one for one in owed if one.kind != "flow" and one.verdict == verdict)
    return PlacedPair(
        source=source,
        destination=destination,
        verdict=verdict,
        sentence=decisive.sentence,
        witness=decisive.witness,
    )


def short_name(inventory: Inventory, host: str) -> str:
    """Return a host's name up to its first dot, as operators say it."""
    return inventory.host_name(host).partition(".")[0]


def cut_off(mobile: Mobile) -> Iterator[CutOff]:
    """Yield what would not work on another host and works now, one machine for all alike."""
    question = mobile.question
    inventory = question.inventory
    alike: dict[tuple[str, str], list[str]] = {}
    for machine_id, host in mobile.kinds:
        machine = inventory.machines[machine_id]
        for one in moved(inventory, machine, host).lost:
            text = (
                f"{one.nic.label} has no network there, since {short_name(inventory, host)} has no "
                f"port group {one.group.name}"
            )
            alike.setdefault((host, text), []).append(machine.name)
        for text in _flows_lost(mobile, (machine_id, host)):
            alike.setdefault((host, text), []).append(machine.name)
    for (host, text), names in alike.items():
        where = short_name(inventory, host)
        yield CutOff(
            machine=names[0],
            host=where,
            sentence=f"If {listed(names, most=_MOST_NAMED)} starts on {where}, then {text}.",
        )


def _flows_lost(mobile: Mobile, move: Move) -> Iterator[str]:
    """Yield the declared flows that one machine takes part in here and not there."""
    question = mobile.question
    machine_id, _ = move
    machine = question.inventory.machines[machine_id]
    nics = () if isinstance(machine.nics, NotRead) else machine.nics
    members = question.memberships
    zones = {members[nic.id].zone for nic in nics if nic.id in members} - {None}
    device = any(one.machine == machine_id for one in question.inventory.snapshot.devices)
    flows = [one for one in question.policy.flows if device or {one.from_, one.to} & zones]
    if not flows:
        return
    here, there = _Side(question, machine_id), _Side(mobile.placed([move]), machine_id)
    leaks = Leaks(question)
    nothing = question.space.nothing
    for flow in flows:
        for end in _ends(flow, zones, device=device):
            works = here.delivered(flow, "lower", end) & leaks.permitted(flow)
            if works != nothing and there.delivered(flow, "upper", end) & works == nothing:
                services = listed(flow.services)
                yield {
                    "source": f"it cannot reach {flow.to} on {services}, and can where it is now",
                    "destination": f"{flow.from_} cannot reach it on {services}, and can now",
                    "between": f"{flow.from_} cannot reach {flow.to} on {services}, and can now",
                }[end]


def _ends(flow: Flow, zones: Collection[str | None], *, device: bool) -> Iterator[_End]:
    """Yield at which end of a flow the machine stands; a device stands between."""
    if device:
        yield "between"
    if flow.from_ in zones:
        yield "source"
    if flow.to in zones:
        yield "destination"


class _Side:
    """What is delivered with a machine on one host, from it or to it alone."""

    def __init__(self, question: Question, machine: str) -> None:
        self._question = question
        self._machine = machine

    def delivered(self, flow: Flow, bound: Bound, end: _End) -> HeaderSet:
        """Return what is delivered between a flow's zones, with only the machine at its end."""
        question = self._question
        standings = question.standings(bound)
        senders = self._places(standings.senders.get(flow.from_, ()), alone=end == "source")
        hearers = self._places(standings.places_of(flow.to), alone=end == "destination")
        matrix = question.matrix(bound)
        flood = matrix.flooder.flood(crowd_of_senders(senders, bound))
        return heard(matrix.filters, flood, crowd_of_hearers(hearers, bound))

    def _places(self, identities: Iterable[str], *, alone: bool) -> Iterator[Place]:
        for identity in identities:
            place = self._question.places.by_id[identity]
            if not alone or place.owner == self._machine:
                yield place
