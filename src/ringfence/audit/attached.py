"""What is attached to which network, and the zones that follow from it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from ringfence.audit.wiring import used_uplinks
from ringfence.model.facts import Fact, NotRead
from ringfence.model.hosts import Host, KernelInterface
from ringfence.model.inventory import Inventory
from ringfence.model.machines import Machine, VirtualNic
from ringfence.model.network import RENUMBERING, Port, PortGroup
from ringfence.policy.document import Policy
from ringfence.policy.members import Memberships
from ringfence.policy.membership import Membership
from ringfence.policy.networks import NetworkStatements

NicOfMachine = tuple[Machine, VirtualNic]
InterfaceOfHost = tuple[Host, KernelInterface]


@dataclass(frozen=True)
class Attached:
    """Indexes over virtual NICs and kernel interfaces, each made when first asked for."""

    inventory: Inventory
    policy: Policy
    memberships: Memberships

    @property
    def membership(self) -> Mapping[str, Membership]:
        """The membership of each attachment by its id."""
        return self.memberships.by_attachment

    @cached_property
    def nics(self) -> Mapping[str, tuple[NicOfMachine, ...]]:
        """The virtual NICs on each port group, templates left out."""
        found: dict[str, list[NicOfMachine]] = defaultdict(list)
        for machine, nic in self.inventory.virtual_nics():
            if isinstance(nic.port_group, str) and machine.template is not True:
                found[nic.port_group].append((machine, nic))
        return {group: tuple(nics) for group, nics in found.items()}

    @cached_property
    def interfaces(self) -> Mapping[str, tuple[InterfaceOfHost, ...]]:
        """The kernel interfaces on each port group."""
        found: dict[str, tuple[InterfaceOfHost, ...]] = defaultdict(tuple)
        for host, interface in self.inventory.kernel_interfaces():
            if isinstance(interface.port_group, str):
                found[interface.port_group] += ((host, interface),)
        return dict(found)

    @cached_property
    def port_groups(self) -> Mapping[str, tuple[PortGroup, ...]]:
        """The port groups of each switch, those for uplinks left out."""
        found: dict[str, list[PortGroup]] = defaultdict(list)
        for group in self.inventory.port_groups.values():
            if not group.uplink:
                found[group.switch].append(group)
        return {switch: tuple(groups) for switch, groups in found.items()}

    @cached_property
    def wired_alike(self) -> Mapping[str, tuple[tuple[PortGroup, ...], ...]]:
        """The port groups of each switch, those that use the same uplinks together.

        A large switch has thousands of port groups and few ways to use its uplinks.
        """
        found = {}
        for switch, groups in self.port_groups.items():
            alike: dict[object, list[PortGroup]] = defaultdict(list)
            for group in groups:
                alike[used_uplinks(group)].append(group)
            found[switch] = tuple(tuple(together) for together in alike.values())
        return found

    def zones_of(self, group: PortGroup) -> tuple[str, ...]:
        """Return the zones whose network this port group is, whatever is attached to it."""
        return self._networks.of(group.id, None, (), reported=False).zones

    def may_be_of(self, group: PortGroup) -> tuple[str, ...]:
        """Return the zones whose network it would be if facts that were not read turned out so."""
        return self._networks.of(group.id, None, (), reported=False).perhaps

    def zones_of_switch(self, switch: str) -> tuple[str, ...]:
        """Return the zones of all port groups of a switch."""
        return self._zones_by_switch.get(switch, ())

    def zones_of_owner(self, owner: str) -> tuple[str, ...]:
        """Return the zones of a machine's NICs, by either statement."""
        return self._zones_by_owner.get(owner, ())

    def zones_of_device(self, device: str) -> tuple[str, ...]:
        """Return the zones that the virtual NICs of a declared device stand in."""
        return _once(
            *(
                zone
                for member in self.memberships.every
                if member.device == device
                for zone in member.network_zones
            )
        )

    def zones_of_port(self, port: Port) -> tuple[str, ...]:
        """Return the zones of what is connected to a port and of its port group."""
        group = self.inventory.port_groups.get(port.port_group)
        member = self._member_at(port)
        return _once(
            *(() if group is None else self.zones_of(group)),
            *(() if member is None or member.zone is None else (member.zone,)),
        )

    def connectee(self, port: Port) -> Fact[str | None]:
        """Return what is connected to a port; where the port does not tell, by what names it.

        A switch on Linux has a port for whatever is connected, and tells of it there alone.
        """
        if not isinstance(port.connectee, NotRead):
            return port.connectee
        if port.id in self._by_port:
            return self._by_port[port.id]
        switch = self.inventory.switches.get(port.switch)
        return None if switch is not None and switch.kind in RENUMBERING else port.connectee

    def owner_of_port(self, port: Port) -> str:
        """Return the name of the machine or host that is connected to a port, "" where none."""
        member = self._member_at(port)
        if member is None:
            return ""
        owner = self.inventory.machines.get(member.owner) or self.inventory.hosts.get(member.owner)
        return "" if owner is None else owner.name

    def _member_at(self, port: Port) -> Membership | None:
        connectee = self.connectee(port)
        return self.membership.get(connectee) if isinstance(connectee, str) else None

    def devices_only(self, group: PortGroup) -> bool:
        """Tell whether only declared devices are attached, and at least one is."""
        if self.interfaces.get(group.id):
            return False
        nics = self.nics.get(group.id, ())
        return bool(nics) and all(self.is_device(nic.id) for _, nic in nics)

    def is_device(self, attachment: str) -> bool:
        """Tell whether an attachment belongs to a device that the policy declares."""
        member = self.membership.get(attachment)
        return member is not None and member.device is not None

    @cached_property
    def _by_port(self) -> Mapping[str, str]:
        attachments: tuple[VirtualNic | KernelInterface, ...] = (
            *(nic for _, nic in self.inventory.virtual_nics()),
            *(interface for _, interface in self.inventory.kernel_interfaces()),
        )
        return {one.port: one.id for one in attachments if isinstance(one.port, str)}

    @cached_property
    def _networks(self) -> NetworkStatements:
        return NetworkStatements(self.policy, self.inventory)

    @cached_property
    def _zones_by_switch(self) -> Mapping[str, tuple[str, ...]]:
        found: dict[str, tuple[str, ...]] = {}
        for switch, groups in self.port_groups.items():
            found[switch] = _once(*(zone for group in groups for zone in self.zones_of(group)))
        return found

    @cached_property
    def _zones_by_owner(self) -> Mapping[str, tuple[str, ...]]:
        found: dict[str, tuple[str, ...]] = defaultdict(tuple)
        for member in self.memberships.every:
            zones = (*member.machine_zones, *member.network_zones)
            found[member.owner] = _once(*found[member.owner], *zones)
        return dict(found)


def names_of(nics: Iterable[NicOfMachine]) -> tuple[str, ...]:
    """Return the names of the machines, each once, sorted."""
    return tuple(sorted({machine.name for machine, _ in nics}))


def unread_nics(inventory: Inventory) -> Iterable[tuple[Machine, NotRead]]:
    """Yield the machines whose NICs were not read, templates left out."""
    for machine in inventory.machines.values():
        if isinstance(machine.nics, NotRead) and machine.template is not True:
            yield machine, machine.nics


def _once(*names: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(names))
