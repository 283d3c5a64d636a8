"""Who is shown what others send or receive, by whatever means, and what is not known of it."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, Final

from ringfence.model.facts import NotRead
from ringfence.reach.host_services import carried, is_watched
from ringfence.reach.mirroring import mirrored
from ringfence.reach.results import Missing
from ringfence.reach.sharing import shared
from ringfence.reach.sights import Ground, Sight, weakest_first
from ringfence.reach.unknowns import missing

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ringfence.reach.attachments import Bound
    from ringfence.reach.question import Question
    from ringfence.reach.sights import Pair


@dataclass(frozen=True)
class Observation:
    """Sights between zones, the weakest attacker's first, and what was not read about others.

    Only of pairs of which the observer is less trusted: the first is observed by the second.
    ``watched`` tells whether anything but hosts may hear what hosts carry for machines.
    """

    sights: Mapping[Pair, tuple[Sight, ...]]
    missing: Mapping[Pair, tuple[Missing, ...]]
    watched: bool = True


def observation(question: Question) -> Observation:
    """Return which zone is observed by which less trusted one."""
    ground = Ground(question)
    sure = _by_pair(ground, "lower")
    unsure: defaultdict[Pair, list[Missing]] = defaultdict(list)
    for pair, sights in _by_pair(ground, "upper").items():
        if pair in sure:
            continue
        for sight in sights:
            known = (sight.unsure,) if sight.unsure is not None else missing(question, *pair)
            known = known or (_UNDECIDED,)
            unsure[pair].extend(one for one in known if one not in unsure[pair])
    for pair, why in _unread_sessions(ground):
        unsure[pair].append(why)
    return Observation(
        {pair: weakest_first(found) for pair, found in sure.items()},
        {pair: tuple(reasons) for pair, reasons in unsure.items()},
        is_watched(ground),
    )


_UNDECIDED: Final = Missing(
    what="places that hear each other are in no certain zone",
    how="name their networks or machines in one zone of the policy",
)


def _by_pair(ground: Ground, bound: Bound) -> Mapping[Pair, tuple[Sight, ...]]:
    found: defaultdict[Pair, list[Sight]] = defaultdict(list)
    for sight in chain(mirrored(ground, bound), carried(ground, bound), shared(ground, bound)):
        found[sight.pair].append(sight)
    return {pair: tuple(sights) for pair, sights in found.items()}


def _unread_sessions(ground: Ground) -> Iterator[tuple[Pair, Missing]]:
    """Yield what mirror sessions leave open: those not read, and those that copy to elsewhere."""
    snapshot = ground.question.inventory.snapshot
    sessions = snapshot.mirror_sessions
    if isinstance(sessions, NotRead):
        if any(one.kind == "distributed" for one in snapshot.switches):
            why = Missing(
                what="the mirror sessions of the distributed switches were not read",
                how="let the account read the distributed switches, and collect again",
            )
            yield from ((pair, why) for pair in sorted(ground.downhill))
        return
    zones = ground.zones_of("upper")
    for session in sessions:
        if not session.enabled or not (session.remote_addresses or session.destination_uplinks):
            continue
        ports = (*session.sources_received, *session.sources_transmitted)
        observed = [ground.at_port[port] for port in ports if port in ground.at_port]
        watched = {zone for place in observed for zone in zones.get(place, ())}
        if session.source_vlans:
            watched = set(ground.question.policy.zones)
        why = Missing(
            what=f"the mirror session {session.name} sends copies to a place that is not known",
            how="end the session, or direct it to a port of this switch",
        )
        for pair in sorted(ground.downhill):
            if pair[0] in watched:
                yield pair, why
