"""Hosts, physical domains, switches and port groups of a generated network."""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random
from typing import Any

import msgspec

from ringfence.model.facts import Fact, NotRead
from ringfence.model.hosts import Host, KernelInterface, PhysicalNic
from ringfence.model.network import (
    AccessVlan,
    NoVlan,
    Port,
    PortGroup,
    PortOverrides,
    PrivateVlan,
    PrivateVlanPair,
    Renumbering,
    SwitchMember,
    Teaming,
    TrunkVlan,
    UplinkBinding,
    UplinkTags,
    VirtualSwitch,
    Vlan,
    VlanRange,
)
from ringfence.policy.document import Domain

VLANS = (10, 11, 12)
COMMUNITY, ISOLATED = 13, 14
PRIVATE = (
    PrivateVlanPair(primary=10, secondary=10, kind="promiscuous"),
    PrivateVlanPair(primary=10, secondary=COMMUNITY, kind="community"),
    PrivateVlanPair(primary=10, secondary=ISOLATED, kind="isolated"),
)


@dataclass
class Ground:
    """What the network stands on, as it is being made."""

    chance: Random
    exact: bool
    domains: dict[str, Domain] = field(default_factory=dict)
    hosts: list[Host] = field(default_factory=list)
    switches: list[VirtualSwitch] = field(default_factory=list)
    port_groups: list[PortGroup] = field(default_factory=list)
    ports: list[Port] = field(default_factory=list)
    free_nics: list[str] = field(default_factory=list)
    macs: list[str] = field(default_factory=list)
    used: list[str] = field(default_factory=list)
    translating: bool = False

    def rarely(self) -> bool:
        """Tell whether to do something unusual, which may need two bounds."""
        return not self.exact and self.chance.random() < 0.12

    def attach(
        self, attachment: str, host: str, *, beside_others: bool = False
    ) -> tuple[str | None, str | None]:
        """Return a port group of the host and a live port there, either of which may be none.

        ``beside_others`` prefers port groups that something else is attached to.
        """
        self.macs.append(attachment)
        hosts_of = {
            switch.id: {member.host for member in switch.members}
            for switch in self.switches
            if isinstance(switch.members, tuple)
        }
        groups = [
            group
            for group in self.port_groups
            if (group.host or host) == host and host in hosts_of[group.switch]
        ]
        if not groups or self.chance.random() < 0.05:
            return None, None
        used = [group for group in groups if group.id in self.used]
        if beside_others and used and self.chance.random() < 0.8:
            groups = used
        group = self.chance.choice(groups)
        self.used.append(group.id)
        overrides = group.overrides
        if group.host is not None or not isinstance(overrides, PortOverrides):
            return group.id, None
        port = self._port(attachment, host, group, overrides)
        return group.id, port.id

    def _port(self, attachment: str, host: str, group: PortGroup, may: PortOverrides) -> Port:
        overrides = may.vlan and self.chance.random() < 0.5
        blocked = self.chance.random() < 0.1
        own = (("vlan", overrides), ("blocked", blocked != group.blocked))
        port = Port(
            id=f"{group.switch}/port-{len(self.ports) + 1}",
            key=str(len(self.ports) + 1),
            switch=group.switch,
            port_group=group.id,
            host=host,
            connectee=attachment,
            overridden=tuple(name for name, differs in own if differs),
            vlan=a_vlan(self) if overrides else group.vlan,
            blocked=blocked,
        )
        self.ports.append(port)
        return port

    def with_kernel_interfaces(self, number: int, interfaces: tuple[KernelInterface, ...]) -> None:
        """Give the host of that number its kernel interfaces."""
        self.hosts[number] = msgspec.structs.replace(
            self.hosts[number], kernel_interfaces=interfaces
        )


def lay_ground(chance: Random, *, exact: bool, translating: bool = False) -> Ground:
    """Make hosts with physical NICs, each cabled to one of the declared domains."""
    ground = Ground(chance, exact, translating=translating)
    names = ("site", "lab", "annex")[: chance.choice((1, 1, 2, 2, 3))]
    uplinks: dict[str, list[str]] = {name: [] for name in names}
    for number in range(1, chance.randint(1, 3) + 1):
        identity, name = f"host-{number}", f"esx-{number}.example"
        nics = tuple(
            PhysicalNic(id=f"{identity}/vmnic{each}", name=f"vmnic{each}")
            for each in range(chance.randint(1, 4))
        )
        ground.hosts.append(Host(id=identity, name=name, physical_nics=nics, kernel_interfaces=()))
        ground.free_nics.extend(nic.id for nic in nics)
        for nic in nics:
            if not ground.rarely():
                uplinks[chance.choice(names)].append(f"{name}/{nic.name}")
            if ground.rarely():
                uplinks[chance.choice(names)].append(f"esx-{number}.*/{nic.name}")
    for name in names:
        ground.domains[name] = _domain(ground, uplinks[name])
    return ground


def _domain(ground: Ground, uplinks: list[str]) -> Domain:
    chance = ground.chance
    # A native VLAN that is also a port group's number needs two bounds.
    native: Any = chance.choice(("none", 9, 9, 10 if not ground.exact else "none"))
    if ground.rarely():
        native = "unknown"
    return Domain(
        uplinks=tuple(uplinks),
        vlans=chance.choice((None, None, "10-14", "10,12-13", "9-11")),
        native=native,
        private_vlans=ground.exact or chance.random() < 0.5,
        double_tags="drop" if ground.exact else chance.choice(("drop", "unknown", "unknown")),
    )


