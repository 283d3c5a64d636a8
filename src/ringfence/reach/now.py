"""The second matrix: what works now, honestly, both ways and on every branch.

Where the first matrix holds what an attacker can bring about, this one holds which conversations
of honest machines come about: sent from an address of the sender's own to an address of a place
that runs, over the uplinks in use, along the best routes. Where a device has several equal ones,
each has to lead there; a branch that loops leads nowhere. The answer has to come back likewise,
and a device takes it for one only where the conversation crossed it.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING

from ringfence.model.inventory import Inventory
from ringfence.reach.fields import Field, Interval
from ringfence.reach.places import find_places
from ringfence.reach.present import present
from ringfence.reach.present_ends import Ends, ends_of
from ringfence.reach.routing import Branch, Doors
from ringfence.reach.standings import Standings

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from ringfence.reach.attachments import Bound, Group
    from ringfence.reach.headers import HeaderSet
    from ringfence.reach.places import Places
    from ringfence.reach.question import Question
    from ringfence.reach.routing import Door


@dataclass(frozen=True)
class _Crossed:
    """Which headers crossed each device, on every branch and on some.

    ``answers`` are all that answer what was delivered.
    """

    answers: HeaderSet | None = None
    always: Mapping[str, HeaderSet] = field(default_factory=dict)
    sometimes: Mapping[str, HeaderSet] = field(default_factory=dict)


@dataclass
class _Way:
    """Headers on their way from a door: what each device let through, and what arrived."""

    passed: dict[str, HeaderSet]
    arrived: HeaderSet


class Now:
    """What works now, for one bound of what is not known."""

    def __init__(self, question: Question, bound: Bound, places: Places) -> None:
        self._question = question
        self._space = question.space
        self._bound: Bound = bound
        self._places = places
        self._gates = question.matrix(bound).gates
        self._filters = question.matrix(bound).filters
        self._doors = Doors(question, places, bound)
        self._asking = question.asking
        self._standings = Standings.of(
            question.policy, question.memberships.values(), places, bound
        )
        self._ends: dict[str, Ends] = {}
        self._sending: dict[str, HeaderSet] = {}
        self._hearing: dict[str, HeaderSet] = {}
        self._honest: dict[tuple[str, str], HeaderSet] = {}
        self._works: dict[tuple[str, str, HeaderSet], HeaderSet] = {}

    def works(self, source: str, destination: str, wanted: HeaderSet) -> HeaderSet:
        """Return the headers of ``wanted`` with which conversations begin that work now."""
        key = (source, destination, wanted)
        known = self._works.get(key)
        if known is None:
            known = self._works[key] = self._space.union([*self._working(*key)])
        return known

    def honest(self, source: str, destination: str, wanted: HeaderSet) -> HeaderSet:
        """Return the headers of ``wanted`` that begin a conversation between the zones' own ends.

        Not that they get there: only that something runs that would send and answer them.
        """
        key = (source, destination)
        known = self._honest.get(key)
        if known is None:
            meant = self._senders(source) & self._hearers(destination)
            known = self._honest[key] = self._asking.begins & meant
        return wanted & known

    def _senders(self, zone: str) -> HeaderSet:
        known = self._sending.get(zone)
        if known is None:
            known = self._sending[zone] = self._from(self.ends(zone).senders)
        return known

    def _hearers(self, zone: str) -> HeaderSet:
        known = self._hearing.get(zone)
        if known is None:
            known = self._hearing[zone] = self._to(self.ends(zone).hearers)
        return known

    def _working(self, source: str, destination: str, wanted: HeaderSet) -> Iterator[HeaderSet]:
        asked = self.honest(source, destination, wanted)
        if asked == self._space.nothing:
            return
        there, back = self.ends(destination), self.ends(source)
        straight = self._straight(back, there, asked)
        if straight != self._space.nothing:
            yield self._answered(straight, back, there, _Crossed())
        entered = {door: asked & self._sent_to(door, back) for door in self._doors.every}
        surely = self._surely(there, asked, _Crossed(), entered)
        for door, entering in entered.items():
            sent = surely[door] & entering
            if sent != self._space.nothing:
                yield self._answered(sent, back, there, self._crossed(door, sent, there, surely))

    def ends(self, zone: str) -> Ends:
        """Return who of a zone takes part now, by the groups that they send into and hear."""
        known = self._ends.get(zone)
        if known is None:
            known = self._ends[zone] = ends_of(
                self._question, self._places, self._standings, zone, self._bound
            )
        return known

    def places_of(self, zone: str) -> tuple[str, ...]:
        """Return the ids of the zone's places that take part now."""
        return self._standings.places_of(zone)

    def _from(self, addresses: Iterable[Interval]) -> HeaderSet:
        return self._space.intervals(Field.SOURCE, addresses)

    def _to(self, addresses: Iterable[Interval]) -> HeaderSet:
        return self._space.intervals(Field.DESTINATION, addresses)

    def _sent(self, ends: Ends, group: Group, answers: HeaderSet | None) -> HeaderSet:
        """Return what places send into a group with their own addresses, past their filters."""
        return self._space.union(
            [
                self._from(held) & self._filters.sending(filterings, answers)
                for filterings, held in ends.sending.get(group, {}).items()
            ]
        )

    def _heard(self, ends: Ends, group: Group, answers: HeaderSet | None) -> HeaderSet:
        """Return what gets to the addresses of places that hear a group, past their filters."""
        return self._space.union(
            [
                self._to(held) & self._filters.receiving(filterings, answers)
                for filterings, held in ends.hearing.get(group, {}).items()
            ]
        )

    def _straight(
        self, senders: Ends, hearers: Ends, among: HeaderSet, answers: HeaderSet | None = None
    ) -> HeaderSet:
        """Return what needs no device: the place with the address hears the sender itself."""
        groups = sorted(senders.sending.keys() & hearers.hearing.keys())
        return self._space.union(
            [
                among & self._sent(senders, group, answers) & self._heard(hearers, group, answers)
                for group in groups
            ]
        )

    def _sent_to(self, door: Door, senders: Ends, answers: HeaderSet | None = None) -> HeaderSet:
        """Return the headers that their own senders can hand to a door."""
        groups = sorted(door.hears & senders.sending.keys())
        return self._space.union([self._sent(senders, group, answers) for group in groups])

    def _answered(
        self, headers: HeaderSet, back: Ends, there: Ends, crossed: _Crossed
    ) -> HeaderSet:
        """Return which of ``headers``, all delivered, get an answer, or need none."""
        unanswered = headers & self._asking.unanswered
        answers = self._asking.answers(self._space.without(headers, unanswered))
        heard = [self._straight(there, back, answers, answers)]
        if self._doors.every and answers != self._space.nothing:
            entered = {
                door: answers & self._sent_to(door, there, answers) for door in self._doors.every
            }
            surely = self._surely(back, answers, replace(crossed, answers=answers), entered)
            heard.extend(surely[door] & entering for door, entering in entered.items())
        answered = headers & self._asking.questions(self._space.union(heard))
        return answered | unanswered

    def _surely(
        self,
        hearers: Ends,
        among: HeaderSet,
        crossed: _Crossed,
        entered: Mapping[Door, HeaderSet],
    ) -> Mapping[Door, HeaderSet]:
        """Return what gets from each door to the hearers on every branch: the least fixpoint.

        It grows from nothing, so that what goes round in a circle is never in it. Doors are left
        out (with nothing) that no branch leads to from those that anything ``entered``.
        """
        surely = dict.fromkeys(self._doors.every, self._space.nothing)
        on_way = self._on_way(among, entered)
        grows = True
        while grows:
            grows = False
            for door in on_way:
                reached = self._on_every_branch(door, hearers, among, crossed, surely)
                if reached != surely[door]:
                    surely[door], grows = reached, True
        return surely

    def _on_way(self, among: HeaderSet, entered: Mapping[Door, HeaderSet]) -> tuple[Door, ...]:
        """Return the doors that some of ``among`` may come to, those near the end first."""
        nothing = self._space.nothing
        found = dict.fromkeys(door for door, headers in entered.items() if headers != nothing)
        waiting = list(found)
        while waiting:
            device = waiting.pop().device
            for branch in self._doors.branches(device):
                exit_ = self._doors.exit(device, branch.interface)
                if exit_ is not None and among & branch.headers != nothing:
                    doors, _ = self._doors.after(exit_, branch.next_hop)
                    fresh = [door for door in doors if door not in found]
                    found.update(dict.fromkeys(fresh))
                    waiting.extend(fresh)
        return tuple(reversed(found))

    def _on_every_branch(
        self,
        door: Door,
        hearers: Ends,
        among: HeaderSet,
        crossed: _Crossed,
        surely: Mapping[Door, HeaderSet],
    ) -> HeaderSet:
        space = self._space
        known = self._known(door.device, crossed)
        among &= self._filters.receiving(door.filterings, known)
        if self._gates[door.device].compiled.rewrites:
            return among
        routed, failing = [], []
        for branch in self._doors.branches(door.device):
            here = among & branch.headers
            if here == space.nothing:
                continue
            routed.append(here)
            on = self._next(door.device, branch, hearers, here, crossed, surely)
            on &= self._passing(door, branch, here, crossed)
            failing.append(space.without(here, on))
        if self._doors.any_route(door.device):
            # Not read: any one branch may be the only one.
            return space.without(space.union(routed), self._all_of(failing))
        return space.without(space.union(routed), space.union(failing))

    def _all_of(self, sets: list[HeaderSet]) -> HeaderSet:
        common = self._space.everything
        for one in sets:
            common &= one
        return common

    def _passing(self, door: Door, branch: Branch, here: HeaderSet, crossed: _Crossed) -> HeaderSet:
        """Return what a device lets from one door out of another, new or as an answer."""
        nothing = self._space.nothing
        if branch.interface is None:
            return nothing
        compiled = self._gates[door.device].compiled
        new = here & compiled.forwarded(door.name, branch.interface)
        some = crossed.sometimes.get(door.device, nothing)
        if some == nothing:
            return new
        known = here & compiled.forwarded(door.name, branch.interface, "established")
        always = crossed.always.get(door.device, nothing)
        # What crossed the device on some branch only may be an answer there or not: both must pass.
        either = (known | new) if self._doors.unsure else (known & new)
        return (known & always) | (either & some & ~always) | (new & ~some)

    def _next(
        self,
        device: str,
        branch: Branch,
        hearers: Ends,
        among: HeaderSet,
        crossed: _Crossed,
        surely: Mapping[Door, HeaderSet],
    ) -> HeaderSet:
        """Return what gets there once it left by a branch."""
        exit_ = self._doors.exit(device, branch.interface)
        if exit_ is None:
            return self._space.nothing
        known = self._known(device, crossed)
        among &= self._filters.sending(self._doors.filters_at(exit_), known)
        doors, ends_here = self._doors.after(exit_, branch.next_hop)
        sets = [surely[door] for door in doors]
        onward = self._space.union(sets) if self._bound == "upper" else self._all_of(sets)
        if not sets:
            onward = self._space.nothing
        groups = sorted(ends_here & hearers.hearing.keys())
        return among & (
            onward
            | self._space.union([self._heard(hearers, group, crossed.answers) for group in groups])
        )

    def _known(self, device: str, crossed: _Crossed) -> HeaderSet | None:
        """Return what filters at a device's ports may take for answers: for certain, nothing."""
        return crossed.sometimes.get(device) if self._bound == "upper" else None

    def _crossed(
        self, door: Door, sent: HeaderSet, hearers: Ends, surely: Mapping[Door, HeaderSet]
    ) -> _Crossed:
        """Return which of the headers sent to a door cross each device on their way."""
        space = self._space
        if any(gate.compiled.rewrites for gate in self._gates.values()):
            return _Crossed(sometimes=dict.fromkeys(self._gates, self._asking.answers(sent)))
        some = self._way(door, sent, hearers, surely)
        answers = self._asking.answers
        always: dict[str, HeaderSet] = {}
        sometimes: dict[str, HeaderSet] = {}
        for device, passed in some.passed.items():
            past = self._way(door, sent, hearers, surely, closed=device).arrived
            always[device] = answers(space.without(sent, past))
            sometimes[device] = answers(passed)
        return _Crossed(always=always, sometimes=sometimes)

    def _way(
        self,
        door: Door,
        sent: HeaderSet,
        hearers: Ends,
        surely: Mapping[Door, HeaderSet],
        closed: str | None = None,
    ) -> _Way:
        """Follow headers that surely arrive along all branches, but not through ``closed``."""
        space = self._space
        way = _Way({}, space.nothing)
        waiting = {door: sent}
        seen = dict.fromkeys(self._doors.every, space.nothing)
        while waiting:
            here, headers = waiting.popitem()
            fresh = space.without(headers, seen[here])
            seen[here] |= fresh
            if fresh == space.nothing or here.device == closed:
                continue
            for branch in self._doors.branches(here.device):
                leaving = self._passing(here, branch, fresh & branch.headers, _Crossed())
                exit_ = self._doors.exit(here.device, branch.interface)
                if leaving == space.nothing or exit_ is None:
                    continue
                before = way.passed.get(here.device, space.nothing)
                way.passed[here.device] = before | leaving
                doors, ends_here = self._doors.after(exit_, branch.next_hop)
                for group in sorted(ends_here & hearers.hearing.keys()):
                    way.arrived |= leaving & self._heard(hearers, group, None)
                for after in doors:
                    onward = leaving & surely[after]
                    waiting[after] = waiting.get(after, space.nothing) | onward
        return way


class Today:
    """Both bounds of what works now."""

    def __init__(self, question: Question) -> None:
        self._question = question

    @cached_property
    def places(self) -> Places:
        """Every place as it is now: running, connected, on the uplinks in use."""
        question = self._question
        snapshot = present(question.inventory.snapshot)
        return find_places(Inventory(snapshot), question.policy, at_present=True)

    @cached_property
    def lower(self) -> Now:
        """What surely works."""
        return Now(self._question, "lower", self.places)

    @cached_property
    def upper(self) -> Now:
        """What may work, for all that was read."""
        return Now(self._question, "upper", self.places)
