"""Compares the shares of zones that run on the same cluster."""

from __future__ import annotations

from collections import defaultdict
from typing import Final

from ringfence.audit.check import Failed, Outcomes, Passed, Unread
from ringfence.audit.context import AuditContext
from ringfence.audit.resources import RESOURCES, WORDS, Resource, ZonePool, ZonePools
from ringfence.foundation.text import listed
from ringfence.model.facts import NotRead

MOST: Final = 4  # between the levels low and high


def examine(context: AuditContext) -> Outcomes:
    """Yield outcomes for CPU and memory of the pools of zones, where they compete."""
    pools = ZonePools(context)
    yield from pools.unread()
    competing: dict[str | None, list[ZonePool]] = defaultdict(list)
    for pool in pools:
        competing[pool.pool.owner].append(pool)
    for together in competing.values():
        if len(together) > 1:
            for resource in RESOURCES:
                yield from _judged(context, together, resource)


def _judged(context: AuditContext, together: list[ZonePool], resource: Resource) -> Outcomes:
    shares: list[tuple[int, ZonePool]] = []
    for zone_pool in together:
        allocation = zone_pool.pool.cpu if resource == "cpu" else zone_pool.pool.memory
        if isinstance(allocation, NotRead):
            target = context.targets.pool(zone_pool.pool)
            yield Unread(target, f"{resource}.shares", allocation)
        else:
            shares.append((allocation.shares, zone_pool))
    if not shares:
        return
    least = min(number for number, _ in shares)
    smallest = next(each for number, each in shares if number == least)
    for number, zone_pool in shares:
        target = context.targets.pool(zone_pool.pool).concerning(*zone_pool.zones)
        if number <= MOST * least:
            yield Passed(target)
            continue
        yield Failed(
            target=target,
            property=f"{resource}.shares",
            found=number,
            expected=f"at most {MOST * least}",
            sentence=f"{target.opening} of zone {listed(zone_pool.zones)} has {number:,} shares of "
            f"{WORDS[resource]}, more than {MOST} times the {least:,} of zone "
            f"{listed(smallest.zones)}.",
        )
