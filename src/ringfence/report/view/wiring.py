"""The wiring of every host, hosts that are wired alike together, cluster by cluster."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import repeat
from typing import Final

from ringfence.foundation.text import counted, listed
from ringfence.model.facts import NotRead, known
from ringfence.model.hosts import Host
from ringfence.model.inventory import Inventory
from ringfence.model.machines import Machine, VirtualNic
from ringfence.model.network import vlan_of
from ringfence.policy.membership import Membership
from ringfence.report.format import ReportInput
from ringfence.report.view.attached import (
    Attached,
    Attachments,
    TabKey,
    attachments,
    natural,
)
from ringfence.report.view.differences import Key, differences
from ringfence.report.view.shape import HostShape, Wirings

ALONE: Final = "hosts without a cluster"


@dataclass(frozen=True)
class Drawing:
    """Hosts that are wired alike, with what is attached to them.

    ``other`` is what the cluster's other hosts have instead, by aspect; ``zones`` are the zones
    that each port group's network stands for; ``addresses`` those of kernel interfaces, by
    interface, one for each host.
    """

    hosts: tuple[str, ...]
    shape: HostShape
    other: Mapping[Key, str]
    attached: Attachments
    zones: Mapping[TabKey, tuple[str, ...]]
    addresses: Mapping[str, tuple[str, ...]]
    notes: tuple[str, ...]

    @property
    def differs(self) -> bool:
        """Whether it is wired unlike the cluster's other hosts."""
        return bool(self.other)


@dataclass(frozen=True)
class ClusterWiring:
    """A cluster, its drawings in order of their first host, and how many hosts it has."""

    name: str
    drawings: tuple[Drawing, ...]

    @property
    def hosts(self) -> int:
        """How many hosts are drawn."""
        return sum(len(drawing.hosts) for drawing in self.drawings)


def cluster_wirings(told: ReportInput) -> tuple[ClusterWiring, ...]:
    """Return the wiring of all hosts of the inventory, by cluster name."""
    return tuple(_Reader(told).clusters())


