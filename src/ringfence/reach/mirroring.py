"""Sights of what mirror sessions copy: to ports, to a remote VLAN, to an address."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from ringfence.model.change import Change
from ringfence.model.facts import NotRead, plain
from ringfence.reach.attachments import domain_group, node_group
from ringfence.reach.fabric import UNDECLARED, FabricFacts
from ringfence.reach.results import Hop, Missing
from ringfence.reach.sights import Sight

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ringfence.model.network import MirrorSession
    from ringfence.reach.attachments import Bound, Group
    from ringfence.reach.sights import Ground


def mirrored(ground: Ground, bound: Bound) -> Iterator[Sight]:
    """Yield the sights of each session that is switched on."""
    sessions = ground.question.inventory.snapshot.mirror_sessions
    if not isinstance(sessions, NotRead):
        mirroring = _Mirroring(ground, bound)
        for session in sessions:
            if session.enabled:
                yield from mirroring.sights(session)


class _Mirroring:
    def __init__(self, ground: Ground, bound: Bound) -> None:
        self._ground = ground
        self._bound: Bound = bound

    def sights(self, session: MirrorSession) -> Iterator[Sight]:
        """Yield one sight for each pair of zones and way by which copies leave."""
        observed = (
            *self._at((*session.sources_received, *session.sources_transmitted)),
            *self._in_vlans(session),
        )
        ways = (
            ("copies its traffic to", self._at(session.destinations)),
            (f"copies its traffic into VLAN {session.remote_vlan} to", self._remote(session)),
            ("sends copies of its traffic to the address of", self._addressed(session)),
        )
        for place in dict.fromkeys(observed):
            for words, observers in ways:
                for observer in observers:
                    for pair in self._ground.pairs(place, observer, self._bound):
                        yield self._sight(session, pair, place, observer, words)

    def _sight(
        self,
        session: MirrorSession,
        pair: tuple[str, str],
        observed: str,
        observer: str,
        words: str,
    ) -> Sight:
        question = self._ground.question
        switch = question.inventory.switches.get(session.switch)
        return Sight(
            pair,
            observed,
            observer,
            "honest",
            f"the mirror session {session.name} {words} {question.name_of(observer)}",
            Hop(
                kind="switch",
                object=session.switch,
                label=session.switch if switch is None else switch.name,
                detail=f"mirror session {session.name}",
                decisive=True,
            ),
            f"End the mirror session {session.name}.",
            (
                Change(
                    object=session.id,
                    name=session.name,
                    kind="remove",
                    table="mirror_sessions",
                    before=plain(session),
                ),
            ),
            Missing(
                what=f"a place that the mirror session {session.name} copies from or to is in no "
                "certain zone, or what it copies is not known for certain",
                how="name its network or its machine in one zone of the policy, or end the session",
            ),
        )

    def _at(self, ports: Iterable[str]) -> tuple[str, ...]:
        at_port = self._ground.at_port
        return tuple(dict.fromkeys(at_port[port] for port in ports if port in at_port))

    def _in_vlans(self, session: MirrorSession) -> Iterator[str]:
        """Yield the places in the VLANs that a session copies from, on any host of its switch."""
        hosts = self._ground.question.inventory.hosts
        groups = {
            node_group(host, session.switch, vlan)
            for host in hosts
            for vlan in session.source_vlans
        }
        if groups:
            yield from self._standing(groups)

    def _standing(self, groups: set[Group]) -> Iterator[str]:
        for place in self._ground.zones_of(self._bound):
            ends = self._ground.question.places.by_id[place].hearing(self._bound)
            if not groups.isdisjoint(ends.sends) or not groups.isdisjoint(ends.hears):
                yield place

    def _remote(self, session: MirrorSession) -> tuple[str, ...]:
        """Return who hears the VLAN that copies are sent into, beyond the switch's uplinks."""
        if session.remote_vlan is None:
            return ()
        domains = self._domains_behind(session.switch)
        if self._bound == "upper" and UNDECLARED in domains:
            domains = {UNDECLARED, *self._fabric.domains}
        elif self._bound == "lower" and len(domains) > 1:
            return ()
        wires = {domain_group(name, session.remote_vlan) for name in domains - {UNDECLARED}}
        if self._bound == "upper" and UNDECLARED in domains:
            wires.add(domain_group(UNDECLARED, session.remote_vlan))
        return tuple(self._listening(wires))

    def _listening(self, groups: set[Group]) -> Iterator[str]:
        for place in self._ground.zones_of(self._bound):
            ends = self._ground.question.places.by_id[place].hearing(self._bound)
            if not groups.isdisjoint(ends.hears):
                yield place

    def _domains_behind(self, switch: str) -> set[str]:
        found = self._ground.question.inventory.switches.get(switch)
        if found is None or isinstance(found.members, NotRead):
            return {UNDECLARED}
        behind = set()
        for member in found.members:
            if isinstance(member.uplinks, NotRead):
                behind.add(UNDECLARED)
                continue
            for uplink in member.uplinks:
                behind.update(self._fabric.domain_of(nic) for nic in uplink.physical_nics)
        return behind

    @cached_property
    def _fabric(self) -> FabricFacts:
        question = self._ground.question
        return FabricFacts.of(question.policy, question.inventory)

    def _addressed(self, session: MirrorSession) -> tuple[str, ...]:
        """Return the places whose addresses encapsulated copies are sent to."""
        wanted = set(session.remote_addresses)
        held = self._ground.question.addresses
        zones = self._ground.zones_of(self._bound)
        return tuple(place for place in zones if wanted.intersection(held.get(place, ())))
