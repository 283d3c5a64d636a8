"""Who is shown what others send: copies made by mirror sessions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ringfence.model.facts import NotRead
from ringfence.reach.results import Missing

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from ringfence.model.network import MirrorSession
    from ringfence.reach.attachments import Bound
    from ringfence.reach.question import Question


@dataclass(frozen=True, slots=True)
class Copy:
    """A session copies what place ``observed`` sends or receives to place ``observer``."""

    session: MirrorSession
    observed: str
    observer: str


@dataclass(frozen=True)
class Observation:
    """Copies between zones, and what was not read about them."""

    copies: Mapping[tuple[str, str], tuple[Copy, ...]]
    missing: Mapping[tuple[str, str], tuple[Missing, ...]]


def observation(question: Question) -> Observation:  # noqa: C901 (one step after another)
    """Return which zone is copied to which, for zones of which the observer is less trusted."""
    sessions = question.inventory.snapshot.mirror_sessions
    if isinstance(sessions, NotRead):
        why = Missing(
            what="the mirror sessions of the distributed switches were not read",
            how="let the account read the distributed switches, and collect again",
        )
        distributed = any(one.kind == "distributed" for one in question.inventory.snapshot.switches)
        pairs = _downhill(question) if distributed else ()
        return Observation({}, dict.fromkeys(pairs, (why,)))
    copies: dict[tuple[str, str], tuple[Copy, ...]] = {}
    missing: dict[tuple[str, str], tuple[Missing, ...]] = {}
    zones, possible = _zones(question, "lower"), _zones(question, "upper")
    at_port = _places_at_ports(question)
    downhill = set(_downhill(question))
    for session in sessions:
        if not session.enabled:
            continue
        observed = _places(at_port, (*session.sources_received, *session.sources_transmitted))
        for copy in _copies(session, observed, _places(at_port, session.destinations)):
            for pair in _pairs(zones, copy):
                if pair in downhill:
                    copies[pair] = (*copies.get(pair, ()), copy)
            for pair in set(_pairs(possible, copy)) - set(_pairs(zones, copy)):
                if pair in downhill:
                    missing[pair] = (*missing.get(pair, ()), _undecided(session))
        if session.remote_vlan is not None or session.remote_addresses:
            why = Missing(
                what=f"the mirror session {session.name} sends copies to a place that is not known",
                how="end the session, or direct it to a port of this switch",
            )
            watched = {zone for place in observed for zone in possible.get(place, ())}
            for pair in downhill:
                if pair[0] in watched:
                    missing[pair] = (*missing.get(pair, ()), why)
    return Observation(copies, missing)


def _downhill(question: Question) -> tuple[tuple[str, str], ...]:
    zones = question.policy.zones
    return tuple(
        (source, observer)
        for source in zones
        for observer in zones
        if zones[observer].trust < zones[source].trust
    )


def _undecided(session: MirrorSession) -> Missing:
    return Missing(
        what=f"a place that the mirror session {session.name} copies from or to is in no certain "
        "zone",
        how="name its network or its machine in one zone of the policy",
    )


def _zones(question: Question, bound: Bound) -> Mapping[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for zone, places in question.standings(bound).receivers.items():
        for place in places:
            found[place] = (*found.get(place, ()), zone)
    return found


def _places_at_ports(question: Question) -> Mapping[str, str]:
    found = {
        port.id: port.connectee
        for port in question.inventory.ports.values()
        if isinstance(port.connectee, str)
    }
    for _, nic in question.inventory.virtual_nics():
        if isinstance(nic.port, str):
            found[nic.port] = nic.id
    for _, interface in question.inventory.kernel_interfaces():
        if isinstance(interface.port, str):
            found[interface.port] = interface.id
    return found


def _places(at_port: Mapping[str, str], ports: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(at_port[port] for port in ports if port in at_port))


def _copies(
    session: MirrorSession, observed: Iterable[str], observers: tuple[str, ...]
) -> Iterator[Copy]:
    for place in observed:
        for observer in observers:
            yield Copy(session, place, observer)


def _pairs(zones: Mapping[str, tuple[str, ...]], copy: Copy) -> Iterator[tuple[str, str]]:
    for source in zones.get(copy.observed, ()):
        for observer in zones.get(copy.observer, ()):
            if source != observer:
                yield source, observer