@dataclass(frozen=True)
class _Reader:
    told: ReportInput

    @property
    def inventory(self) -> Inventory:
        return self.told.inventory

    @cached_property
    def _membership(self) -> Mapping[str, Membership]:
        return {each.attachment: each for each in self.told.memberships}

    @cached_property
    def _machines(self) -> Mapping[str, list[Machine]]:
        found: dict[str, list[Machine]] = {}
        for machine in self.inventory.snapshot.machines:
            host = known(machine.host, None)
            if host is not None and machine.template is not True:
                found.setdefault(host, []).append(machine)
        return found

    @cached_property
    def _short(self) -> Mapping[str, str]:
        return short_names([host.name for host in self.inventory.snapshot.hosts])

    def clusters(self) -> Iterator[ClusterWiring]:
        groups: dict[str, list[Host]] = {}
        for host in self.inventory.snapshot.hosts:
            cluster = self.inventory.clusters.get(host.cluster or "")
            groups.setdefault(cluster.name if cluster else ALONE, []).append(host)
        for name in sorted(groups, key=lambda each: (each == ALONE, each)):
            yield ClusterWiring(name, self._drawings(groups[name], comparable=name != ALONE))

    def _drawings(self, hosts: list[Host], *, comparable: bool) -> tuple[Drawing, ...]:
        wirings = Wirings(self.inventory, self.told.policy)
        alike: dict[HostShape, list[Host]] = {}
        for host in sorted(hosts, key=lambda each: natural(each.name)):
            alike.setdefault(wirings.shape(host), []).append(host)
        counted_shapes = [(shape, len(group)) for shape, group in alike.items()]
        others = differences(counted_shapes) if comparable else repeat({}, len(alike))
        return tuple(
            self._drawing(group, shape, other)
            for (shape, group), other in zip(alike.items(), others, strict=True)
        )

    def _drawing(self, hosts: list[Host], shape: HostShape, other: Mapping[Key, str]) -> Drawing:
        zones: dict[TabKey, dict[str, None]] = {}
        found: list[Attached] = []
        notes: list[str] = [f"Not read: {what}." for what in shape.not_read]
        addresses: dict[str, list[str]] = {}
        for host in hosts:
            for interface in known(host.kernel_interfaces, ()):
                addresses.setdefault(interface.name, []).extend(known(interface.addresses, ()))
                tab = self._tab(known(interface.port_group, None))
                membership = self._membership.get(interface.id)
                if tab is not None and membership is not None:
                    zones.setdefault(tab, {}).update(dict.fromkeys(membership.network_zones))
            for machine in self._machines.get(host.id, ()):
                attached = self._attached(machine, host)
                found.append(attached)
                for tab, membership in zip(attached.tabs, attached.memberships, strict=True):
                    zones.setdefault(tab, {}).update(dict.fromkeys(membership.network_zones))
        notes.extend(self._notes(hosts))
        return Drawing(
            hosts=tuple(self._short[host.name] for host in hosts),
            shape=shape,
            other=other,
            attached=attachments(found),
            zones={tab: tuple(names) for tab, names in zones.items()},
            addresses={name: tuple(values) for name, values in addresses.items()},
            notes=tuple(notes),
        )

    def _tab(self, port_group: str | None) -> TabKey | None:
        group = self.inventory.port_groups.get(port_group or "")
        switch = self.inventory.switches.get(group.switch) if group else None
        return (switch.name, group.name) if group and switch else None

    def _attached(self, machine: Machine, host: Host) -> Attached:
        tabs: list[TabKey] = []
        memberships: list[Membership] = []
        own: list[str] = []
        for nic in known(machine.nics, ()):
            tab = self._tab(known(nic.port_group, None))
            if tab is not None:
                tabs.append(tab)
                memberships.append(self._membership.get(nic.id) or _undecided(machine, nic))
                own.extend(self._own(nic))
        return Attached(
            machine.name,
            self._short[host.name],
            tuple(tabs),
            tuple(memberships),
            ", ".join(dict.fromkeys(own)),
        )

    def _own(self, nic: VirtualNic) -> Iterator[str]:
        """What the live port of a NIC sets for itself."""
        port = self.inventory.ports.get(known(nic.port, None) or "")
        overridden = known(port.overridden, ()) if port else ()
        if port and "vlan" in overridden:
            yield f"VLAN {vlan_of(port.vlan)}"
        if {"security", "mac-management"} & set(overridden):
            yield "own security"
        if "filters" in overridden:
            yield "own filters"

    def _notes(self, hosts: list[Host]) -> Iterator[str]:
        """What is on the hosts and cannot be drawn as a machine on a tab."""
        unread: list[str] = []
        for host in hosts:
            for machine in self._machines.get(host.id, ()):
                if isinstance(machine.nics, NotRead) or any(
                    isinstance(nic.port_group, NotRead) for nic in machine.nics
                ):
                    unread.append(machine.name)
                own = dict.fromkeys(
                    what for nic in known(machine.nics, ()) for what in self._own(nic)
                )
                if own:
                    yield (
                        f"The live port of {machine.name} on {self._short[host.name]} has "
                        f"{listed(own)}, unlike its port group."
                    )
                for device in known(machine.passthrough, ()):
                    nic = self.inventory.physical_nics.get(known(device.physical_nic, None) or "")
                    what = (
                        f"the physical NIC {nic[1].name}" if nic else f"the device {device.label}"
                    )
                    yield (
                        f"{machine.name} on {self._short[host.name]} owns {what} directly "
                        "(passthrough): no virtual switch stands between."
                    )
        if unread:
            yield (
                f"The networks of {counted(len(unread), 'machine')} were not read: "
                f"{listed(unread)}."
            )


def _undecided(machine: Machine, nic: VirtualNic) -> Membership:
    return Membership(
        attachment=nic.id,
        owner=machine.id,
        kind="virtual-nic",
        standing="unread",
        zone=None,
        network_zones=(),
        machine_zones=(),
    )


def short_names(names: list[str]) -> Mapping[str, str]:
    """Return each name without the domain that all of them share, while they stay different."""
    parts = {name: name.split(".", 1) for name in names}
    domains = {split[1] if len(split) == 2 else "" for split in parts.values()}
    shortened = {name: split[0] for name, split in parts.items()}
    if len(domains) == 1 and len(set(shortened.values())) == len(shortened):
        return shortened
    return {name: name for name in names}
