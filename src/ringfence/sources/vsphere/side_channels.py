"""What joins virtual machines outside their networks: disks that several write, serial ports."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ringfence.model.machines import SideChannel
from ringfence.sources.vsphere.values import at, items, kind, text


def side_channels(devices: Any) -> tuple[SideChannel, ...]:
    """Return the side channels among a machine's devices (``VirtualDevice``), in their order.

    Serial ports over the network and to pipes count whether or not they are connected now. Which
    disks are on a bus that is shared is not asked: the bus stands for them.
    """
    return tuple(one for device in items(devices) for one in _of(device))


def _of(device: Any) -> Iterator[SideChannel]:
    backing = at(device, "backing")
    label = text(device, "deviceInfo.label") or text(device, "key")
    bus = text(device, "sharedBus")
    if text(backing, "sharing") == "sharingMultiWriter":
        # A raw device is one disk under whatever file names it.
        medium = text(backing, "lunUuid") or text(backing, "fileName")
        yield SideChannel(kind="shared-disk", label=label, medium=medium)
    elif bus not in {"", "noSharing"}:
        yield SideChannel(kind="shared-bus", label=label, medium=bus)
    elif kind(device) == "VirtualSerialPort":
        if kind(backing).startswith("VirtualSerialPortURI"):
            medium = text(backing, "serviceURI")
            yield SideChannel(kind="serial-port", label=label, medium=medium)
        elif kind(backing).startswith("VirtualSerialPortPipe"):
            yield SideChannel(kind="pipe", label=label, medium=text(backing, "pipeName"))
