"""The places of a snapshot: virtual NICs, passthrough NICs, kernel interfaces, devices, outside."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from ringfence.model.facts import NotRead
from ringfence.model.hosts import Host, KernelInterface
from ringfence.model.machines import Machine, PassthroughDevice, VirtualNic
from ringfence.replay.fabric import EVERY_VLAN, Fabric, Medium, domain_medium
from ringfence.replay.port_filters import Guard, of_nic, of_port
from ringfence.replay.switching import Ends, Switching
from ringfence.replay.wiring import WiredInterface

PlaceKind = Literal[
    "virtual-nic", "passthrough", "kernel-interface", "device-interface", "external"
]


@dataclass(frozen=True, slots=True, eq=False)
class Place:
    """Something that sends and receives frames.

    ``owner`` is the id of its machine, host or device, or the name of its zone; ``machine`` that
    of its machine only. ``group`` and ``host`` are object ids where it is attached to a port group.
    ``guards`` are the filters that its frames pass. ``tags`` tells whether it may send frames
    with several tags.
    """

    id: str
    kind: PlaceKind
    owner: str
    label: str
    ends: Ends
    machine: str | None = None
    group: str | None = None
    host: str | None = None
    guards: tuple[Guard, ...] = ()
    tags: bool = False


def interface_place(interface: WiredInterface) -> str:
    """Return the id of the place that a device's interface is: its virtual NIC, or its own."""
    return interface.nic or f"device:{interface.device}/{interface.name}"


@dataclass(frozen=True)
class Surveyor:
    """Finds every place of a snapshot that takes part."""

    fabric: Fabric
    switching: Switching

    def places(self) -> Iterator[Place]:
        """Yield the places."""
        inventory = self.fabric.inventory
        for machine in inventory.snapshot.machines:
            yield from self._of_machine(machine)
        for host, interface in inventory.kernel_interfaces():
            yield self._kernel_interface(host, interface)
        for zone in self.fabric.wiring.external_zones:
            ends = Ends()
            ends.add(("external", zone), 1, 1)
            yield Place(f"external:{zone}", "external", zone, zone, ends)
        for wired in self.fabric.wiring.interfaces:
            if wired.nic is None:
                yield self._device_interface(wired)

    def _of_machine(self, machine: Machine) -> Iterator[Place]:
        if machine.template is True:
            return
        if isinstance(machine.template, NotRead) and not self.fabric.upper:
            return
        if self.fabric.now and not self._runs(machine):
            return
        for nic in () if isinstance(machine.nics, NotRead) else machine.nics:
            if self._takes_part(nic):
                yield self._virtual_nic(machine, nic)
        for device in () if isinstance(machine.passthrough, NotRead) else machine.passthrough:
            if device.physical_nic is not None:
                yield self._passthrough(machine, device)

    def _runs(self, machine: Machine) -> bool:
        return machine.power == "on" or (self.fabric.upper and isinstance(machine.power, NotRead))

    def _takes_part(self, nic: VirtualNic) -> bool:
        states = (nic.connected,) if self.fabric.now else (nic.connected, nic.start_connected)
        if True in states:
            return True
        return self.fabric.upper and any(isinstance(state, NotRead) for state in states)

    def _virtual_nic(self, machine: Machine, nic: VirtualNic) -> Place:
        ends = self.switching.attached(nic.port_group, nic.port, machine.host)
        inventory = self.fabric.inventory
        at_port = of_port(inventory, nic.port_group, nic.port, sure=not nic.sriov)
        return Place(
            id=nic.id,
            kind="virtual-nic",
            owner=machine.id,
            label=f"{machine.name} ({nic.label})",
            ends=ends,
            machine=machine.id,
            group=None if isinstance(nic.port_group, NotRead) else nic.port_group,
            host=None if isinstance(machine.host, NotRead) else machine.host,
            guards=(*of_nic(inventory, nic, machine.host), *at_port),
            tags=nic.sriov or self.switching.lets_tags_out(nic.port_group, nic.port),
        )

    def _passthrough(self, machine: Machine, device: PassthroughDevice) -> Place:
        """A physical NIC given to a machine: every VLAN of the physical port."""
        ends = Ends()
        nic = device.physical_nic
        domain = self.fabric.domain_of(nic) if isinstance(nic, str) else None
        if domain is not None:
            vlans = self.fabric.carried(domain) | self.fabric.sent(domain, 1)
            ends.add(domain_medium(domain), vlans, vlans)
        elif self.fabric.upper:
            self.switching.on_every_wire(ends)
        return Place(
            id=device.id,
            kind="passthrough",
            owner=machine.id,
            label=f"{machine.name} ({device.label})",
            ends=ends,
            machine=machine.id,
            host=None if isinstance(machine.host, NotRead) else machine.host,
            tags=True,
        )

    def _kernel_interface(self, host: Host, interface: KernelInterface) -> Place:
        group = interface.port_group
        return Place(
            id=interface.id,
            kind="kernel-interface",
            owner=host.id,
            label=f"{host.name} ({interface.name})",
            ends=self.switching.attached(group, interface.port, host.id),
            group=None if isinstance(group, NotRead) else group,
            host=host.id,
            guards=of_port(self.fabric.inventory, group, interface.port, sure=True),
            tags=self.switching.lets_tags_out(group, interface.port),
        )

    def _device_interface(self, wired: WiredInterface) -> Place:
        return Place(
            id=interface_place(wired),
            kind="device-interface",
            owner=wired.device,
            label=f"{wired.device} ({wired.name})",
            ends=self._device_ends(wired),
        )

    def _device_ends(self, wired: WiredInterface) -> Ends:
        ends = Ends()
        if wired.zone is not None:
            ends.add(("external", wired.zone), 1, 1)
            return ends
        domain = None if wired.domain is None else self.fabric.declared(wired.domain)
        if domain is None:
            ends = self.switching.anywhere(None)
            for zone in self.fabric.wiring.external_zones if self.fabric.upper else ():
                ends.add(("external", zone), 1, 1)
            return ends
        medium: Medium = domain_medium(domain)
        if wired.vlan:
            ends.add(medium, 1 << wired.vlan & EVERY_VLAN, 1 << wired.vlan & EVERY_VLAN)
        else:
            ends.add(medium, self.fabric.sent(domain, 1), self.fabric.heard(domain, 1))
        return ends