def lay_switches(ground: Ground) -> None:
    """Make switches with their uplinks on each host, and port groups on them."""
    chance = ground.chance
    for number in range(1, chance.randint(1, 3) + 1):
        if chance.random() < 0.5:
            hosts = chance.sample(ground.hosts, chance.randint(1, len(ground.hosts)))
            _distributed(ground, f"dvs-{number}", sorted(host.id for host in hosts))
        else:
            for host in ground.hosts:
                _standard(ground, f"{host.id}/vSwitch{number}", host.id)


def _members(
    ground: Ground, hosts: list[str], *, renumber: bool = False
) -> tuple[SwitchMember, ...]:
    members = []
    for host in hosts:
        free = [nic for nic in ground.free_nics if nic.startswith(f"{host}/")]
        taken = free[: ground.chance.choice((0, 1, 1, 2, 2))]
        for nic in taken:
            ground.free_nics.remove(nic)
        bindings = [
            UplinkBinding(name=f"uplink{number}", physical_nics=(nic,))
            for number, nic in enumerate(taken, 1)
        ]
        if renumber:
            bindings = [msgspec.structs.replace(each, tags=_tags(ground)) for each in bindings]
        if len(taken) == 2 and ground.rarely():
            bindings = [UplinkBinding(name="uplink1", physical_nics=tuple(taken), aggregated=True)]
        members.append(SwitchMember(host=host, uplinks=tuple(bindings)))
    return tuple(members)


def _tags(ground: Ground) -> Fact[UplinkTags | None]:
    """Return what an uplink makes of tags: nothing, or any of several things."""
    chance = ground.chance
    if chance.random() < 0.5:
        return None
    if not ground.exact and ground.rarely():
        return NotRead(reason="not-understood", detail="its tags")
    ranges = tuple(
        VlanRange(first=first, last=last)
        for first, last in ((0, 0), (10, 10), (11, 20), (21, 4094))
        if chance.random() < 0.6
    )
    pairs = ((10, 0), (0, 11), (20, 10), (11, 12))
    return UplinkTags(
        carries=ranges,
        renumbers=tuple(
            Renumbering(inside=inside, outside=outside)
            for inside, outside in chance.sample(pairs, chance.choice((0, 1, 2)))
        ),
    )


def _distributed(ground: Ground, identity: str, hosts: list[str]) -> None:
    switch = VirtualSwitch(
        id=identity,
        name=identity,
        kind="distributed",
        members=_members(ground, hosts),
        uplink_names=("uplink1", "uplink2"),
        private_vlans=PRIVATE if ground.chance.random() < 0.8 else (),
    )
    ground.switches.append(switch)
    for number in range(1, ground.chance.randint(1, 4) + 1):
        ground.port_groups.append(_port_group(ground, f"{identity}/group-{number}", identity, None))


def _standard(ground: Ground, identity: str, host: str) -> None:
    bridge = ground.chance.random() < 0.3
    switch = VirtualSwitch(
        id=identity,
        name=identity.partition("/")[2],
        kind="linux-bridge" if bridge else "standard",
        members=_members(ground, [host], renumber=bridge),
        forwards_between_uplinks=bridge and ground.chance.random() < 0.7,
    )
    ground.switches.append(switch)
    for number in range(1, ground.chance.randint(1, 2) + 1):
        ground.port_groups.append(_port_group(ground, f"{identity}/group-{number}", identity, host))


def _port_group(ground: Ground, identity: str, switch: str, host: str | None) -> PortGroup:
    chance = ground.chance
    overlay = ground.rarely()
    return PortGroup(
        id=identity,
        name=f"group {identity}",
        switch=switch,
        host=host,
        uplink=chance.random() < 0.04,
        backing="overlay" if overlay else "vlan",
        logical_switch="ls-1" if overlay else None,
        vlan=a_vlan(ground, private=host is None),
        teaming=_teaming(chance),
        overrides=_overrides(chance) if host is None else None,
        blocked=chance.random() < 0.04,
    )


def _overrides(chance: Random) -> PortOverrides:
    words = (
        "security mac_management filters teaming flow_monitoring live_moving resource_pool "
        "reset_at_disconnect"
    )
    return PortOverrides(vlan=chance.random() < 0.5, **dict.fromkeys(words.split(), False))


def _teaming(chance: Random) -> Teaming | None:
    if chance.random() < 0.3:
        return None
    names = ["uplink1", "uplink2"]
    chance.shuffle(names)
    active, standby = chance.choice(((2, 0), (2, 0), (1, 1), (1, 1), (1, 0), (0, 1), (0, 0)))
    return Teaming(
        policy="loadbalance_srcid",
        active=tuple(names[:active]),
        standby=tuple(names[active : active + standby]),
    )


def a_vlan(ground: Ground, *, private: bool = True) -> Vlan:
    """Return a VLAN setting."""
    chance = ground.chance
    kind = chance.random()
    if kind < 0.55:
        return AccessVlan(vlan=chance.choice(VLANS if ground.exact else (*VLANS, 9)))
    if kind < 0.7:
        return NoVlan()
    if kind < 0.85 or not private:
        return TrunkVlan(
            ranges=chance.choice(
                (
                    (VlanRange(10, 11),),
                    (VlanRange(0, 4094),) if not ground.exact else (VlanRange(10, 4094),),
                    (VlanRange(12, 12), VlanRange(10, 10)),
                    (VlanRange(0, 0), VlanRange(11, 12)),
                    (VlanRange(9, 10),) if not ground.exact else (VlanRange(10, 12),),
                )
            )
        )
    return chance.choice(
        (
            PrivateVlan(primary=10, secondary=10, kind="promiscuous"),
            PrivateVlan(primary=10, secondary=COMMUNITY, kind="community"),
            PrivateVlan(primary=10, secondary=ISOLATED, kind="isolated"),
            PrivateVlan(primary=10, secondary=ISOLATED, kind="isolated"),
        )
    )
