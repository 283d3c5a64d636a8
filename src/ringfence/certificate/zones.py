"""Which places are in which zone, and from which an attacker in a zone may start."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from ringfence.certificate.places import Place
    from ringfence.certificate.port_filters import Filters
    from ringfence.certificate.ports import Ends
    from ringfence.certificate.vlans import Medium
    from ringfence.policy.document import Policy
    from ringfence.policy.membership import Membership


_Classes = dict[tuple[int, "Filters"], "dict[str, Place]"]
"""Places on a medium, by its VLANs and the filters there, by owner."""


class Crowd:
    """Places, gathered by the VLANs of each medium that they send into and hear, and by filters."""

    def __init__(self, places: Iterable[Place]) -> None:
        self._sending: dict[Medium, _Classes] = {}
        self._hearing: dict[Medium, _Classes] = {}
        for place in places:
            for medium, numbers in place.attacks.items():
                _gather(self._sending, medium, numbers, place)
            for medium, numbers in place.ends.hears.items():
                _gather(self._hearing, medium, numbers, place)

    def meetings(self, others: Crowd) -> Iterator[tuple[Place, Place]]:
        """Yield two places of different owners of which the first may send to the second.

        There is such a pair for each two ways to be filtered that meet.
        """
        seen: set[tuple[Filters, Filters]] = set()
        for medium in self._sending.keys() & others._hearing.keys():
            for (sent, at_sender), senders in self._sending[medium].items():
                for (heard, at_hearer), hearers in others._hearing[medium].items():
                    if sent & heard and (at_sender, at_hearer) not in seen:
                        pairs = product(senders.values(), hearers.values())
                        met = next((one for one in pairs if one[0].owner != one[1].owner), None)
                        if met is not None:
                            seen.add((at_sender, at_hearer))
                            yield met

    def sent_to(self, ends: Ends) -> Iterator[Filters]:
        """Yield the filters at places of which some ends may hear frames."""
        for medium, numbers in ends.hears.items():
            for sent, filters in self._sending.get(medium, {}):
                if sent & numbers:
                    yield filters

    def hearing(self, ends: Ends) -> Iterator[Place]:
        """Yield places that may hear what is sent at some ends, of each filter and two owners."""
        for medium, numbers in ends.sends.items():
            for (heard, _), hearers in self._hearing.get(medium, {}).items():
                if numbers & heard:
                    yield from hearers.values()


def _gather(found: dict[Medium, _Classes], medium: Medium, numbers: int, place: Place) -> None:
    """Note a place; two owners are enough to know that a machine does not only meet itself."""
    owners = found.setdefault(medium, {}).setdefault((numbers, place.filters), {})
    if len(owners) < 2:
        owners.setdefault(place.owner, place)


@dataclass(frozen=True)
class Zones:
    """For each zone its places, and those where attackers start."""

    policy: Policy
    memberships: Iterable[Membership]
    places: Mapping[str, Place]

    def senders(self, zone: str) -> Crowd:
        """Return where attackers of a zone start: at all places of whoever has one in it."""
        return self._senders[zone]

    def receivers(self, zone: str) -> Crowd:
        """Return the places of a zone."""
        return self._receivers[zone]

    @cached_property
    def of_place(self) -> Mapping[str, frozenset[str]]:
        """The zones that each place may be in; devices' own places are in none."""
        members = {one.attachment: one for one in self.memberships}
        internal = frozenset(name for name, zone in self.policy.zones.items() if not zone.external)
        found: dict[str, frozenset[str]] = {}
        unplaced: list[Place] = []
        of_owner: defaultdict[str, set[str]] = defaultdict(set)
        for place in self.places.values():
            member = members.get(place.id)
            if place.kind == "device" or (member is not None and member.standing == "device"):
                continue
            if place.kind == "external":
                zones = frozenset((place.owner,))
            elif member is None:
                unplaced.append(place)
                continue
            elif member.zone is not None:
                zones = frozenset((member.zone,))
            elif member.standing == "detached":
                zones = frozenset()
            else:
                zones = frozenset(member.candidates) or internal
            found[place.id] = zones
            of_owner[place.owner] |= zones
        for place in unplaced:
            # No statement speaks of it: it is in its machine's zones, or in any.
            found[place.id] = frozenset(of_owner.get(place.owner, ())) or internal
        return found

    @cached_property
    def _receivers(self) -> Mapping[str, Crowd]:
        gathered: dict[str, list[Place]] = {name: [] for name in self.policy.zones}
        for identity, zones in self.of_place.items():
            for zone in zones:
                gathered[zone].append(self.places[identity])
        return {name: Crowd(places) for name, places in gathered.items()}

    @cached_property
    def _senders(self) -> Mapping[str, Crowd]:
        of_owner: defaultdict[str, set[str]] = defaultdict(set)
        for identity, zones in self.of_place.items():
            of_owner[self.places[identity].owner] |= zones
        gathered: dict[str, list[Place]] = {name: [] for name in self.policy.zones}
        for identity in self.of_place:
            for zone in of_owner[self.places[identity].owner]:
                gathered[zone].append(self.places[identity])
        return {name: Crowd(places) for name, places in gathered.items()}
