"""What a proof rests on, counted, and what stands beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ringfence.model.facts import NotRead

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ringfence.reach.question import Question


def facts_read(question: Question) -> int:
    """Return how many facts the proof rests on.

    For each NIC and kernel interface its network and connection, for each port group its VLAN and
    uplinks, for each switch its uplinks on each host, for each device its interfaces, routes and
    rules. What was not read does not count.
    """
    inventory = question.inventory
    read = 0
    for _, nic in inventory.virtual_nics():
        facts = (nic.port_group, nic.connected, nic.start_connected)
        read += sum(not isinstance(fact, NotRead) for fact in facts)
    for _, interface in inventory.kernel_interfaces():
        read += sum(
            not isinstance(fact, NotRead) for fact in (interface.port_group, interface.services)
        )
    for group in inventory.snapshot.port_groups:
        read += sum(not isinstance(fact, NotRead) for fact in (group.vlan, group.teaming))
    read += sum(not isinstance(one.uplinks, NotRead) for one in inventory.members.values())
    for device in inventory.snapshot.devices:
        for table in (device.interfaces, device.routes):
            read += 0 if isinstance(table, NotRead) else len(table)
        if not isinstance(device.chains, NotRead):
            read += sum(len(chain.rules) for chain in device.chains)
    return read


def bypasses(question: Question) -> Iterator[str]:
    """Yield what joins zones outside the switches: machines in two zones, physical devices."""
    zones_of: dict[str, set[str]] = {}
    for member in question.memberships.values():
        if member.kind == "virtual-nic" and member.standing != "device":
            zones = zones_of.setdefault(member.owner, set())
            zones.update((*member.network_zones, *member.machine_zones))
    for machine in question.inventory.snapshot.machines:
        zones = zones_of.get(machine.id, set())
        if len(zones) > 1:
            there = " and ".join(sorted(zones))
            yield f"{machine.name} stands in {there} and is no declared device"
        if not isinstance(machine.passthrough, NotRead):
            for device in machine.passthrough:
                if device.physical_nic is not None:
                    yield f"{machine.name} has the physical device {device.label}"
