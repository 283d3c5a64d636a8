"""Which virtual NICs of a device's machine are its interfaces, and which may be ones unnamed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ringfence.model.facts import NotRead

if TYPE_CHECKING:
    from ringfence.model.machines import Machine, VirtualNic
    from ringfence.model.rules import Device
    from ringfence.policy.document import DeclaredDevice, InterfaceAttachment


def nic_of(
    machine: Machine | None, device: Device, name: str, attachment: InterfaceAttachment | None
) -> VirtualNic | None:
    """Return the virtual NIC behind an interface: by its declared label, or by its MAC."""
    if machine is None or isinstance(machine.nics, NotRead):
        return None
    if attachment is not None and (attachment.zone or attachment.domain):
        return None
    read = () if isinstance(device.interfaces, NotRead) else device.interfaces
    macs = {one.name: one.mac.lower() for one in read if one.mac}
    label = None if attachment is None else attachment.nic
    for nic in machine.nics:
        if label is not None:
            if nic.label == label:
                return nic
        elif name in macs and isinstance(nic.mac, str) and nic.mac.lower() == macs[name]:
            return nic
    return None


def unnamed_nics(
    machine: Machine | None, device: Device, declared: DeclaredDevice | None
) -> tuple[VirtualNic, ...]:
    """Return the NICs that may be interfaces of the device, and no interface is known to be."""
    if machine is None or isinstance(machine.nics, NotRead) or machine.template is True:
        return ()
    attachments = {} if declared is None else declared.interfaces
    known = [
        nic_of(machine, device, name, attachments.get(name)) for name in names(device, declared)
    ]
    return tuple(
        nic
        for nic in machine.nics
        if nic not in known
        and nic.port_group is not None
        and not (nic.connected is False and nic.start_connected is False)
    )


def names(device: Device, declared: DeclaredDevice | None) -> tuple[str, ...]:
    """Return the names of a device's interfaces, as read or declared."""
    read = () if isinstance(device.interfaces, NotRead) else device.interfaces
    attachments = () if declared is None else declared.interfaces
    return tuple(dict.fromkeys((*(one.name for one in read if one.name != "lo"), *attachments)))
