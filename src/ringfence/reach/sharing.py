"""Sights of what shares a network: promiscuous ports, flooding, stolen addresses, forged answers.

Everything on a segment can be observed there by whoever makes itself the gateway with forged
answers of ARP or neighbour discovery; settings of its port let an observer do with less.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from ringfence.model.facts import NotRead
from ringfence.reach.fields import Field, address_interval
from ringfence.reach.permitted import permitted
from ringfence.reach.port_filters import UNFILTERED
from ringfence.reach.results import STRENGTH, Attacker, Hop, Missing
from ringfence.reach.sights import Sight

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from ringfence.model.network import SecurityPolicy
    from ringfence.reach.attachments import Bound, Group, Hearing, Place
    from ringfence.reach.headers import HeaderSet
    from ringfence.reach.sights import Ground, Pair


@dataclass(frozen=True, slots=True)
class Means:
    """What an observer needs on its port: the attacker, why in words, and what would close it.

    ``shown_all`` is whether it is shown what others receive as well, on its host's switch.
    """

    attacker: Attacker
    why: str
    closing: str
    shown_all: bool = False


def means(ground: Ground, place: Place, group: Group, bound: Bound) -> Means:
    """Return by what means a place observes a group that it hears."""
    name = ground.question.name_of(place.id)
    network = ground.group_of(place.id)
    where = network.name if network is not None else "its network"
    security = None if network is None else ground.security_of(place.id)
    inside = group[0] == "node"
    if security is not None:
        if inside and _accepts(security, "promiscuous", bound):
            return Means(
                "honest",
                f"{name} is shown every frame of its VLANs on its host, "
                f"since {where} accepts promiscuous mode",
                f"Reject promiscuous mode on {where}.",
                shown_all=True,
            )
        if _floods(security, bound):
            return Means(
                "honest",
                f"unknown unicast is flooded to {name} on {where}",
                f"Switch flooding of unknown unicast off on {where}.",
            )
        if _accepts(security, "mac_changes", bound) and _accepts(
            security, "forged_transmits", bound
        ):
            return Means(
                "spoofing",
                f"{name} may take the MAC address of another, "
                f"since {where} accepts MAC changes and forged transmits",
                f"Reject MAC changes and forged transmits on {where}.",
            )
    if place.kind == "passthrough":
        return Means("spoofing", f"{name} is a physical NIC on that network", f"Remove {name}.")
    return Means(
        "poisoning",
        f"{name} can make itself the gateway there with forged answers of ARP",
        "Attach one of them to another network.",
    )


def _accepts(security: SecurityPolicy | NotRead, setting: str, bound: Bound) -> bool:
    found = security if isinstance(security, NotRead) else getattr(security, setting)
    return bound == "upper" if isinstance(found, NotRead) else bool(found.accept)


def _floods(security: SecurityPolicy | NotRead, bound: Bound) -> bool:
    if isinstance(security, NotRead):
        return bound == "upper"
    learned, flooded = security.mac_learning, security.unknown_unicast_flooding
    upper = bound == "upper"
    return all(upper if isinstance(one, NotRead) else one for one in (learned, flooded))


def shared(ground: Ground, bound: Bound) -> Iterator[Sight]:
    """Yield, for each downhill pair of zones with a group in common, the easiest sight there."""
    found = _Sharing(ground, bound)
    for group in sorted(found.groups):
        yield from found.sights(group)


class _Sharing:
    def __init__(self, ground: Ground, bound: Bound) -> None:
        self._ground = ground
        self._bound: Bound = bound
        self._flows: dict[Pair, HeaderSet] = {}
        zones = ground.zones_of(bound)
        places = ground.question.places.by_id
        # Thousands of places share few sets of groups: zones are gathered by set first.
        self._alike: defaultdict[Hearing, list[str]] = defaultdict(list)
        for place in zones:
            self._alike[places[place].hearing(bound)].append(place)
        self.groups = self._in_common(zones)

    def _in_common(self, zones: Mapping[str, tuple[str, ...]]) -> frozenset[Group]:
        """Return the groups in which a less trusted zone hears where a more trusted one stands."""
        hearing: defaultdict[Group, set[str]] = defaultdict(set)
        standing: defaultdict[Group, set[str]] = defaultdict(set)
        for ends, places in self._alike.items():
            here = {zone for place in places for zone in zones[place]}
            for group in ends.hears:
                hearing[group] |= here
                if self._bound == "upper" and group[0] == "node":
                    standing[group] |= here
            for group in ends.sends:
                standing[group] |= here
        downhill = self._ground.downhill
        return frozenset(
            group
            for group, observers in hearing.items()
            if any((one, other) in downhill for one in standing[group] for other in observers)
        )

    def sights(self, group: Group) -> Iterator[Sight]:
        """Yield the easiest sight of each pair of zones in one group."""
        places = self._ground.question.places.by_id
        sending, receiving, hearing = [], [], []
        for ends, some in self._alike.items():
            if group in ends.sends:
                sending.extend(some)
            elif group in ends.hears:
                receiving.extend(some)
            if group in ends.hears:
                hearing.extend(some)
        by_rank = sorted(
            ((place, means(self._ground, places[place], group, self._bound)) for place in hearing),
            key=lambda one: (STRENGTH[one[1].attacker], one[0]),
        )
        seen: set[Pair] = set()
        for observer, how in by_rank:
            # A private VLAN keeps the others' frames from a port that is not promiscuous, at least.
            beside = receiving if how.shown_all and self._bound == "upper" else ()
            for talking in (sending, beside):
                yield from self._of(observer, how, talking, group, seen)

    def _of(
        self,
        observer: str,
        how: Means,
        talking: Iterable[str],
        group: Group,
        seen: set[Pair],
    ) -> Iterator[Sight]:
        question = self._ground.question
        places = question.places.by_id
        for observed in talking:
            if places[observed].owner == places[observer].owner:
                continue
            for pair in self._ground.pairs(observed, observer, self._bound):
                if pair not in seen and self._shows(observed, observer, how, pair):
                    seen.add(pair)
                    yield Sight(
                        pair,
                        observed,
                        observer,
                        how.attacker,
                        f"{how.why}, where {question.name_of(observed)} stands",
                        _station(self._ground, group, how),
                        how.closing,
                        unsure=_UNSETTLED if how.shown_all else None,
                    )

    def _shows(self, observed: str, observer: str, how: Means, pair: Pair) -> bool:
        """Tell whether the filters at both ends let by anything that is not meant for the observer.

        What liars divert to themselves and flows permit anyway is no observation.
        """
        question, bound = self._ground.question, self._bound
        space, filters = question.space, question.matrix(bound).filters
        ends = [question.places.by_id[one].filterings for one in (observed, observer)]
        if how.attacker == "honest" and all(one == UNFILTERED for one in ends):
            return True
        passed = filters.sending(ends[0]) & filters.receiving(ends[1])
        own = [address_interval(text) for text in question.addresses.get(observer, ())]
        passed = space.without(passed, space.intervals(Field.DESTINATION, own))
        if how.attacker != "honest":
            passed = space.without(passed, self._permitted(pair))
        return passed != space.nothing

    def _permitted(self, pair: Pair) -> HeaderSet:
        known = self._flows.get(pair)
        if known is None:
            question = self._ground.question
            known = self._flows[pair] = question.space.union(
                [
                    permitted(question.space, question.policy, question.inventory, flow)
                    for flow in question.policy.flows
                    if (flow.from_, flow.to) == pair
                ]
            )
        return known


_UNSETTLED: Final = Missing(
    what="a port that may accept promiscuous mode stands in a private VLAN beside others, or its "
    "settings were not read",
    how="reject promiscuous mode there, or let the account read the port's settings",
)


def _station(ground: Ground, group: Group, how: Means) -> Hop:
    inventory = ground.question.inventory
    if group[0] == "node":
        host, switch = inventory.hosts.get(group[1]), inventory.switches.get(group[2])
        label = switch.name if switch is not None else group[2]
        where = host.name if host is not None else group[1]
        return Hop(
            kind="switch",
            object=group[2],
            label=label,
            detail=f"{where}, VLAN {group[3]}",
            rule=how.closing,
            decisive=True,
        )
    vlan = f"VLAN {group[2]}" if len(group) > 2 else ""
    return Hop(kind="domain", object=group[1], label=group[1], detail=vlan, decisive=True)
