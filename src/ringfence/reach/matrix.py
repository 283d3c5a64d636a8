"""The zone matrix: for each ordered pair of zones, the exact set of headers that is delivered."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from ringfence.reach.answering import Answering
from ringfence.reach.devices import DeviceCompiler
from ringfence.reach.diagrams import budgeted
from ringfence.reach.fields import Field, Interval
from ringfence.reach.filter_sets import FilterSets, others_between, passed_between
from ringfence.reach.flood import (
    Flood,
    Flooder,
    Gate,
    carried_to,
    crowd_of_hearers,
    crowd_of_senders,
    heard,
)
from ringfence.reach.origins import Origins

Sources = tuple[Interval, ...]
"""Addresses that packets are sent from, in order."""

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from ringfence.model.inventory import Inventory
    from ringfence.policy.document import Policy
    from ringfence.reach.attachments import Bound, Group
    from ringfence.reach.chains import ChainCompiler
    from ringfence.reach.flood import Crowd
    from ringfence.reach.headers import HeaderSet, HeaderSpace
    from ringfence.reach.places import Places
    from ringfence.reach.standings import Standings


@dataclass
class Known:
    """What a matrix has worked out already.

    ``floods`` by source and closed devices; ``speakers`` and ``hearers`` by zone; ``beside`` what
    the zones hear of each zone directly; ``delivered`` by source, destination and closed devices;
    ``local`` by source; ``opened`` what state that others plant may open to each zone, and
    ``admitted`` what devices carry from zone to zone where it is planted.
    """

    floods: dict[tuple[str, frozenset[str]], Flood] = field(default_factory=dict)
    speakers: dict[str, Crowd] = field(default_factory=dict)
    hearers: dict[str, Crowd] = field(default_factory=dict)
    beside: dict[str, Mapping[str, HeaderSet]] = field(default_factory=dict)
    delivered: dict[tuple[str, str, frozenset[str]], HeaderSet] = field(default_factory=dict)
    local: dict[str, Mapping[str, HeaderSet]] = field(default_factory=dict)
    opened: dict[str, HeaderSet] = field(default_factory=dict)
    admitted: dict[tuple[str, str], HeaderSet] = field(default_factory=dict)


class Matrix:
    """What is delivered between zones, for one bound; worked out once for each question."""

    def __init__(
        self,
        space: HeaderSpace,
        inventory: Inventory,
        policy: Policy,
        places: Places,
        standings: Standings,
        bound: Bound,
        rules: Mapping[str, ChainCompiler],
        compiled: Mapping[str, DeviceCompiler],
    ) -> None:
        self.space = space
        self.bound: Bound = bound
        self.standings = standings
        self._places = places
        self._policy = policy
        self.gates: Mapping[str, Gate] = {
            device.id: Gate(
                device.id,
                compiled.get(device.id)
                or DeviceCompiler(space, device, bound, rules.get(device.id)),
                {
                    place.id.partition("/")[2]: place
                    for place in places.of_owner.get(device.id, ())
                    if place.kind == "device"
                },
            )
            for device in inventory.snapshot.devices
        }
        self.filters = FilterSets(space, inventory, bound)
        self.flooder = Flooder(self.filters, self.gates.values(), bound)
        self.known = Known()

    @property
    def zones(self) -> Iterable[str]:
        """The zones of the policy."""
        return self._policy.zones

    @cached_property
    def management(self) -> frozenset[str]:
        """The zones that the own services of devices belong to."""
        return frozenset(
            name for name, zone in self._policy.zones.items() if zone.role == "management"
        )

    def flood(
        self,
        source: str,
        closed: frozenset[str] = frozenset(),
        sources: Sources | None = None,
    ) -> Flood:
        """Return how far packets of a zone get, where ``closed`` devices forward nothing.

        Only those from some ``sources`` are sent, where these are given.
        """
        if sources is not None:
            among = self.sent_from(sources)
            return self.flooder.flood(self.senders(source), closed, among=among)
        key = (source, closed)
        if key not in self.known.floods:
            self.known.floods[key] = self.flooder.flood(self.senders(source), closed)
        return self.known.floods[key]

    def sent_from(self, sources: Sources | None) -> HeaderSet | None:
        """Return the headers with some sources, ``None`` for any."""
        return None if sources is None else self.space.intervals(Field.SOURCE, sources)

    def delivered(
        self,
        source: str,
        destination: str,
        closed: frozenset[str] = frozenset(),
        sources: Sources | None = None,
    ) -> HeaderSet:
        """Return the headers delivered from one zone's places to another's.

        They are as delivered, of packets sent from ``sources`` where these are given.
        """
        if sources is not None:
            flood = self.flood(source, closed, sources)
            direct = self.direct(source).get(destination, self.space.nothing)
            sent = direct & self.space.intervals(Field.SOURCE, sources)
            return sent | carried_to(self.filters, flood, self.receivers(destination))
        key = (source, destination, closed)
        known = self.known.delivered.get(key)
        if known is None:
            known = self.direct(source).get(destination, self.space.nothing)
            if known != self.space.everything:
                flood = self.flood(source, closed)
                known |= carried_to(self.filters, flood, self.receivers(destination))
            self.known.delivered[key] = known
        return known

    def local_input(self, source: str, sources: Sources | None = None) -> Mapping[str, HeaderSet]:
        """Return the headers from a zone that reach the own services of each device."""
        if sources is not None:
            return self.flooder.local(self.flood(source, sources=sources))
        known = self.known.local.get(source)
        if known is None:
            known = self.known.local[source] = self.flooder.local(self.flood(source))
        return known

    def delivered_with_local(
        self, source: str, destination: str, sources: Sources | None = None
    ) -> HeaderSet:
        """Return what is delivered, the own services of devices being management's places."""
        reached = self.delivered(source, destination, sources=sources)
        if destination not in self.management:
            return reached
        return self.space.union([reached, *self.local_input(source, sources).values()])

    def answered(self, source: str, destination: str, sources: Sources | None = None) -> HeaderSet:
        """Return what may be delivered where others plant state for it to pass as an answer.

        A device that lets answers through knows them by an entry of its connection table. Any
        zone but ``destination`` that can get a packet with ``destination``'s address as its
        source admitted installs one (see the architecture's page on state).
        """
        delivered = self.delivered(source, destination, sources=sources)
        opened = self.opened(destination)
        if self.answers is None:
            if opened == self.space.nothing:
                return delivered
            if self.flooder.keeps_headers:  # and so hides no source
                return delivered | self._admitted(source, destination)
        planted = self._answering.planted_by_others(destination)
        among = self.sent_from(sources)
        flood = self.flooder.flood(self.senders(source), (), planted, among, self.answers)
        with budgeted():
            if sources is None:
                return delivered | heard(self.filters, flood, self.receivers(destination))
            return delivered | carried_to(self.filters, flood, self.receivers(destination))

    def opened(self, destination: str) -> HeaderSet:
        """Return the headers of which state that others plant may let more through to a zone."""
        opened = self.known.opened.get(destination)
        if opened is None:
            hearers = self.receivers(destination)
            opened = self._answering.opened(destination, hearers, self.flooder)
            self.known.opened[destination] = opened
        return opened

    def _admitted(self, source: str, destination: str) -> HeaderSet:
        """Return what devices carry between zones of the headers that are opened to the latter."""
        known = self.known.admitted.get((source, destination))
        if known is None:
            planted = self._answering.planted_by_others(destination)
            among = self.opened(destination)
            flood = self.flooder.flood(self.senders(source), (), planted, among)
            with budgeted():
                known = carried_to(self.filters, flood, self.receivers(destination))
            self.known.admitted[source, destination] = known
        return known

    @cached_property
    def answers(self) -> HeaderSet | None:
        """What filters at ports may take for answers that others planted: any, if they keep state.

        ``None`` where none does.
        """
        keep = self.filters.keep_connections(self._places.stages)
        return self.space.everything if keep else None

    @cached_property
    def _answering(self) -> Answering:
        return Answering(
            self.space,
            self.gates,
            self._policy.zones,
            self.flood,
            self.bound,
            self.flooder,
            ports_keep=self.answers is not None,
        )

    def reached_from(self, place: str, destination: str, headers: HeaderSet) -> HeaderSet:
        """Return which of ``headers`` one place gets to a zone; all, where no filter stands at any.

        Without filters, what one place gets there all get there that send into the same groups.
        """
        sender = self._places.by_id[place]
        if not self._places.stages:
            return headers
        flood = self.flooder.flood(crowd_of_senders((sender,), self.bound))
        reached = [heard(self.filters, flood, self.receivers(destination))]
        if destination in self.management:
            reached.extend(self.flooder.local(flood).values())
        return headers & self.space.union(reached)

    def only_filters_between(self, source: str, destination: str) -> bool:
        """Tell whether filters at ports alone stop packets between zones that share a group.

        True only where they may let frames by that are not IP, of which the sets say nothing.
        """
        if not self._places.stages or self.direct(source).get(destination) == self.space.everything:
            return False
        senders, hearers = self.senders(source), self.receivers(destination)
        return any(
            others_between(self.filters, senders[group], hearers[group])
            for group in senders.keys() & hearers.keys()
        )

    def origins(
        self, destination: str, headers: HeaderSet, closed: frozenset[str] = frozenset()
    ) -> Origins:
        """Return what may be sent, from wherever, to be delivered to a zone as some headers."""
        return Origins(
            self.filters,
            self.gates.values(),
            self.bound,
            self.receivers(destination),
            headers,
            closed,
            local=destination in self.management and not closed,
        )

    def nearness(self, place: str, destination: str) -> int | None:
        """Tell how a place may reach a zone: 0 directly, 1 by a device, ``None`` not at all."""
        sends = self._places.by_id[place].attacks(self.bound)
        if not self.receivers(destination).keys().isdisjoint(sends):
            return 0
        return 1 if self.flooder.hears(sends) else None

    def direct(self, source: str) -> Mapping[str, HeaderSet]:
        """Return what each zone hears of what a zone sends directly, with no device between."""
        known = self.known.beside.get(source)
        if known is None:
            found: dict[str, HeaderSet] = {}
            for group, senders in self.senders(source).items():
                for zone in self.hearing_zones.get(group, ()):
                    before = found.get(zone, self.space.nothing)
                    if before != self.space.everything:
                        hearers = self.receivers(zone)[group]
                        found[zone] = before | passed_between(self.filters, senders, hearers)
            known = self.known.beside[source] = found
        return known

    @cached_property
    def hearing_zones(self) -> Mapping[Group, tuple[str, ...]]:
        """The zones that hear each group."""
        found: defaultdict[Group, list[str]] = defaultdict(list)
        for zone in self._policy.zones:
            for group in self.receivers(zone):
                found[group].append(zone)
        return {group: tuple(zones) for group, zones in found.items()}

    def senders(self, zone: str) -> Crowd:
        """Return the groups that a zone's attackers send into."""
        known = self.known.speakers.get(zone)
        if known is None:
            places = (self._places.by_id[one] for one in self.standings.senders.get(zone, ()))
            known = self.known.speakers[zone] = crowd_of_senders(places, self.bound)
        return known

    def stands_apart(self, zone: str) -> bool:
        """Tell whether no other zone hears, or sends into, any group that a zone does."""
        here = self.senders(zone).keys() | self.receivers(zone).keys()
        return all(
            here.isdisjoint(self.senders(other)) and here.isdisjoint(self.receivers(other))
            for other in self._policy.zones
            if other != zone
        )

    def receivers(self, zone: str) -> Crowd:
        """Return the groups that a zone's own places hear."""
        known = self.known.hearers.get(zone)
        if known is None:
            places = (self._places.by_id[one] for one in self.standings.places_of(zone))
            known = self.known.hearers[zone] = crowd_of_hearers(places, self.bound)
        return known
