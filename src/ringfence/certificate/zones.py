"""Which places are in which zone, and from which an attacker in a zone may start."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from typing import TYPE_CHECKING

from ringfence.certificate.vlans import add

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from ringfence.certificate.places import Place
    from ringfence.certificate.ports import Ends
    from ringfence.certificate.vlans import Medium, Vlans
    from ringfence.policy.document import Policy
    from ringfence.policy.membership import Membership


_Owners = dict[int, "dict[str, Place]"]
"""For some VLANs of a medium, places there by owner."""


class Crowd:
    """Places, gathered by the VLANs of each medium that they send into and hear.

    ``sends`` are all VLANs that any of them sends into.
    """

    def __init__(self, places: Iterable[Place]) -> None:
        self.sends: Vlans = {}
        self._sending: dict[Medium, _Owners] = {}
        self._hearing: dict[Medium, _Owners] = {}
        for place in places:
            for medium, numbers in place.ends.sends.items():
                add(self.sends, medium, numbers)
                _gather(self._sending, medium, numbers, place)
            for medium, numbers in place.ends.hears.items():
                _gather(self._hearing, medium, numbers, place)

    def meets(self, others: Crowd) -> tuple[Place, Place] | None:
        """Return two places of different owners of which the first may send to the second."""
        for medium in self._sending.keys() & others._hearing.keys():
            for sent, senders in self._sending[medium].items():
                for heard, hearers in others._hearing[medium].items():
                    if sent & heard:
                        for pair in product(senders.values(), hearers.values()):
                            if pair[0].owner != pair[1].owner:
                                return pair
        return None

    def hears(self, ends: Ends) -> Place | None:
        """Return a place that may hear what is sent at some ends."""
        for medium, numbers in ends.sends.items():
            for heard, hearers in self._hearing.get(medium, {}).items():
                if numbers & heard:
                    return next(iter(hearers.values()))
        return None


def _gather(found: dict[Medium, _Owners], medium: Medium, numbers: int, place: Place) -> None:
    """Note a place; two owners are enough to know that a machine does not only meet itself."""
    owners = found.setdefault(medium, {}).setdefault(numbers, {})
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
