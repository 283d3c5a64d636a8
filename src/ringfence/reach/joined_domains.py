"""Switches that join domains of the fabric: what comes in by one uplink leaves by another."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING, Final

from ringfence.model.facts import NotRead

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ringfence.model.network import SwitchMember, UplinkBinding, VirtualSwitch
    from ringfence.reach.fabric import DomainFacts, FabricFacts

_EVERY: Final = ((0, 4094),)


@dataclass(frozen=True, slots=True)
class Joined:
    """Two uplinks of a switch that lead to two domains, and may carry a common VLAN.

    ``unread`` says why it is not certain that they do.
    """

    uplinks: tuple[UplinkBinding, UplinkBinding]
    domains: tuple[str, str]
    unread: NotRead | None


def joined_domains(
    fabric: FabricFacts, switch: VirtualSwitch, member: SwitchMember
) -> Iterator[Joined]:
    """Yield what a switch joins on one host: only bridges and Open vSwitch join anything."""
    if not switch.forwards_between_uplinks or isinstance(member.uplinks, NotRead):
        return
    for one, other in combinations(member.uplinks, 2):
        here, there = domain_behind(fabric, one), domain_behind(fabric, other)
        if here is None or there is None or here == there or not _share(one, other):
            continue
        unread = next((up.tags for up in (one, other) if isinstance(up.tags, NotRead)), None)
        yield Joined((one, other), (here.name, there.name), unread)


def domain_behind(fabric: FabricFacts, uplink: UplinkBinding) -> DomainFacts | None:
    """Return the declared domain behind an uplink; ``None`` where there is not one."""
    names = {fabric.domain_of(nic) for nic in uplink.physical_nics}
    return fabric.domains.get(names.pop()) if len(names) == 1 else None


def _share(one: UplinkBinding, other: UplinkBinding) -> bool:
    """Tell whether a VLAN of the switch may be carried by both uplinks."""
    return any(
        first <= last_there and first_there <= last
        for first, last in _inside(one)
        for first_there, last_there in _inside(other)
    )


def _inside(uplink: UplinkBinding) -> tuple[tuple[int, int], ...]:
    tags = uplink.tags
    if tags is None or isinstance(tags, NotRead):
        return _EVERY
    return (
        *((each.first, each.last) for each in tags.carries),
        *((each.inside, each.inside) for each in tags.renumbers),
    )
