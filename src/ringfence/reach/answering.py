"""State that others plant, so that a new conversation passes for the answer to theirs."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from ringfence.reach.devices import Answers
from ringfence.reach.flood import carried_to

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from ringfence.reach.attachments import Bound, Place
    from ringfence.reach.flood import Crowd, Flood, Flooder, Gate
    from ringfence.reach.headers import HeaderSet, HeaderSpace

Known = dict[str, Answers]
"""For each device, the headers that its connection table may take for answers."""


class Answering:
    """Tells for each zone which state the other zones can plant, and whether it opens anything.

    A device that lets answers through knows them by an entry of its connection table. Any zone
    but the victim that can get a packet with the victim's address as its source admitted installs
    one (see the architecture's page on state), and so does a packet that passed another device
    as an answer to what was installed there.
    """

    def __init__(
        self,
        space: HeaderSpace,
        gates: Mapping[str, Gate],
        zones: Iterable[str],
        flood: Callable[[str], Flood],
        bound: Bound,
        flooder: Flooder,
        *,
        ports_keep: bool = False,
    ) -> None:
        """``ports_keep`` tells whether filters at ports keep connections.

        What they take for an answer may start a conversation with a device behind: every entry
        counts as planted then.
        """
        self._space = space
        self._gates = gates
        self._zones = tuple(zones)
        self._flood = flood
        self._bound: Bound = bound
        self._flooder = flooder
        self._ports_keep = ports_keep
        self._followed: dict[str, Known] = {}

    def planted_by_others(self, victim: str) -> Known:
        """Return the answers that zones other than ``victim`` can plant.

        Those are left out that every way through their device takes as new packets too.
        """
        if self._ports_keep:
            anything = Answers(self._space.everything, self._space.everything)
            return dict.fromkeys(self._gates, anything)
        planted = self._all_but_one.get(victim, self._by_all)
        if not self._flooder.translates:
            return planted
        known = self._followed.get(victim)
        if known is None:
            known = self._followed[victim] = self._spread(planted)
        return known

    def _spread(self, planted: Known) -> Known:
        """Return the same where addresses are translated on the way: answers are followed."""
        while True:
            anything = self._space.everything
            flood = self._flooder.flood({}, (), planted, None, anything, answering=True)
            more = self._planted(flood)
            joined = {name: known.joined(more[name]) for name, known in planted.items()}
            if joined == planted:
                return planted
            planted = joined

    def _handed_over(self, planted: Known) -> Known:
        """Return also what is planted by packets that got to a device as answers elsewhere.

        What a device passes on only as an answer to something planted may be new to the next, and
        so plant there. Whether it gets to the first device is not asked: this is an upper bound.
        What several zones plant hands over what each of them does, and nothing besides.
        """
        nothing = self._space.nothing
        planted = dict(planted)
        waiting = {
            name: known.arriving for name, known in planted.items() if known.arriving != nothing
        }
        while waiting:
            first, fresh = waiting.popitem()
            for after, headers in self._handovers.get(first, ()):
                handed = headers & fresh
                if handed == nothing:
                    continue
                known = planted[after].arriving
                answers = self._space.answers(handed) & self._only_answers[after]
                more = self._space.without(answers, known)
                if more != nothing:
                    planted[after] = Answers(known | more, known | more)
                    waiting[after] = waiting.get(after, nothing) | more
        return planted

    @cached_property
    def _handovers(self) -> Mapping[str, tuple[tuple[str, HeaderSet], ...]]:
        """What each device passes only as an answer, and other devices take as new after it.

        Only that of it counts whose own answers the other lets through as answers alone.
        """
        nothing = self._space.nothing
        found: dict[str, tuple[tuple[str, HeaderSet], ...]] = {}
        for first, gate in self._gates.items():
            mattering = {
                after: some & self._answered[after]
                for after, some in self._started_behind(gate).items()
            }
            found[first] = tuple(item for item in mattering.items() if item[1] != nothing)
        return found

    def _started_behind(self, gate: Gate) -> Mapping[str, HeaderSet]:
        """Return what devices take as new, one after the other, that left a device as an answer."""
        nothing = self._space.nothing
        came: dict[str, HeaderSet] = {}
        started: dict[str, HeaderSet] = {}
        waiting = [
            (
                outside,
                self._space.union([self._answers(gate, one, name) for one in gate.interfaces]),
            )
            for name, outside in gate.interfaces.items()
        ]
        while waiting:
            outside, headers = waiting.pop()
            for other, incoming in self._beyond(outside):
                place = other.interfaces[incoming].id
                before = came.get(place, nothing)
                fresh = self._space.without(headers & self._starting_from(other, incoming), before)
                if fresh == nothing:
                    continue
                came[place] = before | fresh
                started[other.device] = started.get(other.device, nothing) | fresh
                for name, further in other.interfaces.items():
                    waiting.append((further, fresh & other.compiled.forwarded(incoming, name)))
        return started

    def _beyond(self, outside: Place) -> Iterator[tuple[Gate, str]]:
        """Yield the gates, and their interfaces, that hear what an interface sends."""
        sends = outside.hearing(self._bound).sends
        for other in self._gates.values():
            for incoming, inside in other.interfaces.items():
                hears = inside.hearing(self._bound).hears
                if inside.id != outside.id and not sends.isdisjoint(hears):
                    yield other, incoming

    def _starting_from(self, gate: Gate, incoming: str) -> HeaderSet:
        """Return what a device passes on as new from one of its interfaces."""
        return self._space.union(
            [gate.compiled.forwarded(incoming, one) for one in gate.interfaces]
        )

    def _answers(self, gate: Gate, incoming: str, outgoing: str) -> HeaderSet:
        """Return what a device passes between two interfaces as an answer, and not as new."""
        return self._space.without(
            gate.compiled.forwarded(incoming, outgoing, "established"),
            gate.compiled.forwarded(incoming, outgoing),
        )

    def opened(self, victim: str, hearers: Crowd, flooder: Flooder) -> HeaderSet:
        """Return the headers of which planted state may let more through to the victim's places.

        A packet that gets there only by planted state passed some device only by it, and came in
        by the last device. Where no header is in both, nothing is opened, whoever sends.
        """
        planted = self.planted_by_others(victim)
        nothing = self._space.nothing
        if all(known.arriving == nothing for known in planted.values()):
            return nothing
        if flooder.translates:
            # Where headers change on the way, the answers of every device are followed.
            flood = flooder.flood({}, (), planted, answering=True)
            return carried_to(flooder.filters, flood, hearers)
        if not flooder.keeps_headers:
            return self._space.everything
        extra = self._space.union([known.arriving for known in planted.values()])
        return self._last(extra, planted, hearers)

    def _last(self, extra: HeaderSet, planted: Known, hearers: Crowd) -> HeaderSet:
        """Return what of ``extra`` any device may send into a group that the victim hears."""
        parts: list[HeaderSet] = []
        for gate in self._gates.values():
            for outgoing, outside in gate.interfaces.items():
                if hearers.keys().isdisjoint(outside.hearing(self._bound).sends):
                    continue
                for incoming in gate.interfaces:
                    answers = gate.compiled.forwarded(incoming, outgoing, "established")
                    parts.append(extra & gate.compiled.forwarded(incoming, outgoing))
                    parts.append(answers & planted[gate.device].arriving)
        return self._space.union(parts)

    @cached_property
    def _only_answers(self) -> Mapping[str, HeaderSet]:
        """What each device lets through between any interfaces as an answer, and not as new."""
        return {
            name: self._space.union(
                [
                    self._answers(gate, incoming, outgoing)
                    for incoming in gate.interfaces
                    for outgoing in gate.interfaces
                ]
            )
            for name, gate in self._gates.items()
        }

    @cached_property
    def _by_zone(self) -> Mapping[str, Known]:
        """The answers to what each zone gets through each device."""
        planted = {zone: self._planted(self._flood(zone)) for zone in self._zones}
        if self._flooder.translates:
            return planted  # what several plant is followed together
        return {zone: self._handed_over(known) for zone, known in planted.items()}

    def _planted(self, flood: Flood) -> Known:
        """Return the answers to what got through each device, where being one matters there.

        Where a device translates, they come in as answers to what left, and leave as answers to
        what had come in.
        """
        space = self._space
        through: dict[str, list[HeaderSet]] = {name: [] for name in self._gates}
        entered: dict[str, list[HeaderSet]] = {name: [] for name in self._gates}
        for (device, _, _), headers in flood.passed.items():
            through[device].append(headers & self._answered[device])
        for (device, _, _), headers in flood.entered.items():
            entered[device].append(headers)
        found: Known = {}
        for name, gate in self._gates.items():
            arriving = leaving = space.answers(space.union(through[name]))
            if gate.compiled.translator is not None:
                leaving = space.answers(space.union(entered[name]))
            else:
                arriving = leaving = arriving & self._only_answers[name]
            found[name] = Answers(arriving, leaving)
        return found

    @cached_property
    def _answered(self) -> Mapping[str, HeaderSet]:
        """Packets whose answers each device lets through and would not let through as new."""
        return {
            name: self._space.everything
            if self._gates[name].compiled.translator is not None
            else self._space.answers(some)
            for name, some in self._only_answers.items()
        }

    @cached_property
    def _all_but_one(self) -> Mapping[str, Known]:
        """For each zone, what all the others together plant: those before it and those after."""
        before = self._running(self._zones)
        after = self._running(self._zones[::-1])
        return {
            zone: {name: before[zone][name].joined(after[zone][name]) for name in self._gates}
            for zone in self._zones
        }

    def _running(self, zones: Iterable[str]) -> Mapping[str, Known]:
        """Return for each zone what those before it in the order plant together."""
        nothing = Answers(self._space.nothing, self._space.nothing)
        running = dict.fromkeys(self._gates, nothing)
        found: dict[str, Known] = {}
        for zone in zones:
            found[zone] = dict(running)
            for name, known in self._by_zone[zone].items():
                running[name] = running[name].joined(known)
        return found

    @cached_property
    def _by_all(self) -> Known:
        return {
            name: Answers(
                self._space.union([self._by_zone[zone][name].arriving for zone in self._zones]),
                self._space.union([self._by_zone[zone][name].leaving for zone in self._zones]),
            )
            for name in self._gates
        }
