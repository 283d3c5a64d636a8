"""A machine as it would be on another host: what its virtual NICs would be attached to there.

A distributed port group is the same on every host of its switch; a standard one is found on the
other host by its name, whatever its VLAN is there (vSphere's own rule for migration and restart).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec

from ringfence.model.facts import NotRead

if TYPE_CHECKING:
    from ringfence.model.inventory import Inventory
    from ringfence.model.machines import Machine, VirtualNic
    from ringfence.model.network import PortGroup


@dataclass(frozen=True, slots=True)
class Lost:
    """A virtual NIC that would have no network on the other host, and the group it has now."""

    nic: VirtualNic
    group: PortGroup


@dataclass(frozen=True, slots=True)
class Moved:
    """A machine on another host, and those of its virtual NICs that lose their network there."""

    machine: Machine
    lost: tuple[Lost, ...] = ()


def moved(inventory: Inventory, machine: Machine, host: str) -> Moved:
    """Return the machine as it would be on the host called by the id ``host``."""
    if isinstance(machine.nics, NotRead):
        return Moved(msgspec.structs.replace(machine, host=host))
    nics: list[VirtualNic] = []
    lost: list[Lost] = []
    for nic in machine.nics:
        group = None
        if isinstance(nic.port_group, str):
            group = inventory.port_groups.get(nic.port_group)
        if group is None:
            nics.append(nic)
            continue
        there = group_on(inventory, group, host)
        if there is None:
            lost.append(Lost(nic, group))
        port = nic.port if there is group else None
        nics.append(
            msgspec.structs.replace(nic, port_group=None if there is None else there.id, port=port)
        )
    return Moved(msgspec.structs.replace(machine, host=host, nics=tuple(nics)), tuple(lost))


def group_on(inventory: Inventory, group: PortGroup, host: str) -> PortGroup | None:
    """Return what a port group is on another host, ``None`` where it is not there.

    Where the members of a distributed switch were not read, it may be there.
    """
    if group.host == host:
        return group
    if group.host is not None:
        return inventory.standard_port_groups.get((host, group.name))
    switch = inventory.switches.get(group.switch)
    if switch is None or isinstance(switch.members, NotRead):
        return group
    return group if (switch.id, host) in inventory.members else None
