"""Gathers the zones that each physical NIC carries, over all switches of its host."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from ringfence.audit.attached import port_groups_on
from ringfence.audit.check import Failed, Outcomes, Passed, Target, Unread
from ringfence.audit.context import AuditContext
from ringfence.audit.wiring import bound_nics, carrying_nics, nic_names, switch_members
from ringfence.foundation.text import listed
from ringfence.model.facts import NotRead
from ringfence.model.network import PortGroup, SwitchMember, VirtualSwitch


@dataclass
class _Wire:
    """What one physical NIC carries: port groups, and the switches that it is an uplink of."""

    groups: list[PortGroup] = field(default_factory=list)
    switches: set[str] = field(default_factory=set)


def examine(context: AuditContext) -> Outcomes:
    """Yield an outcome for each set of physical NICs that carry the same."""
    wires: dict[tuple[str, str], _Wire] = defaultdict(_Wire)
    for switch in context.vsphere_switches:
        if isinstance(switch.members, NotRead):
            yield Unread(context.targets.switch(switch), "members", switch.members)
        for member in switch_members(switch):
            yield from _gathered(context, switch, member, wires)
    yield from _judged(context, wires)


def _gathered(
    context: AuditContext,
    switch: VirtualSwitch,
    member: SwitchMember,
    wires: dict[tuple[str, str], _Wire],
) -> Outcomes:
    """Add what a switch puts on the wires of one host; yield what was not read of it."""
    nics = bound_nics(member)
    if isinstance(nics, NotRead):
        target = context.targets.switch(switch, member.host)
        yield Unread(target, f"members[{member.host}].uplinks", nics)
        return
    for nic in nics:
        wires[member.host, nic].switches.add(switch.id)
    for group in port_groups_on(context.inventory, switch.id, member.host):
        carrying = carrying_nics(context.inventory, group, member.host)
        if isinstance(carrying, NotRead):
            yield Unread(context.targets.port_group(group), "teaming", carrying)
            continue
        for nic in carrying:
            wires[member.host, nic].groups.append(group)


def _judged(context: AuditContext, wires: dict[tuple[str, str], _Wire]) -> Outcomes:
    alike: dict[tuple[str, tuple[str, ...], tuple[str, ...]], list[str]] = defaultdict(list)
    for (host, nic), wire in wires.items():
        groups = tuple(sorted(group.id for group in wire.groups))
        alike[host, tuple(sorted(wire.switches)), groups].append(nic)
    for (host, switches, groups), nics in sorted(alike.items()):
        records = [context.inventory.port_groups[identity] for identity in groups]
        target = _target(context, host, switches, nics)
        zones = _ordered(
            context, (z for group in records for z in context.attached.zones_of(group))
        )
        alone = [zone for zone in zones if _wants_own(context, zone)]
        shared = len(zones) > 1 and (bool(alone) or len(switches) > 1)
        if shared:
            yield _failed(context, target, host, nics, zones, records)
        elif alone or len(switches) > 1:
            yield Passed(target)


def _failed(
    context: AuditContext,
    target: Target,
    host: str,
    nics: list[str],
    zones: tuple[str, ...],
    records: list[PortGroup],
) -> Failed:
    names = nic_names(context.inventory, tuple(nics))
    carried = [
        f"{zone} ({listed(group.name for group in records if zone in _zones(context, group))})"
        for zone in zones
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


def _zones(context: AuditContext, group: PortGroup) -> tuple[str, ...]:
    return context.attached.zones_of(group)


def _ordered(context: AuditContext, zones: Iterable[str]) -> tuple[str, ...]:
    found = set(zones)
    return tuple(zone for zone in context.policy.by_trust() if zone in found)
