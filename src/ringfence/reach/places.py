"""Every place of a snapshot, with the groups that it sends into and hears."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final, Literal

import msgspec
from msgspec.structs import replace

from ringfence.model.facts import Fact, NotRead
from ringfence.reach.attachments import (
    SILENT,
    Bound,
    Group,
    Hearing,
    Place,
    domain_group,
    external_group,
    within,
)
from ringfence.reach.fabric import UNDECLARED, FabricFacts
from ringfence.reach.interfaces import device_interfaces, takes_part
from ringfence.reach.joining import Joining
from ringfence.reach.layer2 import Bounds, LayerTwo, worst_if_undeclared
from ringfence.reach.port_filters import UNFILTERED, PortFilters
from ringfence.reach.results import Missing
from ringfence.reach.tagging import Hopping
from ringfence.reach.vlans import VlansInUse

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from ringfence.model.hosts import Host, KernelInterface
    from ringfence.model.inventory import Inventory
    from ringfence.model.machines import Machine, PassthroughDevice, VirtualNic
    from ringfence.model.network import PortGroup
    from ringfence.model.rules import Device
    from ringfence.policy.document import InterfaceAttachment, Policy
    from ringfence.reach.port_filters import Filtering, Stage

Kind = Literal["virtual-nic", "kernel-interface", "passthrough", "external", "device"]


_BOUNDS: Final[tuple[Bound, Bound]] = ("lower", "upper")


def external_place(zone: str) -> str:
    """Return the id of the place where an external zone begins."""
    return f"external:{zone}"


def interface_place(device: str, interface: str) -> str:
    """Return the id of a device's interface."""
    return f"device:{device}/{interface}"


@dataclass(frozen=True)
class Places:
    """All places by id, and what was not read for those whose bounds differ.

    ``lost`` tells that some may stand anywhere, so that they depend on all the others. ``layer2``
    is what they were found with.
    """

    by_id: Mapping[str, Place]
    missing: Mapping[str, tuple[Missing, ...]]
    lost: bool
    layer2: LayerTwo

    @cached_property
    def stages(self) -> frozenset[Stage]:
        """Every filter that stands at any place."""
        at_places = {place.filterings for place in self.by_id.values()}
        return frozenset(
            stage for filterings in at_places for filtering in filterings for stage in filtering
        )

    @cached_property
    def of_owner(self) -> Mapping[str, tuple[Place, ...]]:
        """The places of each machine, host, device and external zone."""
        owned: defaultdict[str, list[Place]] = defaultdict(list)
        for place in self.by_id.values():
            owned[place.owner].append(place)
        return {owner: tuple(places) for owner, places in owned.items()}


def find_places(inventory: Inventory, policy: Policy, *, at_present: bool = False) -> Places:
    """Return every place that takes part in what an attacker may bring about.

    ``at_present``, only uplinks that are in use now carry frames.
    """
    fabric = FabricFacts.of(policy, inventory)
    vlans = VlansInUse.of(inventory, policy, fabric)
    layer2 = LayerTwo(inventory, fabric, vlans, at_present)
    return places_with(inventory, policy, layer2)


def places_with(inventory: Inventory, policy: Policy, layer2: LayerTwo) -> Places:
    """Return the places of what ``inventory`` lists, on the layer 2 of it or of a larger one."""
    return _Finder(inventory, policy, layer2).places()


class _Found(msgspec.Struct, frozen=True, gc=False):
    """A place on the way; ``anywhere`` names the host within which it may stand, or ``*``.

    Only what is ``unattached`` as far as is known, a device's interface, may stand outside too.
    """

    id: str
    owner: str
    kind: Kind
    bounds: Bounds
    anywhere: str | None = None
    unattached: bool = False
    certain: bool = True
    filtering: Filtering = ()


