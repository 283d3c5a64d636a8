"""Resource pools of zones, and what per cent of a cluster or a machine is in its own units."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Final, Literal

from ringfence.audit.check import Outcomes, Unread
from ringfence.audit.context import AuditContext
from ringfence.model.facts import Fact, NotRead
from ringfence.model.machines import Machine
from ringfence.model.places import ResourcePool

Resource = Literal["cpu", "memory"]
RESOURCES: Final[tuple[Resource, ...]] = ("cpu", "memory")
UNITS: Final[Mapping[Resource, str]] = {"cpu": "MHz", "memory": "MiB"}
WORDS: Final[Mapping[Resource, str]] = {"cpu": "CPU", "memory": "memory"}
NOT_PLACED: Final = NotRead(reason="not-collected", detail="the host of the machine is not known")


@dataclass(frozen=True)
class ZonePool:
    """A pool directly below the root of a cluster or host, and the zones that run in it.

    ``rivals`` are the other zones that run on the same cluster or host.
    """

    pool: ResourcePool
    zones: tuple[str, ...]
    rivals: tuple[str, ...]


@dataclass(frozen=True)
class ZonePools:
    """Which zone runs in which pool; machines of declared devices belong to no zone."""

    context: AuditContext

    def __iter__(self) -> Iterator[ZonePool]:
        """Yield the pools of zones, roots left out."""
        for identity, zones in sorted(self._zones_by_top.items()):
            pool = self.context.inventory.pools[identity]
            if pool.parent is not None:
                yield self._with_rivals(pool, zones)

    def roots(self) -> Iterator[ZonePool]:
        """Yield the root pools in which machines of zones run directly."""
        for identity, zones in sorted(self._zones_by_top.items()):
            pool = self.context.inventory.pools[identity]
            if pool.parent is None:
                yield self._with_rivals(pool, zones)

    def unread(self) -> Outcomes:
        """Yield the machines whose pool was not read."""
        for machine in self.context.inventory.machines.values():
            if isinstance(machine.pool, NotRead) and machine.template is not True:
                yield Unread(self.context.targets.machine(machine), "pool", machine.pool)

    @cached_property
    def _zones_by_top(self) -> Mapping[str, set[str]]:
        found: dict[str, set[str]] = defaultdict(set)
        for machine in self.context.inventory.machines.values():
            top = self._top(machine)
            if top is not None:
                found[top] |= self._zones(machine)
        return {top: zones for top, zones in found.items() if zones}

    def _top(self, machine: Machine) -> str | None:
        """Return the pool below the root that holds a machine, or the root itself."""
        pools = self.context.inventory.pools
        if not isinstance(machine.pool, str) or machine.pool not in pools:
            return None
        pool, walked = pools[machine.pool], set[str]()
        while pool.id not in walked:
            walked.add(pool.id)
            above = pools.get(pool.parent or "")
            if above is None or above.parent is None:
                return pool.id
            pool = above
        return None

    def _zones(self, machine: Machine) -> set[str]:
        members = self.context.memberships.by_owner.get(machine.id, ())
        found: set[str] = set()
        for member in members:
            if member.device is None:
                found |= set(member.machine_zones or filter(None, (member.zone,)))
        return found

    def _with_rivals(self, pool: ResourcePool, zones: set[str]) -> ZonePool:
        pools = self.context.inventory.pools
        others = {
            zone
            for identity, there in self._zones_by_top.items()
            if pools[identity].owner == pool.owner
            for zone in there
        }
        return ZonePool(pool, tuple(sorted(zones)), tuple(sorted(others - zones)))


def capacity(context: AuditContext, pool: ResourcePool, resource: Resource) -> Fact[int]:
    """Return what the cluster or host that owns a pool has, in MHz or MiB."""
    hosts = [
        host for host in context.inventory.hosts.values() if pool.owner in {host.id, host.cluster}
    ]
    whole = 0
    for host in hosts:
        part = host.cpu_mhz if resource == "cpu" else host.memory_mib
        if isinstance(part, NotRead):
            return part
        whole += part
    return whole if hosts else NOT_PLACED


def given(context: AuditContext, machine: Machine, resource: Resource) -> Fact[int]:
    """Return what a machine is given: its processors at its host's speed in MHz, or its memory."""
    if resource == "memory":
        return machine.memory_mib
    host = context.inventory.hosts.get(machine.host) if isinstance(machine.host, str) else None
    if host is None:
        return NOT_PLACED
    facts = (machine.cpu_count, host.cpu_mhz, host.cpu_cores)
    for fact in facts:
        if isinstance(fact, NotRead):
            return fact
    count, speed, cores = (fact for fact in facts if not isinstance(fact, NotRead))
    return count * speed // cores if cores else NOT_PLACED


def share(text: str, whole: int) -> int:
    """Return a share such as ``30%`` of a whole, rounded down to whole units."""
    return whole * int(text.rstrip("% ")) // 100


def standard_of(context: AuditContext, zone: str, resource: Resource, word: str) -> str | None:
    """Return the policy's share for a zone, such as its ``cpu_limit``, ``None`` without one."""
    standard = context.policy.standards.resources.zones.get(zone)
    found: str | None = getattr(standard, f"{resource}_{word}", None)
    return found
