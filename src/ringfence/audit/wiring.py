"""Which physical NICs carry what: from a port group through its teaming to a host's uplinks."""

from __future__ import annotations

from collections.abc import Iterator

from ringfence.model.facts import Fact, NotRead
from ringfence.model.inventory import Inventory
from ringfence.model.network import PortGroup, SwitchMember, VirtualSwitch

NOT_LISTED = NotRead(reason="not-collected", detail="the switch was not listed on this host")


def bound_nics(member: SwitchMember) -> Fact[tuple[str, ...]]:
    """Return the ids of the physical NICs that are uplinks of a switch on one host."""
    if isinstance(member.uplinks, NotRead):
        return member.uplinks
    return tuple(nic for uplink in member.uplinks for nic in uplink.physical_nics)


def carrying_nics(inventory: Inventory, group: PortGroup, host: str) -> Fact[tuple[str, ...]]:
    """Return the ids of the physical NICs that may carry a port group's frames on one host.

    Active and standby uplinks count, unused ones do not.
    """
    member = inventory.members.get((group.switch, host))
    if member is None:
        return NOT_LISTED
    if isinstance(member.uplinks, NotRead):
        return member.uplinks
    used = used_uplinks(group)
    if isinstance(used, NotRead):
        return used
    return tuple(
        nic
        for uplink in member.uplinks
        if used is None or uplink.name in used
        for nic in uplink.physical_nics
    )


def used_uplinks(group: PortGroup) -> Fact[frozenset[str] | None]:
    """Return the names of the uplinks that carry a port group, ``None`` for all of them."""
    teaming = group.teaming
    if isinstance(teaming, NotRead):
        return teaming
    return None if teaming is None else frozenset((*teaming.active, *teaming.standby))


def hosts_of(inventory: Inventory, group: PortGroup) -> Fact[tuple[str, ...]]:
    """Return the ids of the hosts that a port group exists on."""
    if group.host is not None:
        return (group.host,)
    switch = inventory.switches.get(group.switch)
    if switch is None:
        return NOT_LISTED
    if isinstance(switch.members, NotRead):
        return switch.members
    return tuple(member.host for member in switch.members)


def nics_anywhere(inventory: Inventory, group: PortGroup) -> Fact[tuple[str, ...]]:
    """Return the ids of the physical NICs that may carry a port group's frames on any host."""
    hosts = hosts_of(inventory, group)
    if isinstance(hosts, NotRead):
        return hosts
    found: list[str] = []
    for host in hosts:
        nics = carrying_nics(inventory, group, host)
        if isinstance(nics, NotRead):
            return nics
        found.extend(nics)
    return tuple(found)


def switch_members(switch: VirtualSwitch) -> Iterator[SwitchMember]:
    """Yield the members of a switch, none where they were not read."""
    if not isinstance(switch.members, NotRead):
        yield from switch.members


def nic_names(inventory: Inventory, nics: tuple[str, ...]) -> tuple[str, ...]:
    """Return the names of physical NICs, sorted; an id where the NIC itself was not read."""
    known = inventory.physical_nics
    return tuple(sorted(known[nic][1].name if nic in known else nic for nic in nics))
