"""How far packets of a zone get: a fixpoint of header sets over groups and devices."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from ringfence.reach.filter_sets import passed_between

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from ringfence.reach.attachments import Bound, Group, Place
    from ringfence.reach.devices import Answers, DeviceCompiler
    from ringfence.reach.filter_sets import FilterSets
    from ringfence.reach.headers import HeaderSet
    from ringfence.reach.port_filters import Filterings


Crowd = Mapping["Group", Mapping["Filterings", frozenset[str]]]
"""The owners of the places that hear, or send into, each group, by the filters at the places.

At most two owners are kept.
"""


def crowd_of_senders(places: Iterable[Place], bound: Bound) -> Crowd:
    """Gather places by the groups that attackers there send into."""
    return _crowd((place.attacks(bound), place) for place in places)


def crowd_of_hearers(places: Iterable[Place], bound: Bound) -> Crowd:
    """Gather places by the groups that they hear."""
    return _crowd((place.hearing(bound).hears, place) for place in places)


def _crowd(pairs: Iterable[tuple[frozenset[Group], Place]]) -> Crowd:
    """Gather places by some groups of each.

    Two owners are enough to know that a machine does not only talk to itself.
    """
    classes: defaultdict[Group, dict[Filterings, set[str]]] = defaultdict(dict)
    for groups, place in pairs:
        for group in groups:
            known = classes[group].setdefault(place.filterings, set())
            if len(known) < 2:
                known.add(place.owner)
    return {
        group: {one: frozenset(owners) for one, owners in known.items()}
        for group, known in classes.items()
    }


@dataclass(frozen=True)
class Gate:
    """A device between groups: its compiled rules, and the places of its interfaces by name."""

    device: str
    compiled: DeviceCompiler
    interfaces: Mapping[str, Place]


@dataclass(frozen=True)
class Flood:
    """What gets where from some places.

    ``direct`` are the groups that the places send into, with the owners that do; ``carried`` the
    header sets that device interfaces, by place id, send on into groups; ``arrived`` those that
    each device interface hears, by place id; ``passed`` what each device let through, for each
    pair of its interfaces, as it left, and ``entered`` the same as it came in where the device
    translates. ``answers`` are headers that filters at ports may take for answers.
    """

    direct: Crowd
    carried: Mapping[Group, Mapping[str, HeaderSet]]
    arrived: Mapping[str, HeaderSet]
    passed: Mapping[tuple[str, str, str], HeaderSet]
    answers: HeaderSet | None = None
    entered: Mapping[tuple[str, str, str], HeaderSet] = field(default_factory=dict)


@dataclass
class _Progress:
    """A flood on the way; ``waiting`` is what came to an interface and was not yet carried on."""

    nothing: HeaderSet
    answers: HeaderSet | None = None
    carried: dict[Group, dict[str, HeaderSet]] = field(default_factory=dict)
    arrived: dict[str, HeaderSet] = field(default_factory=dict)
    passed: dict[tuple[str, str, str], HeaderSet] = field(default_factory=dict)
    entered: dict[tuple[str, str, str], HeaderSet] = field(default_factory=dict)
    waiting: dict[Entrance, HeaderSet] = field(default_factory=dict)

    def arrive(self, entrance: Entrance, headers: HeaderSet) -> None:
        """Note headers that come to an interface, and what of them is new."""
        place = entrance.place.id
        before = self.arrived.get(place, self.nothing)
        fresh = headers & ~before
        if fresh != self.nothing:
            self.arrived[place] = before | fresh
            self.waiting[entrance] = self.waiting.get(entrance, self.nothing) | fresh


@dataclass(frozen=True, eq=False)
class Entrance:
    """An interface of a gate, by which packets come in."""

    gate: Gate
    name: str
    place: Place


class Flooder:
    """Floods the network of one bound, with all gates or without some of them."""

    def __init__(self, filters: FilterSets, gates: Iterable[Gate], bound: Bound) -> None:
        self.filters = filters
        self._space = filters.space
        self._gates = tuple(gates)
        self._bound: Bound = bound
        self._entrances: defaultdict[Group, list[Entrance]] = defaultdict(list)
        for gate in self._gates:
            for name, place in gate.interfaces.items():
                entrance = Entrance(gate, name, place)
                for group in place.hearing(bound).hears:
                    self._entrances[group].append(entrance)

    @property
    def keeps_headers(self) -> bool:
        """Whether every packet leaves each gate as it came, so that headers can be told apart."""
        return not self.translates and not any(gate.compiled.rewrites for gate in self._gates)

    @cached_property
    def translates(self) -> bool:
        """Whether any gate translates addresses."""
        return any(gate.compiled.translator is not None for gate in self._gates)

    @cached_property
    def hides_sources(self) -> bool:
        """Whether any gate translates sources, so that a packet does not show who sent it."""
        found = (gate.compiled.translator for gate in self._gates)
        return any(one is not None and one.sources for one in found)

    def hears(self, groups: Iterable[Group]) -> bool:
        """Tell whether any gate hears one of some groups."""
        return any(group in self._entrances for group in groups)

    def flood(
        self,
        senders: Crowd,
        closed: Collection[str] = (),
        planted: Mapping[str, Answers] | None = None,
        among: HeaderSet | None = None,
        answers: HeaderSet | None = None,
        *,
        answering: bool = False,
    ) -> Flood:
        """Return how far any packet of ``senders`` gets, by the groups that they send into.

        ``closed`` are devices that forward nothing. ``planted`` holds, for each device, headers
        that its connection table may take for a known conversation, ``answers`` those that filters
        at ports may. Only headers ``among`` some are sent. Where ``answering``, every answer to
        what is planted is sent on by each device too, whoever sends it.
        """
        progress = _Progress(self._space.nothing, answers)
        if answering:
            self._answer_all(planted or {}, progress)
        for group in self._entrances.keys() & senders.keys():
            sent = self._sent(senders[group], answers)
            if among is not None:
                sent &= among
            for entrance in self._entrances[group]:
                self._arrive(progress, entrance, sent)
        # What arrives later at an interface that waits already is carried on together.
        while progress.waiting:
            entrance = next(iter(progress.waiting))
            fresh = progress.waiting.pop(entrance)
            if entrance.gate.device not in closed:
                self._pass(entrance, fresh, progress, (planted or {}).get(entrance.gate.device))
        return Flood(
            senders,
            progress.carried,
            progress.arrived,
            progress.passed,
            answers,
            progress.entered,
        )

    def _sent(self, senders: Iterable[Filterings], answers: HeaderSet | None) -> HeaderSet:
        """Return what any place of some classes gets past its own filters."""
        return self._space.union([self.filters.sending(one, answers) for one in senders])

    def _arrive(self, progress: _Progress, entrance: Entrance, headers: HeaderSet) -> None:
        let_in = self.filters.receiving(entrance.place.filterings, progress.answers)
        progress.arrive(entrance, headers & let_in)

    def _answer_all(self, planted: Mapping[str, Answers], progress: _Progress) -> None:
        for gate in self._gates:
            for incoming in gate.interfaces:
                for outgoing in gate.interfaces:
                    leaving = gate.compiled.only_answered(incoming, outgoing, planted[gate.device])
                    self._spread(gate.interfaces[outgoing], leaving, progress)

    def _pass(
        self, entrance: Entrance, fresh: HeaderSet, progress: _Progress, planted: Answers | None
    ) -> None:
        """Carry what came newly to an interface to the other sides of its gate."""
        gate, nothing = entrance.gate, self._space.nothing
        for outgoing in gate.interfaces:
            leaving = self._leaving(gate, entrance.name, outgoing, fresh, planted)
            if leaving == nothing:
                continue
            if gate.compiled.translator is not None:
                entering = fresh & gate.compiled.forwarded(entrance.name, outgoing)
                key = (gate.device, entrance.name, outgoing)
                progress.entered[key] = progress.entered.get(key, nothing) | entering
            self._send(gate, entrance.name, outgoing, leaving, progress)

    def _send(
        self,
        gate: Gate,
        incoming: str,
        outgoing: str,
        leaving: HeaderSet,
        progress: _Progress,
    ) -> None:
        """Send headers that came in by one interface out by another, those that are new there."""
        nothing, outside = self._space.nothing, gate.interfaces[outgoing]
        key = (gate.device, incoming, outgoing)
        before = progress.passed.get(key, nothing)
        leaving &= ~before
        if leaving == nothing:
            return
        progress.passed[key] = before | leaving
        self._spread(outside, leaving, progress)

    def _spread(self, outside: Place, leaving: HeaderSet, progress: _Progress) -> None:
        """Send headers into the groups of an interface, to all that hear them there."""
        nothing = self._space.nothing
        leaving &= self.filters.sending(outside.filterings, progress.answers)
        if leaving == nothing:
            return
        for group in outside.hearing(self._bound).sends:
            sent = progress.carried.setdefault(group, {})
            sent[outside.id] = sent.get(outside.id, nothing) | leaving
            for hearer in self._entrances.get(group, ()):
                if hearer.place.id != outside.id:  # an interface hears not its own frames
                    self._arrive(progress, hearer, leaving)

    def _leaving(
        self,
        gate: Gate,
        incoming: str,
        outgoing: str,
        arriving: HeaderSet,
        planted: Answers | None,
    ) -> HeaderSet:
        compiled = gate.compiled
        if compiled.rewrites:
            return compiled.forwarded(incoming, outgoing)
        new = compiled.sent_on(incoming, outgoing, arriving)
        if planted is None or planted.arriving == self._space.nothing:
            return new
        # The sets that devices let through are large, and what arrives is often small.
        return new | compiled.answered(incoming, outgoing, arriving, planted)

    def local(self, flood: Flood) -> Mapping[str, HeaderSet]:
        """Return what reaches the own services of each device, also of closed ones."""
        space = self._space
        local: dict[str, HeaderSet] = {}
        for gate in self._gates:
            parts: list[HeaderSet] = []
            for name, place in gate.interfaces.items():
                arriving = flood.arrived.get(place.id, space.nothing)
                if arriving == space.nothing:
                    continue
                if gate.compiled.rewrites:
                    arriving = space.everything
                parts.append(gate.compiled.taken_as(name, arriving))
            local[gate.device] = space.union(parts)
        return local


def heard(
    filters: FilterSets, flood: Flood, hearers: Crowd, answers: HeaderSet | None = None
) -> HeaderSet:
    """Return the headers that arrive at any of the places that ``hearers`` gathers.

    ``answers`` are headers that the filters at these places may take for answers.
    """
    space = filters.space
    direct = space.nothing
    for group in hearers.keys() & flood.direct.keys():
        sent = flood.direct[group]
        direct |= passed_between(filters, sent, hearers[group], (flood.answers, answers))
        if direct == space.everything:
            return direct
    return direct | carried_to(filters, flood, hearers, answers)


def carried_to(
    filters: FilterSets, flood: Flood, hearers: Crowd, answers: HeaderSet | None = None
) -> HeaderSet:
    """Return the headers that devices carry to any of the places that ``hearers`` gathers."""
    space = filters.space
    reached = sorted(group for group in flood.carried if group in hearers)
    parts: list[HeaderSet] = []
    for group in reached:
        let_in = space.union([filters.receiving(one, answers) for one in hearers[group]])
        parts.extend(one & let_in for one in flood.carried[group].values())
    return space.union(parts)
