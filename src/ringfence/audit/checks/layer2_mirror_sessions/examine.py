"""Compares the zones that a mirror session copies from with those it copies to."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from ringfence.audit.check import Failed, Outcome, Outcomes, Passed, Target, Unread
from ringfence.audit.context import AuditContext
from ringfence.audit.security import unread_ports
from ringfence.audit.tagging import numbers_of
from ringfence.foundation.text import listed
from ringfence.model.facts import Fact, NotRead
from ringfence.model.network import MirrorSession

UNPLACED = NotRead(reason="not-collected", detail="the port has no zone that is decided")


def examine(context: AuditContext) -> Outcomes:
    """Yield an outcome for each enabled mirror session."""
    sessions = context.snapshot.mirror_sessions
    if isinstance(sessions, NotRead):
        for switch in context.distributed_switches:
            yield Unread(context.targets.switch(switch), "mirror_sessions", sessions)
        return
    enabled = [session for session in sessions if session.enabled]
    if enabled:
        yield from unread_ports(context)
    for session in enabled:
        yield _Session(context, session).outcome()


@dataclass(frozen=True)
class _Session:
    context: AuditContext
    session: MirrorSession

    def outcome(self) -> Outcome:
        """Judge the session by the most trusted of its sources and the least of its ends."""
        sources = self._zones_of_ports(self._source_ports, may_be_outside=True)
        ends = self._zones_of_ports(self.session.destinations, may_be_outside=False)
        if isinstance(sources, NotRead):
            return Unread(self.target, "sources", sources)
        copied = sources | self._zones_of_vlans(self.session.source_vlans)
        target = self.target.concerning(*sorted(copied))
        from_what = listed(sorted(copied)) or "no declared zone"
        if away := self._out_of_sight:
            return self._failed(target, away, f"copies traffic of {from_what} to {away[0]}")
        if isinstance(ends, NotRead):
            return Unread(self.target, "destinations", ends)
        ends |= self._zones_of_vlans(self._remote_vlans)
        highest = max(map(self._trust, copied), default=0)
        low = sorted(zone for zone in ends if self._trust(zone) < highest)
        if low:
            above = sorted(zone for zone in copied if zone not in low)
            does = f"copies traffic of {listed(above)} to the less trusted {listed(low)}"
            return self._failed(target, low, does)
        return Passed(target)

    @cached_property
    def target(self) -> Target:
        """The session on its switch."""
        session = self.session
        switch = self.context.inventory.switches.get(session.switch)
        place = None if switch is None else self.context.targets.switch(switch)
        on = "" if switch is None else f" on switch {switch.name}"
        if place is not None and place.host:
            on = f" on {place.label}"
        return Target(
            id=session.id,
            name=session.name,
            label=f"mirror session {session.name}{on}",
            table="mirror_sessions",
            host="" if place is None else place.host,
        )

    @property
    def _source_ports(self) -> tuple[str, ...]:
        return (*self.session.sources_received, *self.session.sources_transmitted)

    @property
    def _remote_vlans(self) -> tuple[int, ...]:
        remote = self.session.remote_vlan
        return (remote,) if remote else ()

    @cached_property
    def _out_of_sight(self) -> list[str]:
        """Ends that no zone can be told of: undeclared addresses, wires, VLANs without a zone."""
        logging = self.context.policy.standards.logging
        declared = {*logging.collectors, *logging.flow_collectors}
        return [
            *(f"address {each}" for each in self.session.remote_addresses if each not in declared),
            *(f"uplink {each}" for each in self.session.destination_uplinks),
            *(f"VLAN {each}" for each in self._remote_vlans if not self._zones_of_vlans((each,))),
        ]

    def _zones_of_ports(self, ports: Iterable[str], *, may_be_outside: bool) -> Fact[set[str]]:
        found: set[str] = set()
        for identity in ports:
            port = self.context.inventory.ports.get(identity)
            connectee = UNPLACED if port is None else self.context.attached.connectee(port)
            if isinstance(connectee, NotRead):
                return UNPLACED
            if connectee is None:
                continue
            member = self.context.attached.membership.get(connectee)
            if member is not None and member.device is not None:
                found |= set(member.network_zones)
            elif member is not None and member.zone is not None:
                found.add(member.zone)
            elif not may_be_outside or member is None or member.candidates:
                return UNPLACED
        return found

    def _zones_of_vlans(self, vlans: Iterable[int]) -> set[str]:
        wanted = set(vlans)
        return {
            zone
            for group in self.context.networks
            if not isinstance(group.vlan, NotRead) and wanted & set(numbers_of(group.vlan))
            for zone in self.context.attached.zones_of(group)
        }

    def _trust(self, zone: str) -> int:
        return self.context.policy.zones[zone].trust

    def _failed(self, target: Target, found: list[str], does: str) -> Failed:
        return Failed(
            target=target,
            property="destinations",
            found=found,
            expected="places trusted at least as much as what is copied",
            sentence=f"{target.opening} {does}.",
            fix=(target.change("enabled", before=True, after=False),),
            fix_risk="Whoever analyses the copies no longer receives them.",
        )
