"""One snapshot and one policy as the checker sees them: places, zones, devices, forbidden sets."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, Final

from ringfence.certificate.devices import Transitions, all_devices
from ringfence.certificate.diagram import (
    ADDRESS_LAST,
    EMPTY,
    IPV4,
    IPV6,
    Diagrams,
    Interval,
    joined,
    outside,
    within,
)
from ringfence.certificate.matches import address_interval, flow_boxes
from ringfence.certificate.places import Finder, Place
from ringfence.certificate.port_filters import Passing
from ringfence.certificate.zones import Zones
from ringfence.model.inventory import Inventory
from ringfence.policy.narrowing import flow_terms

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from ringfence.model.snapshot import Snapshot
    from ringfence.policy.document import Flow, Policy
    from ringfence.policy.membership import Membership

Sources = tuple[Interval, ...]
"""Addresses that packets are sent from, sorted and joined."""
_ANYWHERE: Final[Sources] = ((0, ADDRESS_LAST),)


class Network:
    """What a certificate has to be about; every part is derived anew."""

    def __init__(
        self, snapshot: Snapshot, policy: Policy, memberships: Iterable[Membership]
    ) -> None:
        self.policy = policy
        self.inventory = Inventory(snapshot)
        self.diagrams = Diagrams()
        devices = all_devices(snapshot, policy)
        finder = Finder(self.inventory, policy)
        places = finder.places(devices)
        self.passing = Passing(self.diagrams, finder.filters.known)
        self.zones = Zones(policy, memberships, places)
        self.transitions = {one.id: Transitions(self.diagrams, one) for one in devices}
        self.interfaces: Mapping[str, dict[str, Place]] = {one.id: {} for one in devices}
        for place in places.values():
            if place.kind == "device":
                self.interfaces[place.owner][place.name] = place
        self._permitted: dict[int, int] = {}

    @cached_property
    def heard_from(self) -> Mapping[str, tuple[Place, ...]]:
        """For each device interface, the others whose frames it may hear."""
        every = [place for named in self.interfaces.values() for place in named.values()]
        return {
            place.id: tuple(
                other for other in every if other.id != place.id and other.ends.talks_to(place.ends)
            )
            for place in every
        }

    @cached_property
    def only_answers(self) -> Mapping[str, int]:
        """What each device may let pass as an answer, and would not let start."""
        diagrams = self.diagrams
        return {
            device: diagrams.union(
                [
                    self._answers(device, incoming, outgoing)
                    for incoming in self.interfaces[device]
                    for outgoing in self.interfaces[device]
                ]
            )
            for device in self.transitions
        }

    @cached_property
    def handovers(self) -> Mapping[tuple[str, str], int]:
        """What one device passes only as an answer, and another lets start anew, by both names.

        Between the two it may have passed others, as new.
        """
        found: dict[tuple[str, str], int] = {}
        for first in self.interfaces:
            for (after, _), headers in self._started_after(first).items():
                known = found.get((first, after), EMPTY)
                found[first, after] = self.diagrams.either(known, headers)
        return {pair: headers for pair, headers in found.items() if headers != EMPTY}

    def _started_after(self, first: str) -> Mapping[tuple[str, str], int]:
        """Return what each device's interfaces take as new that left a device as an answer."""
        diagrams = self.diagrams
        sent = {
            place.id: diagrams.union(
                [self._answers(first, one, name) for one in self.interfaces[first]]
            )
            for name, place in self.interfaces[first].items()
        }
        started: dict[tuple[str, str], int] = {}
        growing = True
        while growing:
            growing = False
            for device, named in self.interfaces.items():
                passing = self.transitions[device].forwarded
                for incoming, place in named.items():
                    new = {name: passing(incoming, name, "new") for name in named}
                    heard = [sent.get(one.id, EMPTY) for one in self.heard_from[place.id]]
                    fresh = diagrams.both(diagrams.union(heard), diagrams.union([*new.values()]))
                    known = started.get((device, incoming), EMPTY)
                    if diagrams.without(fresh, known) == EMPTY:
                        continue
                    growing = True
                    started[device, incoming] = diagrams.either(known, fresh)
                    for name, exit_ in named.items():
                        further = diagrams.both(fresh, new[name])
                        sent[exit_.id] = diagrams.either(sent.get(exit_.id, EMPTY), further)
        return started

    def _answers(self, device: str, incoming: str, outgoing: str) -> int:
        """Return what a device passes between two interfaces as an answer, and not as new."""
        passing = self.transitions[device].forwarded
        return self.diagrams.without(
            passing(incoming, outgoing, "established"), passing(incoming, outgoing, "new")
        )

    def flows(self, source: str, destination: str) -> tuple[int, ...]:
        """Return the numbers of the flows declared from one zone to another."""
        return tuple(
            number
            for number, flow in enumerate(self.policy.flows)
            if (flow.from_, flow.to) == (source, destination)
        )

    def by_sources(
        self, flows: tuple[int, ...]
    ) -> Iterable[tuple[Sources | None, tuple[int, ...]]]:
        """Yield the flows that packets from some sources may be of; ``None`` is from any.

        A flow's ``source`` is the address that a packet was sent from, which is not seen any more
        where a device translates it. Then packets from different sources are asked about apart.
        """
        if not self._hides_sources or not any(self.policy.flows[one].source for one in flows):
            return [(None, flows)]
        parts: list[tuple[Interval, tuple[int, ...]]] = [(family, ()) for family in (IPV4, IPV6)]
        for number in flows:
            named = self._sources_of(number)
            parts = [
                (piece, (*of, number) if inside else of)
                for bounds, of in parts
                for inside, pieces in (
                    (True, within(named, bounds)),
                    (False, outside(named, bounds)),
                )
                for piece in pieces
            ]
        found: defaultdict[tuple[int, ...], list[Interval]] = defaultdict(list)
        for piece, of in parts:
            found[of].append(piece)
        return [(joined(pieces), of) for of, pieces in found.items()]

    def _sources_of(self, number: int) -> Sources:
        terms = flow_terms(self.policy, self.policy.flows[number], self.inventory)
        return _ANYWHERE if terms.source is None else joined(map(address_interval, terms.source))

    def permitted(self, flows: Iterable[int]) -> int:
        """Return the headers that any of some flows permits, as they are delivered."""
        return self.diagrams.union([self._of_flow(number) for number in flows])

    def _of_flow(self, number: int) -> int:
        known = self._permitted.get(number)
        if known is None:
            flow: Flow = self.policy.flows[number]
            terms = flow_terms(self.policy, flow, self.inventory)
            if self._hides_sources:
                # It permits by the address sent, which what is delivered does not show.
                terms = replace(terms, source=None)
            boxes = flow_boxes(terms)
            known = self.diagrams.union([self.diagrams.box(box) for box in boxes])
            self._permitted[number] = known
        return known

    @cached_property
    def translates(self) -> bool:
        """Whether any device translates addresses, so that answers are translated back."""
        return any(one.translating is not None for one in self.transitions.values())

    @cached_property
    def _hides_sources(self) -> bool:
        """Whether any device translates sources."""
        found = (one.translating for one in self.transitions.values())
        return any(one is not None and one.sources for one in found)

    @cached_property
    def required(self) -> frozenset[str]:
        """The devices of which every path between zones must cross one."""
        policy = self.policy
        virtual_too = policy.configuration == "full-collapse"
        return frozenset(
            name
            for name, device in policy.devices.items()
            if device.kind in ("firewall", "router") and (device.physical or virtual_too)
        )

    def is_management(self, zone: str) -> bool:
        """Tell whether devices' own services are places of a zone."""
        return self.policy.zones[zone].role == "management"
