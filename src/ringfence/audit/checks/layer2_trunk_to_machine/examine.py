"""Looks for trunks on port groups and live ports, whatever their range."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from ringfence.audit.attached import names_of
from ringfence.audit.check import Failed, Outcomes, Passed, Target, Unread
from ringfence.audit.context import AuditContext
from ringfence.audit.security import distributed_ports, unread_ports
from ringfence.audit.tagging import carries, numbers_of, range_text
from ringfence.foundation.text import listed
from ringfence.model.facts import Fact, NotRead
from ringfence.model.network import (
    RENUMBERING,
    Port,
    PortGroup,
    TrunkVlan,
    Vlan,
    VlanRange,
)

EVERY_VLAN: Final = TrunkVlan(ranges=(VlanRange(first=0, last=4094),))


def examine(context: AuditContext) -> Outcomes:
    """Yield an outcome for each port group, and for each live port with a VLAN of its own."""
    if context.policy.standards.vlans.trunk_to_machine == "allowed":
        return
    for group in _networks(context):
        if group.backing == "vlan":
            target = context.targets.port_group(group)
            machines = names_of(context.attached.nics.get(group.id, ()))
            yield _judged(context, target, group.vlan, machines)
    yield from unread_ports(context)
    for port in distributed_ports(context):
        if _has_own_vlan(port):
            owner = context.attached.owner_of_port(port)
            machines = (owner,) if owner else ()
            yield _judged(context, context.targets.port(port), port.vlan, machines)


def _networks(context: AuditContext) -> Iterator[PortGroup]:
    """Yield what could be a trunk: of switches on Linux only what machines are attached to.

    A bridge that knows no VLANs hands on whatever its wires bring; what that is the fabric says,
    and the proof what it reaches.
    """
    yield from context.port_groups
    for group in context.networks:
        switch = context.inventory.switches.get(group.switch)
        kind = None if switch is None else switch.kind
        knows_tags = kind == "open-vswitch" or group.vlan != EVERY_VLAN
        if kind in RENUMBERING and knows_tags and context.attached.nics.get(group.id):
            yield group


def _judged(
    context: AuditContext, target: Target, vlan: Fact[Vlan], machines: tuple[str, ...]
) -> Failed | Passed | Unread:
    if isinstance(vlan, NotRead):
        return Unread(target, "vlan", vlan)
    if not isinstance(vlan, TrunkVlan):
        return Passed(target)
    zones = _zones_within(context, vlan)
    to = listed(machines) or "whatever is connected"
    among = f", those of {listed(zones)} among them" if zones else ""
    return Failed(
        target=target.concerning(*zones),
        property="vlan",
        found=range_text(vlan.ranges),
        expected="one VLAN",
        sentence=f"{target.opening} hands VLANs {range_text(vlan.ranges)} tagged to {to}{among}.",
    )


def _zones_within(context: AuditContext, trunk: TrunkVlan) -> tuple[str, ...]:
    """Return the zones that have a network with a VLAN in the trunk, least trusted first."""
    found = {
        zone
        for group in context.networks
        if not isinstance(group.vlan, NotRead)
        and any(carries(trunk, number) for number in numbers_of(group.vlan))
        for zone in context.attached.zones_of(group)
    }
    return tuple(zone for zone in context.policy.by_trust() if zone in found)


def _has_own_vlan(port: Port) -> bool:
    """Tell whether a port may have another VLAN than its port group."""
    return isinstance(port.overridden, NotRead) or "vlan" in port.overridden
