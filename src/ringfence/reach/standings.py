"""Which places attackers of a zone start at, and which places belong to it."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from ringfence.policy.document import Policy
    from ringfence.policy.membership import Membership
    from ringfence.reach.attachments import Bound, Place
    from ringfence.reach.places import Places


@dataclass(frozen=True)
class Standings:
    """For one bound, the ids of the places of each zone.

    An attacker in a zone starts at every place of each machine that has a place in it, since
    whoever holds the machine holds all of its NICs; ``receivers`` are the zone's own places.
    """

    senders: Mapping[str, tuple[str, ...]]
    receivers: Mapping[str, tuple[str, ...]]

    @staticmethod
    def of(
        policy: Policy, memberships: Iterable[Membership], places: Places, bound: Bound
    ) -> Standings:
        """Sort places into zones; undecided ones count in the upper bound, for every candidate."""
        internal = tuple(name for name, zone in policy.zones.items() if not zone.external)
        by_attachment = {one.attachment: one for one in memberships}
        zones_of: dict[str, tuple[str, ...]] = {}
        undecided: list[Place] = []
        for place in places.by_id.values():
            member = by_attachment.get(place.id)
            if place.kind == "device" or (member is not None and member.standing == "device"):
                continue
            if bound == "lower" and not place.certain:
                continue
            if place.kind == "external":
                zones_of[place.id] = (place.owner,)
            elif member is None:
                undecided.append(place)
            else:
                zones_of[place.id] = _zones(member, internal, bound)
        of_owner: defaultdict[str, set[str]] = defaultdict(set)
        for identity, zones in zones_of.items():
            of_owner[places.by_id[identity].owner].update(zones)
        for place in undecided:
            # A passthrough device is in the zones of its machine, which may have no other NIC.
            zones = tuple(sorted(of_owner.get(place.owner, ())))
            zones_of[place.id] = zones or (internal if bound == "upper" else ())
        return _sorted_out(zones_of, places)

    def edited(self, without: Standings, together_with: Standings) -> Standings:
        """Return the standings where some owners' places gave way to others.

        ``without`` holds those owners' places alone as they were, ``together_with`` as they are.
        """
        return Standings(
            _exchanged(self.senders, without.senders, together_with.senders),
            _exchanged(self.receivers, without.receivers, together_with.receivers),
        )

    def places_of(self, zone: str) -> tuple[str, ...]:
        """Return the places that belong to a zone."""
        return self.receivers.get(zone, ())


def _zones(member: Membership, internal: tuple[str, ...], bound: Bound) -> tuple[str, ...]:
    if member.zone is not None:
        return (member.zone,)
    if bound == "lower" or member.standing == "detached":
        return ()
    return member.candidates or internal


def _sorted_out(zones_of: Mapping[str, tuple[str, ...]], places: Places) -> Standings:
    receivers: defaultdict[str, list[str]] = defaultdict(list)
    of_owner: defaultdict[str, set[str]] = defaultdict(set)
    for identity, zones in zones_of.items():
        for zone in zones:
            receivers[zone].append(identity)
            of_owner[places.by_id[identity].owner].add(zone)
    senders: defaultdict[str, list[str]] = defaultdict(list)
    for place in places.by_id.values():
        if place.id in zones_of:
            for zone in of_owner[place.owner]:
                senders[zone].append(place.id)
    return Standings(
        {zone: tuple(ids) for zone, ids in senders.items()},
        {zone: tuple(ids) for zone, ids in receivers.items()},
    )


def _exchanged(
    known: Mapping[str, tuple[str, ...]],
    old: Mapping[str, tuple[str, ...]],
    new: Mapping[str, tuple[str, ...]],
) -> Mapping[str, tuple[str, ...]]:
    differing = [zone for zone in old.keys() | new.keys() if old.get(zone) != new.get(zone)]
    if not differing:
        return known
    exchanged = dict(known)
    for zone in differing:
        gone = set(old.get(zone, ()))
        ids = (*(one for one in known.get(zone, ()) if one not in gone), *new.get(zone, ()))
        exchanged[zone] = ids
        if not ids:
            del exchanged[zone]
    return exchanged
