"""Compares the reservations of the pools of zones with the standard."""

from __future__ import annotations

from ringfence.audit.check import Failed, Outcomes, Passed, Unread
from ringfence.audit.context import AuditContext
from ringfence.audit.resources import (
    RESOURCES,
    UNITS,
    WORDS,
    Resource,
    ZonePool,
    ZonePools,
    capacity,
    share,
    standard_of,
)
from ringfence.foundation.text import listed
from ringfence.model.facts import Fact, NotRead


def examine(context: AuditContext) -> Outcomes:
    """Yield outcomes for CPU and memory of each pool whose zone wants a reservation."""
    pools = ZonePools(context)
    yield from pools.unread()
    for pool in pools:
        for resource in RESOURCES:
            yield from _judged(context, pool, resource)


def _judged(context: AuditContext, zone_pool: ZonePool, resource: Resource) -> Outcomes:
    pool = zone_pool.pool
    wanted = [standard_of(context, zone, resource, "reservation") for zone in zone_pool.zones]
    declared = next((text for text in wanted if text is not None), None)
    if declared is None and not context.is_sensitive(zone_pool.zones):
        return
    target = context.targets.pool(pool).concerning(*zone_pool.zones)
    path, unit = f"{resource}.reservation", UNITS[resource]
    allocation = pool.cpu if resource == "cpu" else pool.memory
    least = _least(context, zone_pool, resource, declared)
    if isinstance(allocation, NotRead):
        yield Unread(target, path, allocation)
    elif isinstance(least, NotRead):
        yield Unread(target, f"{resource}_capacity", least)
    elif allocation.reservation >= least:
        yield Passed(target)
    else:
        found = f"{allocation.reservation:,} {unit}" if allocation.reservation else "nothing"
        expected = f"{least:,} {unit} ({declared})" if declared else "some"
        yield Failed(
            target=target,
            property=path,
            found=allocation.reservation,
            expected=least if declared else "more than 0",
            sentence=f"{target.opening} of zone {listed(zone_pool.zones)} has {found} of "
            f"{WORDS[resource]} reserved, expected {expected}.",
        )


def _least(
    context: AuditContext, zone_pool: ZonePool, resource: Resource, declared: str | None
) -> Fact[int]:
    if declared is None:
        return 1
    whole = capacity(context, zone_pool.pool, resource)
    return whole if isinstance(whole, NotRead) else share(declared, whole)