class _Finder:
    def __init__(self, inventory: Inventory, policy: Policy, layer2: LayerTwo) -> None:
        self._inventory = inventory
        self._policy = policy
        self._layer2 = layer2
        self._filters = PortFilters(inventory)

    def places(self) -> Places:
        found = [
            *self._virtual_nics(),
            *self._passthrough(),
            *self._kernel_interfaces(),
            *self._external(),
        ]
        by_id = {one.id: one for one in found}
        found.extend(self._devices(by_id))
        joining = Joining.of(self._inventory, self._layer2)
        hopping = Hopping(self._layer2, joining)
        lost = any(one.anywhere is not None for one in found)
        everywhere = self._all_groups(found) if lost else SILENT
        places: dict[str, Place] = {}
        missing: dict[str, tuple[Missing, ...]] = {}
        for one in found:
            upper = one.bounds.upper
            if one.anywhere is not None:
                upper |= within(everywhere, one.anywhere, external=one.unattached)
            upper = joining.hearing(upper, "upper")
            lacking = one.bounds.missing
            hops: frozenset[Group] = frozenset()
            if one.bounds.tags and one.kind != "device":  # which makes its frames itself
                hops = hopping.reached(upper.sends)
            if hops:
                machine = self._inventory.machines.get(one.owner)
                lacking = (*lacking, hopping.missing(machine.name if machine else one.id, hops))
            places[one.id] = Place(
                one.id,
                one.owner,
                one.kind,
                joining.hearing(one.bounds.lower, "lower"),
                upper,
                certain=one.certain,
                filterings=frozenset({one.filtering}) if one.filtering else UNFILTERED,
                hops=hops,
            )
            if lacking:
                missing[one.id] = lacking
        return Places(places, missing, lost, self._layer2)

    def _virtual_nics(self) -> Iterator[_Found]:
        for machine, nic in self._inventory.virtual_nics():
            takes_any = takes_part(machine, nic)
            if takes_any is False or nic.port_group is None:
                continue
            one = self._filtered(machine, nic)
            if takes_any is None:
                why = Missing(
                    what=f"whether {nic.label} of {machine.name} is connected was not read",
                    how="let the account read the machine's configuration, and collect again",
                )
                missing = (*one.bounds.missing, why)
                bounds = replace(one.bounds, lower=SILENT, missing=missing)
                one = replace(one, bounds=bounds, certain=False)
            yield one
        for machine in self._inventory.snapshot.machines:
            if isinstance(machine.nics, NotRead):
                why = Missing(
                    what=f"the NICs of {machine.name} were not read",
                    how="let the account read the machine's hardware, and collect again",
                )
                yield _Found(
                    f"{machine.id}/nics",
                    machine.id,
                    "virtual-nic",
                    Bounds(SILENT, SILENT, (why,)),
                    _known_host(machine.host),
                )

    def _filtered(self, machine: Machine, nic: VirtualNic) -> _Found:
        """Return the place of a virtual NIC, with the filters that its frames pass."""
        one = self._attached(
            nic.id,
            machine.id,
            "virtual-nic",
            nic.port_group,
            machine.host,
            nic.port,
            skipped=nic.sriov,
        )
        hosts = (machine.host,) if isinstance(machine.host, str) else None
        at_nic = self._filters.at_nic(nic, hosts)
        filtering = (*at_nic, *one.filtering)
        if not filtering:
            return one
        lacking = tuple(self._filters.missing(filtering, f"{nic.label} of {machine.name}"))
        bounds = replace(one.bounds, missing=(*one.bounds.missing, *lacking))
        return replace(one, bounds=bounds, filtering=filtering)

    def _attached(
        self,
        identity: str,
        owner: str,
        kind: Kind,
        port_group: Fact[str | None],
        host: Fact[str | None],
        port: Fact[str | None],
        *,
        skipped: bool = False,
    ) -> _Found:
        """Return a place on a port group; where ``skipped``, it may skip the switch's filter."""
        group = self._inventory.port_groups.get(port_group) if isinstance(port_group, str) else None
        if group is None:
            bounds = Bounds(SILENT, SILENT, (_not_read("network", identity),))
            return _Found(identity, owner, kind, bounds, _known_host(host))
        filtering = self._filters.at_port(group, port, skipped=skipped)
        on_host = host if isinstance(host, str) else group.host
        if on_host is not None:
            bounds = self._layer2.port(group, on_host, port)
            if skipped:  # the card of an SR-IOV NIC looks at no tag behind its own
                bounds = replace(bounds, tags=True)
            return _Found(identity, owner, kind, bounds, filtering=filtering)
        upper, tags = SILENT, skipped
        for each in self._possible_hosts(group):
            there = self._layer2.port(group, each, port)
            upper |= there.upper
            tags |= there.tags
        bounds = Bounds(SILENT, upper, (_not_read("host", identity),), tags)
        return _Found(identity, owner, kind, bounds, filtering=filtering)

    def _possible_hosts(self, group: PortGroup) -> Iterable[str]:
        """Return the hosts on which the group's switch may be."""
        switch = self._inventory.switches.get(group.switch)
        if switch is None or isinstance(switch.members, NotRead) or not switch.members:
            return self._inventory.hosts
        return [member.host for member in switch.members]

    def _kernel_interfaces(self) -> Iterator[_Found]:
        for host, interface in self._inventory.kernel_interfaces():
            if interface.port_group is not None:
                yield self._kernel_interface(host, interface)
        for host in self._inventory.snapshot.hosts:
            if isinstance(host.kernel_interfaces, NotRead):
                why = Missing(
                    what=f"the kernel interfaces of {host.name} were not read",
                    how="let the account read the host's network configuration",
                )
                bounds = Bounds(SILENT, SILENT, (why,))
                identity = f"{host.id}/kernel-interfaces"
                yield _Found(identity, identity, "kernel-interface", bounds, host.id)

    def _kernel_interface(self, host: Host, interface: KernelInterface) -> _Found:
        one = self._attached(
            interface.id,
            interface.id,
            "kernel-interface",
            interface.port_group,
            host.id,
            interface.port,
        )
        lacking = tuple(self._filters.missing(one.filtering, f"{interface.name} of {host.name}"))
        if not lacking:
            return one
        bounds = replace(one.bounds, missing=(*one.bounds.missing, *lacking))
        return replace(one, bounds=bounds)

    def _passthrough(self) -> Iterator[_Found]:
        """Yield what bypasses the switch: every VLAN of the physical port."""
        for machine in self._inventory.snapshot.machines:
            if machine.template is True:
                continue
            if isinstance(machine.passthrough, NotRead):
                why = Missing(
                    what=f"whether {machine.name} has passthrough devices was not read",
                    how="let the account read the machine's hardware, and collect again",
                )
                identity = f"{machine.id}/passthrough"
                bounds = Bounds(SILENT, SILENT, (why,))
                where = _known_host(machine.host)
                yield _Found(identity, machine.id, "passthrough", bounds, where)
                continue
            for device in machine.passthrough:
                if device.physical_nic is not None:
                    yield self._passed_through(machine, device, device.physical_nic)

    def _passed_through(
        self, machine: Machine, device: PassthroughDevice, nic: Fact[str]
    ) -> _Found:
        fabric = self._layer2.fabric
        if isinstance(nic, NotRead) or fabric.domain_of(nic) == UNDECLARED:
            why = Missing(
                what=f"where {device.label} of {machine.name} leads was not read or declared",
                how="declare under fabric.domains where the physical NIC leads",
            )
            bounds = Bounds(SILENT, self._all_wires(), (why,), tags=True)
            return _Found(device.id, machine.id, "passthrough", bounds)
        domain = fabric.domains[fabric.domain_of(nic)]
        groups = frozenset(
            domain_group(domain.name, number)
            for number in self._layer2.vlans.numbers
            if number and domain.carries(number)
        )
        hearing = Hearing(groups, groups)
        bounds = Bounds(hearing, hearing, tags=True)
        return _Found(device.id, machine.id, "passthrough", bounds)

    def _external(self) -> Iterator[_Found]:
        for name, zone in self._policy.zones.items():
            if zone.external:
                group = frozenset({external_group(name)})
                hearing = Hearing(group, group)
                yield _Found(external_place(name), name, "external", Bounds(hearing, hearing))

    def _devices(self, found: Mapping[str, _Found]) -> Iterator[_Found]:
        for device in self._inventory.snapshot.devices:
            declared = self._policy.devices.get(device.id)
            for name, attachment, nic in device_interfaces(self._inventory, device, declared):
                yield self._interface(device, name, attachment, nic, found)

    def _interface(
        self,
        device: Device,
        name: str,
        attachment: InterfaceAttachment | None,
        nic: str | None,
        found: Mapping[str, _Found],
    ) -> _Found:
        identity = interface_place(device.id, name)
        if attachment is not None and attachment.zone is not None:
            group = frozenset({external_group(attachment.zone)})
            return _Found(identity, device.id, "device", Bounds(*(Hearing(group, group),) * 2))
        if attachment is not None and attachment.domain is not None:
            return _Found(identity, device.id, "device", self._wired(attachment))
        if nic is not None:
            # A NIC that is detached or switched off for good hears nothing.
            as_nic = found.get(nic)
            bounds = Bounds(SILENT, SILENT) if as_nic is None else as_nic.bounds
            anywhere = None if as_nic is None else as_nic.anywhere
            filtering = () if as_nic is None else as_nic.filtering
            return _Found(identity, device.id, "device", bounds, anywhere, filtering=filtering)
        why = Missing(
            what=f"what the interface {name} of {device.name} is attached to is not known",
            how=f"declare it under devices.{device.id}.interfaces.{name}",
        )
        bounds = Bounds(SILENT, SILENT, (why,))
        return _Found(identity, device.id, "device", bounds, "*", unattached=True)

    def _wired(self, attachment: InterfaceAttachment) -> Bounds:
        """Return the bounds of an interface on a port of a domain, untagged where no VLAN is."""
        domain = worst_if_undeclared(self._layer2.fabric, attachment.domain or UNDECLARED)
        if attachment.vlan:
            group = frozenset({domain_group(domain.name, attachment.vlan)})
            return Bounds(*(Hearing(group, group),) * 2)
        lower, upper = (
            frozenset(self._layer2.on_wire(domain, (0,), bound, hears=True)) for bound in _BOUNDS
        )
        return Bounds(Hearing(lower, lower), Hearing(upper, upper))

    def _all_wires(self) -> Hearing:
        vlans = self._layer2.vlans.numbers
        domains = (UNDECLARED, *self._layer2.fabric.domains)
        wires = frozenset(domain_group(name, vlan) for name in domains for vlan in vlans)
        return Hearing(wires, wires)

    def _all_groups(self, found: list[_Found]) -> Hearing:
        """Return every group that anything knows, for what may stand anywhere."""
        hearings = {one.bounds.upper for one in found}
        known = self._all_wires().sends.union(*(one.sends | one.hears for one in hearings))
        return Hearing(known, known)


def _not_read(lacking: str, identity: str) -> Missing:
    return Missing(
        what=f"the {lacking} of {identity} was not read",
        how="let the account read machines, networks and hosts, and collect again",
    )


def _known_host(host: Fact[str | None]) -> str:
    return host if isinstance(host, str) else "*"
