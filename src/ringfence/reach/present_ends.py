"""Who of a zone sends into each group now, and hears it, by the addresses that they have."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from ringfence.reach.fields import IPV4, IPV6, Interval, address_interval

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ringfence.reach.attachments import Bound, Group
    from ringfence.reach.places import Places
    from ringfence.reach.port_filters import Filterings
    from ringfence.reach.question import Question
    from ringfence.reach.standings import Standings

Addresses = Mapping["Filterings", tuple[Interval, ...]]
_Gathered = defaultdict["Filterings", list[tuple[Interval, ...]]]
_ANY: Final[tuple[Interval, ...]] = (IPV4, IPV6)


@dataclass(frozen=True)
class Ends:
    """The addresses of a zone's places by the groups that those send into, and hear.

    In each group they stand by the filters at the places.
    """

    sending: Mapping[Group, Addresses]
    hearing: Mapping[Group, Addresses]

    @property
    def senders(self) -> tuple[Interval, ...]:
        """The addresses of all that send anywhere."""
        return _together(one for here in self.sending.values() for one in here.values())

    @property
    def hearers(self) -> tuple[Interval, ...]:
        """The addresses of all that hear anything."""
        return _together(one for here in self.hearing.values() for one in here.values())


def ends_of(
    question: Question, places: Places, standings: Standings, zone: str, bound: Bound
) -> Ends:
    """Return the ends of a zone; a place whose addresses were not read may have any or none."""
    sending: defaultdict[Group, _Gathered] = defaultdict(lambda: defaultdict(list))
    hearing: defaultdict[Group, _Gathered] = defaultdict(lambda: defaultdict(list))
    for identity in standings.places_of(zone):
        place = places.by_id[identity]
        held = _held(question, identity, bound)
        if held:
            known = place.hearing(bound)
            for group in known.sends:
                sending[group][place.filterings].append(held)
            for group in known.hears:
                hearing[group][place.filterings].append(held)
    return Ends(
        {group: _settled(found) for group, found in sending.items()},
        {group: _settled(found) for group, found in hearing.items()},
    )


def _settled(gathered: _Gathered) -> Addresses:
    return {filterings: _together(found) for filterings, found in gathered.items()}


def _held(question: Question, identity: str, bound: Bound) -> tuple[Interval, ...]:
    kind, _, zone = identity.partition(":")
    if kind == "external":
        declared = question.policy.zones[zone].addresses
        return tuple(map(address_interval, declared)) or _ANY
    addresses = question.addresses.get(identity)
    if addresses:
        return tuple(map(address_interval, addresses))
    return _ANY if bound == "upper" else ()


def _together(found: Iterable[tuple[Interval, ...]]) -> tuple[Interval, ...]:
    intervals = {interval for some in found for interval in some}
    return _ANY if intervals.issuperset(_ANY) else tuple(sorted(intervals))
