"""Gathers the zones that each physical NIC carries, over all switches of its host."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field

from ringfence.audit.check import Failed, Outcomes, Passed, Target, Unread
from ringfence.audit.context import AuditContext
from ringfence.audit.wiring import bound_nics, carrying_nics, nic_names, switch_members
from ringfence.foundation.text import listed
from ringfence.model.facts import NotRead
from ringfence.model.network import PortGroup, SwitchMember, VirtualSwitch

Networks = frozenset[tuple[str, str]]
"""Zones, each with the name of a port group that carries it."""
Wires = dict[tuple[str, str], "_Wire"]
"""What is on each physical NIC, by host id and NIC id."""


@dataclass
class _Wire:
    """What one physical NIC carries, and the switches that it is an uplink of."""

    networks: set[tuple[str, str]] = field(default_factory=set)
    switches: set[str] = field(default_factory=set)


def examine(context: AuditContext) -> Outcomes:
    """Yield an outcome for each set of physical NICs that carry the same."""
    wires: Wires = defaultdict(_Wire)
    for switch in context.vsphere_switches:
        if isinstance(switch.members, NotRead):
            yield Unread(context.targets.switch(switch), "members", switch.members)
        alike = [
            (groups[0], _networks(context, groups))
            for groups in context.attached.wired_alike.get(switch.id, ())
        ]
        for member in switch_members(switch):
            yield from _gathered(context, switch, member, alike, wires)
    yield from _judged(context, wires)


def _networks(context: AuditContext, groups: tuple[PortGroup, ...]) -> Networks:
    zones = ((zone, group.name) for group in groups for zone in context.attached.zones_of(group))
    return frozenset(zones)


def _gathered(
    context: AuditContext,
    switch: VirtualSwitch,
    member: SwitchMember,
    alike: list[tuple[PortGroup, Networks]],
    wires: Wires,
) -> Outcomes:
    """Add what a switch puts on the wires of one host; yield what was not read of it."""
    nics = bound_nics(member)
    if isinstance(nics, NotRead):
        target = context.targets.switch(switch, member.host)
        yield Unread(target, f"members[{member.host}].uplinks", nics)
        return
    for nic in nics:
        wires[member.host, nic].switches.add(switch.id)
    for group, networks in alike:
        carrying = carrying_nics(context.inventory, group, member.host)
        if isinstance(carrying, NotRead):
            yield Unread(context.targets.port_group(group), "teaming", carrying)
            continue
        for nic in carrying:
            wires[member.host, nic].networks |= networks


def _judged(context: AuditContext, wires: Wires) -> Outcomes:
    alike: dict[tuple[str, tuple[str, ...], Networks], list[str]] = defaultdict(list)
    for (host, nic), wire in wires.items():
        alike[host, tuple(sorted(wire.switches)), frozenset(wire.networks)].append(nic)
    for (host, switches, networks), nics in alike.items():
        target = _target(context, host, switches, nics)
        carried = {zone for zone, _ in networks}
        zones = tuple(zone for zone in context.policy.by_trust() if zone in carried)
        alone = any(_wants_own(context, zone) for zone in zones)
        if len(zones) > 1 and (alone or len(switches) > 1):
            yield _failed(context, target, host, nics, zones, networks)
        elif alone or len(switches) > 1:
            yield Passed(target)


def _failed(
    context: AuditContext,
    target: Target,
    host: str,
    nics: list[str],
    zones: tuple[str, ...],
    networks: Networks,
) -> Failed:
    names = nic_names(context.inventory, tuple(nics))
    carried = [
        f"{zone} ({listed(sorted(name for of, name in networks if of == zone))})" for zone in zones
    ]
    what, verb = ("NIC", "carries") if len(names) == 1 else ("NICs", "carry")
    on = context.targets.short_names.get(host, host)
    return Failed(
        target=target.concerning(*zones),
        property=f"members[{host}].zones[{','.join(names)}]",
        found=zones,
        expected="one zone",
        sentence=f"Physical {what} {listed(names)} of host {on} {verb} {listed(carried)} on the "
        "same wire.",
    )


def _target(context: AuditContext, host: str, switches: tuple[str, ...], nics: list[str]) -> Target:
    """Return the switch, or the NIC itself where it is under several switches."""
    if len(switches) == 1:
        return context.targets.switch(context.inventory.switches[switches[0]], host)
    record = context.inventory.hosts.get(host)
    name = nic_names(context.inventory, tuple(nics))[0]
    return Target(
        id=nics[0],
        name=name,
        label=f"physical NIC {name}",
        table="hosts",
        host=record.name if record else "",
    )


def _wants_own(context: AuditContext, zone: str) -> bool:
    """Tell whether a zone has wires of its own; those of management are judged by its own check."""
    standard = context.policy.standards.nics
    declared = context.policy.zones[zone]
    if declared.role == "management" and standard.management.dedicated:
        return False
    return zone in standard.one_zone_per_nic
