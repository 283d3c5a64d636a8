"""Virtual machines, their NICs, and what bypasses the virtual switch."""

from __future__ import annotations

from typing import Literal

from ringfence.model.facts import NOT_COLLECTED, Fact, Record, Setting
from ringfence.model.places import Allocation


class Tag(Record, frozen=True, array_like=True):
    """A tag on an object: category and name."""

    category: str
    name: str


class VirtualNic(Record, frozen=True):
    """A virtual NIC; ``id`` joins the machine's id with the device key, never a position.

    ``port_group`` is the id of the port group, ``None`` where there is no network. ``addresses``
    are what the guest reports, with prefix length: a guest may lie. ``sriov`` keeps VLAN and MAC
    policy and skips switch filters. ``port_filters`` are the ids of the filters that its frames
    pass, those that it sends in this order; ``filters`` are names of others, of which only the name
    is known.
    """

    id: str
    label: str
    mac: Fact[str | None] = NOT_COLLECTED
    mac_assignment: Literal["generated", "assigned", "manual"] | None = None
    port_group: Fact[str | None] = NOT_COLLECTED
    port: Fact[str | None] = None
    connected: Fact[bool] = NOT_COLLECTED
    start_connected: Fact[bool] = NOT_COLLECTED
    addresses: Fact[tuple[str, ...]] = NOT_COLLECTED
    sriov: bool = False
    physical_nic: str | None = None
    filters: tuple[str, ...] = ()
    port_filters: Fact[tuple[str, ...]] = ()


class PassthroughDevice(Record, frozen=True):
    """A physical device given to a machine; ``physical_nic`` is its id where it is a NIC.

    It gives the machine every VLAN of the physical port.
    """

    id: str
    label: str
    physical_nic: Fact[str | None] = NOT_COLLECTED


class SideChannel(Record, frozen=True):
    """What joins a machine with others outside its networks.

    ``medium`` is what both sides name: the disk, or the pipe on the host; of a serial port over the
    network it is the address, of which the other side may name another; of a bus how it is shared.
    """

    kind: Literal["shared-disk", "shared-bus", "serial-port", "pipe"]
    label: str
    medium: str


class Machine(Record, frozen=True):
    """A virtual machine or a template. ``extra`` keeps the source's own keys."""

    id: str
    name: str
    instance_uuid: Fact[str] = NOT_COLLECTED
    host: Fact[str | None] = NOT_COLLECTED
    folder: Fact[str | None] = NOT_COLLECTED
    pool: Fact[str | None] = NOT_COLLECTED
    power: Fact[Literal["on", "off", "suspended"]] = NOT_COLLECTED
    template: Fact[bool] = False
    tags: Fact[tuple[Tag, ...]] = NOT_COLLECTED
    nics: Fact[tuple[VirtualNic, ...]] = NOT_COLLECTED
    passthrough: Fact[tuple[PassthroughDevice, ...]] = NOT_COLLECTED
    side_channels: Fact[tuple[SideChannel, ...]] = NOT_COLLECTED
    cpu: Fact[Allocation] = NOT_COLLECTED
    memory: Fact[Allocation] = NOT_COLLECTED
    cpu_count: Fact[int] = NOT_COLLECTED
    memory_mib: Fact[int] = NOT_COLLECTED
    migration_encryption: Fact[str] = NOT_COLLECTED
    fault_tolerance_encryption: Fact[str] = NOT_COLLECTED
    guest_tools: Fact[str] = NOT_COLLECTED
    extra: Fact[tuple[Setting, ...]] = NOT_COLLECTED
