"""Which interfaces a device has, or may have, and the virtual NICs behind them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ringfence.model.facts import NotRead
from ringfence.reach.devices import interface_names

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ringfence.model.inventory import Inventory
    from ringfence.model.machines import Machine, VirtualNic
    from ringfence.model.rules import Device
    from ringfence.policy.document import DeclaredDevice, InterfaceAttachment

UNKNOWN_INTERFACE: Final = "?"
"""Stands for the interfaces of a device of which none was read or declared: the worst case."""


def takes_part(machine: Machine, nic: VirtualNic) -> bool | None:
    """Tell whether a NIC can send once its machine runs; ``None`` where that was not read."""
    if machine.template is True:
        return False
    if True in (nic.connected, nic.start_connected):
        return None if isinstance(machine.template, NotRead) else True
    if isinstance(nic.connected, NotRead) or isinstance(nic.start_connected, NotRead):
        return None
    return False


def device_interfaces(
    inventory: Inventory, device: Device, declared: DeclaredDevice | None
) -> Iterator[tuple[str, InterfaceAttachment | None, str | None]]:
    """Yield name, attachment and virtual NIC of each interface that a device has, or may have.

    A NIC of its machine that no interface is known to be may be one all the same.
    """
    attachments = declared.interfaces if declared else {}
    for name in dict.fromkeys((*interface_names(device), *attachments)) or (UNKNOWN_INTERFACE,):
        attachment = attachments.get(name)
        yield name, attachment, interface_nic(inventory, device, name, attachment)
    for nic in unclaimed_nics(inventory, device, declared):
        yield f"{UNKNOWN_INTERFACE}{nic.label}", None, nic.id


def unclaimed_nics(
    inventory: Inventory, device: Device, declared: DeclaredDevice | None
) -> tuple[VirtualNic, ...]:
    """Return the NICs of a device's machine that may be interfaces which nobody named."""
    machine = inventory.machines.get(device.machine or "")
    if machine is None or isinstance(machine.nics, NotRead):
        return ()
    attachments = declared.interfaces if declared else {}
    claimed = {
        interface_nic(inventory, device, name, attachments.get(name))
        for name in (*interface_names(device), *attachments)
    }
    return tuple(
        nic
        for nic in machine.nics
        if nic.id not in claimed
        and nic.port_group is not None
        and takes_part(machine, nic) is not False
    )


def interface_nic(
    inventory: Inventory, device: Device, name: str, attachment: InterfaceAttachment | None
) -> str | None:
    """Return the virtual NIC behind a device's interface: by its declared label, or by its MAC.

    ``None`` where there is none, or where it is attached to something else.
    """
    machine = inventory.machines.get(device.machine or "")
    if machine is None or isinstance(machine.nics, NotRead):
        return None
    if attachment is not None and (attachment.zone or attachment.domain):
        return None
    interfaces = () if isinstance(device.interfaces, NotRead) else device.interfaces
    mac = next((one.mac for one in interfaces if one.name == name), None)
    for nic in machine.nics:
        if attachment is not None and attachment.nic is not None:
            if nic.label == attachment.nic:
                return nic.id
        elif mac and isinstance(nic.mac, str) and nic.mac.lower() == mac.lower():
            return nic.id
    return None
