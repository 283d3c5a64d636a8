"""Slips of who is attached to what: VLANs, networks, virtual NICs, uplinks."""

from __future__ import annotations

from collections import defaultdict
from functools import partial
from typing import TYPE_CHECKING

import msgspec

from ringfence.model.facts import NotRead
from ringfence.model.network import (
    AccessVlan,
    Teaming,
    TrunkVlan,
    UplinkBinding,
    VlanRange,
    vlan_of,
)
from ringfence.reach.moving import group_on
from ringfence.reach.slips import Slip

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ringfence.model.hosts import PhysicalNic
    from ringfence.model.inventory import Inventory
    from ringfence.model.machines import Machine, VirtualNic
    from ringfence.model.network import PortGroup, SwitchMember, VirtualSwitch
    from ringfence.policy.membership import Membership


def vlan_slips(inventory: Inventory) -> Iterator[Slip]:
    """Yield port groups with the VLAN of another, as a trunk, or opened where they are blocked."""
    groups = [one for one in inventory.snapshot.port_groups if not one.uplink]
    used = sorted({one.vlan.vlan for one in groups if isinstance(one.vlan, AccessVlan)})
    every = TrunkVlan(ranges=(VlanRange(0, 4094),))
    for group in groups:
        host = inventory.hosts.get(group.host or "")
        name = group.name if host is None else f"{group.name} on {host.name}"
        changed = partial(msgspec.structs.replace, group)
        for vlan in used:
            if group.vlan != AccessVlan(vlan=vlan):
                says = f"{name} gets VLAN {vlan} in place of {vlan_of(group.vlan)}"
                make = partial(changed, vlan=AccessVlan(vlan=vlan))
                yield Slip("vlan", says, "port_groups", group.id, make)
        if group.vlan != every:
            says = f"{name} carries every VLAN"
            yield Slip("trunk", says, "port_groups", group.id, partial(changed, vlan=every))
        if group.blocked is True:
            says = f"{name} is not blocked any more"
            yield Slip("flag", says, "port_groups", group.id, partial(changed, blocked=False))


def nic_slips(inventory: Inventory, memberships: Mapping[str, Membership]) -> Iterator[Slip]:
    """Yield virtual NICs on other networks, connected, or added; those that are alike as one."""
    alike: defaultdict[object, list[tuple[Machine, VirtualNic]]] = defaultdict(list)
    devices = {device.machine for device in inventory.snapshot.devices}
    for machine, nic in inventory.virtual_nics():
        if machine.template is True or not isinstance(machine.host, str):
            continue
        member = memberships.get(nic.id)
        zone = None if member is None else member.zone
        several = not isinstance(machine.nics, NotRead) and len(machine.nics) > 1
        alone = nic.id if machine.id in devices or several else None
        connected = True in (nic.connected, nic.start_connected)
        key = (machine.host, str(nic.port_group), zone, alone, connected)
        alike[key].append((machine, nic))
    for same in alike.values():
        machine, nic = same[0]
        yield from _of_nic(inventory, machine, nic, len(same))


def _of_nic(inventory: Inventory, machine: Machine, nic: VirtualNic, count: int) -> Iterator[Slip]:
    nics = () if isinstance(machine.nics, NotRead) else machine.nics
    name = f"{nic.label} of {machine.name}"
    plugged = {"port": None, "connected": True, "start_connected": True}
    added = f"{nic.id} and one more"
    for group in inventory.snapshot.port_groups:
        here = group_on(inventory, group, str(machine.host)) is group
        if not here or group.uplink or group.id == nic.port_group:
            continue
        changed = msgspec.structs.replace(nic, port_group=group.id, **plugged)
        says = f"{name} is attached to {group.name}"
        make = partial(_with_nic, machine, changed)
        yield Slip("network", says, "machines", machine.id, make, count)
        # A machine gets no more NICs for each that it has.
        if nics[:1] == (nic,):
            more = msgspec.structs.replace(changed, id=added, mac=None, label="Another adapter")
            says = f"{machine.name} gets another adapter, on {group.name}"
            make = partial(msgspec.structs.replace, machine, nics=(*nics, more))
            yield Slip("nic-added", says, "machines", machine.id, make, count)
    if nic.connected is False and nic.start_connected is not True:
        changed = msgspec.structs.replace(nic, connected=True, start_connected=True)
        make = partial(_with_nic, machine, changed)
        yield Slip("connected", f"{name} is connected", "machines", machine.id, make, count)


def _with_nic(machine: Machine, nic: VirtualNic) -> Machine:
    nics = () if isinstance(machine.nics, NotRead) else machine.nics
    changed = tuple(nic if one.id == nic.id else one for one in nics)
    return msgspec.structs.replace(machine, nics=changed)


def uplink_slips(inventory: Inventory) -> Iterator[Slip]:
    """Yield physical NICs that no switch uses, each as one more uplink of a switch of its host."""
    taken = {
        nic
        for member in inventory.members.values()
        if not isinstance(member.uplinks, NotRead)
        for uplink in member.uplinks
        for nic in uplink.physical_nics
    }
    for (switch_id, host), member in inventory.members.items():
        switch = inventory.switches[switch_id]
        physical = inventory.hosts[host].physical_nics if host in inventory.hosts else ()
        if isinstance(physical, NotRead) or isinstance(member.uplinks, NotRead):
            continue
        for nic in physical:
            if nic.id not in taken:
                yield _uplink(inventory, switch, member, nic)


def _uplink(
    inventory: Inventory, switch: VirtualSwitch, member: SwitchMember, nic: PhysicalNic
) -> Slip:
    """Return the slip of one more uplink, active wherever the teaming is the switch's own."""
    bindings = () if isinstance(member.uplinks, NotRead) else member.uplinks
    more = (*bindings, UplinkBinding(name=nic.name, physical_nics=(nic.id,)))
    widened = msgspec.structs.replace(member, uplinks=more)
    members = () if isinstance(switch.members, NotRead) else switch.members
    together = tuple(widened if one is member else one for one in members)
    return Slip(
        "uplink",
        f"{nic.name} becomes an uplink of {switch.name} on {inventory.host_name(member.host)}",
        "switches",
        switch.id,
        partial(msgspec.structs.replace, switch, members=together),
        along=tuple(_using(inventory, switch, nic.name)),
    )


def _using(inventory: Inventory, switch: VirtualSwitch, uplink: str) -> Iterator[PortGroup]:
    for group in inventory.snapshot.port_groups:
        teaming = group.teaming
        if (
            group.switch == switch.id
            and isinstance(teaming, Teaming)
            and teaming.origin != group.id
        ):
            used = msgspec.structs.replace(teaming, active=(*teaming.active, uplink))
            yield msgspec.structs.replace(group, teaming=used)
