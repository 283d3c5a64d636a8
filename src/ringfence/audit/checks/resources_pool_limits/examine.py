"""Looks at the limits of the pools of zones."""

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
from ringfence.model.facts import NotRead


def examine(context: AuditContext) -> Outcomes:
    """Yield outcomes for CPU and memory of each pool of a zone."""
    pools = ZonePools(context)
    yield from pools.unread()
    for pool in pools:
        for resource in RESOURCES:
            yield from _judged(context, pool, resource)
    for root in pools.roots():
        if root.rivals:
            yield _without_pool(context, root)


def _judged(context: AuditContext, zone_pool: ZonePool, resource: Resource) -> Outcomes:
    pool = zone_pool.pool
    target = context.targets.pool(pool).concerning(*zone_pool.zones)
    wanted = [standard_of(context, zone, resource, "limit") for zone in zone_pool.zones]
    declared = next((text for text in wanted if text is not None), None)
    if declared is None and not zone_pool.rivals:
        return
    allocation = pool.cpu if resource == "cpu" else pool.memory
    path = f"{resource}.limit"
    if isinstance(allocation, NotRead):
        yield Unread(target, path, allocation)
        return
    limit, unit = allocation.limit, UNITS[resource]
    if limit is None:
        against = f" and can starve {listed(zone_pool.rivals)}" if zone_pool.rivals else ""
        yield Failed(
            target=target,
            property=path,
            found=None,
            expected=f"at most {declared}" if declared else "a limit",
            sentence=f"{target.opening} of zone {listed(zone_pool.zones)} has no limit of "
            f"{WORDS[resource]}{against}.",
        )
        return
    if declared is None:
        yield Passed(target)
        return
    whole = capacity(context, pool, resource)
    if isinstance(whole, NotRead):
        yield Unread(target, f"{resource}_capacity", whole)
    elif limit <= share(declared, whole):
        yield Passed(target)
    else:
        most = share(declared, whole)
        yield Failed(
            target=target,
            property=path,
            found=limit,
            expected=most,
            sentence=f"{target.opening} of zone {listed(zone_pool.zones)} may take {limit:,} "
            f"{unit} of {WORDS[resource]}, the policy allows {most:,} {unit} ({declared}).",
            fix=(target.change(path, before=limit, after=most),),
            fix_risk="Machines of the pool may become slower.",
        )


def _without_pool(context: AuditContext, root: ZonePool) -> Failed:
    target = context.targets.pool(root.pool).concerning(*root.zones)
    return Failed(
        target=target,
        property="machines",
        found=root.zones,
        expected="a pool with a limit for each zone",
        sentence=f"Machines of zone {listed(root.zones)} run in the root {target.label}, without "
        f"a limit, and can starve {listed(root.rivals)}.",
    )
