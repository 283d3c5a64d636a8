"""How far packets of a zone get: a fixpoint of header sets over groups and devices."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from ringfence.reach.attachments import Bound, Group, Place
    from ringfence.reach.devices import DeviceCompiler
    from ringfence.reach.headers import HeaderSet, HeaderSpace


Crowd = Mapping["Group", frozenset[str]]
"""The owners of the places that hear, or send into, each group; at most two are kept."""


def crowd(pairs: Iterable[tuple[frozenset[Group], str]]) -> Crowd:
    """Gather places, each given by the groups that it hears or sends into and its owner.

    Two owners are enough to know that a machine does not only talk to itself.
    """
    owners: defaultdict[Group, set[str]] = defaultdict(set)
    for groups, owner in pairs:
        for group in groups:
            known = owners[group]
            if len(known) < 2:
                known.add(owner)
    return {group: frozenset(known) for group, known in owners.items()}


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
    header sets that device interfaces, by place id, send on into groups; ``local`` those that
    reach a device's own services; ``passed`` what each device let through, for each pair of its
    interfaces.
    """

    direct: Crowd
    carried: Mapping[Group, Mapping[str, HeaderSet]]
    local: Mapping[str, HeaderSet]
    passed: Mapping[tuple[str, str, str], HeaderSet]


@dataclass
class _Progress:
    carried: dict[Group, dict[str, HeaderSet]] = field(default_factory=dict)
    passed: dict[tuple[str, str, str], HeaderSet] = field(default_factory=dict)


class Flooder:
    """Floods the network of one bound, with all gates or without some of them."""

    def __init__(self, space: HeaderSpace, gates: Iterable[Gate], bound: Bound) -> None:
        self._space = space
        self._gates = tuple(gates)
        self._bound: Bound = bound

    def flood(
        self,
        senders: Crowd,
        closed: Collection[str] = (),
        planted: Mapping[str, HeaderSet] | None = None,
    ) -> Flood:
        """Return how far any packet of ``senders`` gets, by the groups that they send into.

        ``closed`` are devices that forward nothing. ``planted`` holds, for each device, headers
        that its connection table may take for a known conversation.
        """
        progress = _Progress()
        moving = True
        while moving:
            moving = False
            for gate in self._gates:
                if gate.device not in closed:
                    known = (planted or {}).get(gate.device, self._space.nothing)
                    moving |= self._pass(gate, senders, progress, known)
        return Flood(
            senders,
            progress.carried,
            self._local(senders, progress),
            progress.passed,
        )

    def _arriving(self, place: Place, direct: Collection[Group], progress: _Progress) -> HeaderSet:
        hears = place.hearing(self._bound).hears
        if any(group in direct for group in hears):
            return self._space.everything
        return self._space.union(
            [
                headers
                for group in hears
                for sender, headers in progress.carried.get(group, {}).items()
                if sender != place.id  # an interface does not hear its own frames
            ]
        )

    def _pass(
        self, gate: Gate, direct: Collection[Group], progress: _Progress, planted: HeaderSet
    ) -> bool:
        """Carry what arrives at a gate to its other side; tell whether anything was new."""
        space = self._space
        moving = False
        for incoming, inside in gate.interfaces.items():
            arriving = self._arriving(inside, direct, progress)
            if arriving == space.nothing:
                continue
            for outgoing, outside in gate.interfaces.items():
                leaving = self._leaving(gate, incoming, outgoing, arriving, planted)
                key = (gate.device, incoming, outgoing)
                before = progress.passed.get(key, space.nothing)
                if leaving == space.nothing or before | leaving == before:
                    continue
                progress.passed[key] = before | leaving
                moving = True
                for group in outside.hearing(self._bound).sends:
                    sent = progress.carried.setdefault(group, {})
                    sent[outside.id] = sent.get(outside.id, space.nothing) | leaving
        return moving

    @staticmethod
    def _leaving(
        gate: Gate, incoming: str, outgoing: str, arriving: HeaderSet, planted: HeaderSet
    ) -> HeaderSet:
        new = gate.compiled.forwarded(incoming, outgoing)
        if gate.compiled.rewrites:
            return new
        known = gate.compiled.forwarded(incoming, outgoing, "established") & planted
        return arriving & (new | known)

    def _local(self, direct: Collection[Group], progress: _Progress) -> Mapping[str, HeaderSet]:
        """Return what reaches the own services of each device, also of closed ones."""
        space = self._space
        local: dict[str, HeaderSet] = {}
        for gate in self._gates:
            parts: list[HeaderSet] = []
            for name, place in gate.interfaces.items():
                arriving = self._arriving(place, direct, progress)
                if gate.compiled.rewrites and arriving != space.nothing:
                    arriving = space.everything
                parts.append(arriving & gate.compiled.taken_in(name))
            local[gate.device] = space.union(parts)
        return local


def heard(space: HeaderSpace, flood: Flood, hearers: Crowd) -> HeaderSet:
    """Return the headers that arrive at any of the places that ``hearers`` gathers.

    What a machine sends itself, from one NIC to another, is no delivery.
    """
    for group in hearers.keys() & flood.direct.keys():
        senders = flood.direct[group]
        if len(senders) > 1 or senders != hearers[group]:
            return space.everything
    reached = sorted(hearers.keys() & flood.carried.keys())
    return space.union([one for group in reached for one in flood.carried[group].values()])
