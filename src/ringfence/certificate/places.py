"""Where something may stand: virtual NICs, kernel interfaces, devices' interfaces, what is outside.

Each place is found anew from the snapshot and the policy, with all that it may send into and hear.
What was not read makes a place stand wherever it may.
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final, Literal

from ringfence.certificate.own_nics import names, nic_of, unnamed_nics
from ringfence.certificate.port_filters import Filters, PortFilters
from ringfence.certificate.ports import Ends, Ports
from ringfence.certificate.vlans import ANY_VLAN, OVERLAY, Medium, Vlans, Wires, add
from ringfence.model.facts import Fact, NotRead

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ringfence.model.inventory import Inventory
    from ringfence.model.machines import Machine, PassthroughDevice, VirtualNic
    from ringfence.model.rules import Device
    from ringfence.policy.document import InterfaceAttachment, Policy

Kind = Literal["virtual-nic", "kernel-interface", "passthrough", "external", "device"]
ANYWHERE: Final = "*"
_UNKNOWN_INTERFACE: Final = "?"


@dataclass(frozen=True)
class Place:
    """A place of an owner (machine, host's interface, device, external zone).

    Places with the same ``shape`` have the same ends. ``name`` is a device's interface, ``filters``
    what surely stands between the place and its switch. ``tags`` tells whether frames of several
    tags may leave it, ``attacks`` where whoever owns it may send; of devices, it is not asked.
    """

    id: str
    owner: str
    kind: Kind
    shape: Hashable
    ends: Ends
    name: str = ""
    filters: Filters = ()
    tags: bool = False
    attacks: Vlans = field(default_factory=dict, compare=False)


@dataclass(frozen=True)
class _Lost:
    """A place that may stand anywhere on a host, or with ``*`` on any; devices outside too."""

    id: str
    owner: str
    kind: Kind
    host: str
    name: str = ""
    filters: Filters = ()


class Finder:
    """Finds every place that may take part."""

    def __init__(self, inventory: Inventory, policy: Policy) -> None:
        self._inventory = inventory
        self._policy = policy
        self._wires = Wires(inventory, policy)
        self._ports = Ports(inventory, self._wires)
        self.filters = PortFilters(inventory)
        self._carried: dict[Hashable, tuple[Ends, Vlans]] = {}

    def places(self, devices: tuple[Device, ...]) -> Mapping[str, Place]:
        """Return all places by id."""
        found: dict[str, Place | _Lost] = {}
        for one in (*self._machines(), *self._kernel_interfaces(), *self._external()):
            found[one.id] = one
        for device in devices:
            for one in self._interfaces(device, dict(found)):
                found[one.id] = one
        nodes = {
            medium
            for one in found.values()
            if isinstance(one, Place)
            for medium in (*one.ends.sends, *one.ends.hears)
            if medium[0] == "node"
        }
        nodes.update(node for node, _ in self._wires.bridges)
        return {
            one.id: self._carried_on(self._settled(one, nodes) if isinstance(one, _Lost) else one)
            for one in found.values()
        }

    def _carried_on(self, place: Place) -> Place:
        """Add to what a place sends into where bridges carry its frames on to."""
        key = (place.shape, place.tags)
        known = self._carried.get(key)
        if known is None:
            sends = self._wires.carried_on(place.ends.sends)
            attacks = self._wires.carried_on(sends, tags=True) if place.tags else sends
            known = self._carried[key] = (Ends(sends, place.ends.hears), attacks)
        return replace(place, ends=known[0], attacks=known[1])

    def _settled(self, lost: _Lost, nodes: set[Medium]) -> Place:
        ends = self._every_wire()
        media = [node for node in nodes if lost.host in (ANYWHERE, node[1])]
        media.append(OVERLAY)
        if lost.kind == "device" and lost.host == ANYWHERE:
            media += (("external", name) for name, zone in self._external_zones())
        for medium in media:
            add(ends.sends, medium, ANY_VLAN)
            add(ends.hears, medium, ANY_VLAN)
        shape = ("lost", lost.host, lost.kind == "device")
        return Place(lost.id, lost.owner, lost.kind, shape, ends, lost.name, lost.filters)

    def _every_wire(self) -> Ends:
        ends = Ends()
        for wire in self._wires.every:
            add(ends.sends, wire.medium, ANY_VLAN)
            add(ends.hears, wire.medium, ANY_VLAN)
        return ends

    def _machines(self) -> Iterator[Place | _Lost]:
        for machine in self._inventory.snapshot.machines:
            if machine.template is True:
                continue
            host = _known(machine.host)
            if isinstance(machine.nics, NotRead):
                yield _Lost(f"{machine.id}/nics", machine.id, "virtual-nic", host)
            else:
                yield from self._nics(machine, machine.nics)
            if isinstance(machine.passthrough, NotRead):
                yield _Lost(f"{machine.id}/passthrough", machine.id, "passthrough", host)
            else:
                for device in machine.passthrough:
                    if device.physical_nic is not None:
                        yield self._passed_through(machine, device, device.physical_nic)

    def _nics(self, machine: Machine, nics: tuple[VirtualNic, ...]) -> Iterator[Place | _Lost]:
        for nic in nics:
            # What was not read may be connected; so may what is powered off.
            apart = nic.connected is False and nic.start_connected is False
            if not apart and nic.port_group is not None:
                yield self._attached(
                    nic.id, machine.id, "virtual-nic", nic.port_group, machine.host, nic.port, nic
                )

    def _attached(
        self,
        identity: str,
        owner: str,
        kind: Kind,
        port_group: Fact[str],
        host: Fact[str | None],
        port: Fact[str | None],
        nic: VirtualNic | None = None,
    ) -> Place | _Lost:
        groups = self._inventory.port_groups
        group = None if isinstance(port_group, NotRead) else groups.get(port_group)
        filters = self.filters.at(group, port, nic, _known(host))
        if group is None:
            return _Lost(identity, owner, kind, _known(host), filters=filters)
        shape, ends = self._ports.attached(group, host, port)
        tags = (nic is not None and nic.sriov) or self._ports.let_tags_out(group, port)
        return Place(identity, owner, kind, shape, ends, filters=filters, tags=tags)

    def _passed_through(self, machine: Machine, device: PassthroughDevice, nic: Fact[str]) -> Place:
        """Return what bypasses the switch: every VLAN of the physical port."""
        wires = self._wires.every if isinstance(nic, NotRead) else self._wires.behind((nic,))
        ends = self._every_wire() if wires == self._wires.every else Ends()
        for wire in wires:
            add(ends.sends, wire.medium, wire.carries)
            add(ends.hears, wire.medium, wire.carries)
        shape = ("wires", *sorted(wire.medium for wire in wires))
        return Place(device.id, machine.id, "passthrough", shape, ends, tags=True)

    def _kernel_interfaces(self) -> Iterator[Place | _Lost]:
        for host in self._inventory.snapshot.hosts:
            if isinstance(host.kernel_interfaces, NotRead):
                identity = f"{host.id}/kernel-interfaces"
                yield _Lost(identity, identity, "kernel-interface", host.id)
                continue
            for one in host.kernel_interfaces:
                if one.port_group is not None:
                    yield self._attached(
                        one.id, one.id, "kernel-interface", one.port_group, host.id, one.port
                    )

    def _external_zones(self) -> Iterator[tuple[str, Medium]]:
        for name, zone in self._policy.zones.items():
            if zone.external:
                yield name, ("external", name)

    def _external(self) -> Iterator[Place]:
        for name, medium in self._external_zones():
            yield Place(f"external:{name}", name, "external", medium, _only(medium, 1))

    def _interfaces(
        self, device: Device, found: Mapping[str, Place | _Lost]
    ) -> Iterator[Place | _Lost]:
        declared = self._policy.devices.get(device.id)
        attachments = {} if declared is None else declared.interfaces
        machine = self._inventory.machines.get(device.machine or "")
        for name in names(device, declared) or (_UNKNOWN_INTERFACE,):
            nic = nic_of(machine, device, name, attachments.get(name))
            yield self._interface(device, name, attachments.get(name), nic, found)
        for nic in unnamed_nics(machine, device, declared):
            name = f"{_UNKNOWN_INTERFACE}{nic.label}"
            yield self._interface(device, name, None, nic, found)

    def _interface(
        self,
        device: Device,
        name: str,
        attachment: InterfaceAttachment | None,
        nic: VirtualNic | None,
        found: Mapping[str, Place | _Lost],
    ) -> Place | _Lost:
        identity = f"device:{device.id}/{name}"
        if attachment is not None and attachment.zone is not None:
            medium = ("external", attachment.zone)
            return Place(identity, device.id, "device", medium, _only(medium, 1), name)
        if attachment is not None and attachment.domain is not None:
            ends = self._on_port(attachment.domain, attachment.vlan or 0)
            return Place(identity, device.id, "device", identity, ends, name)
        if nic is None:
            return _Lost(identity, device.id, "device", ANYWHERE, name)
        match found.get(nic.id):
            case Place() as place:
                return replace(place, id=identity, owner=device.id, kind="device", name=name)
            case _Lost() as lost:
                return replace(lost, id=identity, owner=device.id, kind="device", name=name)
            case None:
                return Place(identity, device.id, "device", "detached", Ends(), name)

    def _on_port(self, domain: str, vlan: int) -> Ends:
        """Return the ends of an interface on a physical port, untagged for VLAN 0."""
        wire = self._wires.declared.get(domain)
        ends = Ends()
        for one in (wire,) if wire is not None else self._wires.every:
            numbers = 1 << vlan if vlan else one.untagged
            add(ends.sends, one.medium, numbers)
            add(ends.hears, one.medium, numbers)
        return ends


def _only(medium: Medium, numbers: int) -> Ends:
    return Ends({medium: numbers}, {medium: numbers})


def _known(host: Fact[str | None]) -> str:
    return host if isinstance(host, str) else ANYWHERE
