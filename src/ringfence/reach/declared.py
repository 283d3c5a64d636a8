"""What the policy declares of devices, where their own configurations do not hold it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from ringfence.model.facts import NotRead
from ringfence.model.rules import Device, DeviceInterface, NotUnderstood, Route
from ringfence.reach.interfaces import unclaimed_nics

if TYPE_CHECKING:
    from ringfence.model.inventory import Inventory
    from ringfence.policy.document import DeclaredDevice, Policy


def with_declared(inventory: Inventory, policy: Policy) -> Inventory:
    """Return the inventory with every declared device in it.

    Declared addresses and routes stand in for those that were not read; what was read is never
    replaced. A device of which nothing was read stays a device: all that it may do is unknown.
    """
    snapshot = inventory.snapshot
    read = {device.id: device for device in snapshot.devices}
    devices = [
        _completed(read.get(name) or _unread(name, declared), declared)
        for name, declared in policy.devices.items()
    ]
    others = [device for device in snapshot.devices if device.id not in policy.devices]
    together = tuple(sorted((*devices, *others), key=lambda device: device.id))
    noted = tuple(_with_unclaimed(inventory, device, policy) for device in together)
    return inventory.edited(msgspec.structs.replace(snapshot, devices=noted))


def _with_unclaimed(inventory: Inventory, device: Device, policy: Policy) -> Device:
    """Return the device with a note for each NIC of its machine that no interface is known to be.

    It may be an interface of any name, so that no rule or route can be told to fit it or not.
    """
    nics = unclaimed_nics(inventory, device, policy.devices.get(device.id))
    notes = tuple(
        NotUnderstood(
            line=None,
            text=f"{nic.label} of its machine",
            why=f"no interface has its MAC address; name it under devices.{device.id}.interfaces",
        )
        for nic in nics
    )
    if not notes:
        return device
    return msgspec.structs.replace(device, not_understood=(*device.not_understood, *notes))


def _unread(name: str, declared: DeclaredDevice) -> Device:
    return Device(id=name, name=name, kind=declared.kind, physical=declared.physical)


def _completed(device: Device, declared: DeclaredDevice) -> Device:
    interfaces = device.interfaces
    if isinstance(interfaces, NotRead):
        if declared.interfaces and all(one.addresses for one in declared.interfaces.values()):
            interfaces = tuple(
                DeviceInterface(name=name, addresses=one.addresses)
                for name, one in declared.interfaces.items()
            )
    else:
        interfaces = tuple(_addressed(one, declared) for one in interfaces)
    routes = device.routes
    if isinstance(routes, NotRead) and declared.routes is not None:
        routes = tuple(
            Route(destination=one.to, interface=one.interface, next_hop=one.via)
            for one in declared.routes
        )
    return msgspec.structs.replace(device, interfaces=interfaces, routes=routes)


def _addressed(interface: DeviceInterface, declared: DeclaredDevice) -> DeviceInterface:
    attachment = declared.interfaces.get(interface.name)
    if attachment is None or not attachment.addresses:
        return interface
    if not isinstance(interface.addresses, NotRead):
        return interface
    return msgspec.structs.replace(interface, addresses=attachment.addresses)
