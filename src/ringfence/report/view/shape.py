"""The wiring of one host as plain comparable values: what must be equal across a cluster.

Names of machines and addresses are left out, since hosts that only differ in those are wired
alike and are drawn once.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from functools import cached_property
from typing import Final, Literal

from ringfence.model.facts import NotRead, known
from ringfence.model.hosts import Host, KernelInterface, PhysicalNic
from ringfence.model.inventory import Inventory
from ringfence.model.network import (
    RENUMBERING,
    PortGroup,
    SecurityPolicy,
    SecuritySetting,
    SwitchMember,
    Teaming,
    UplinkBinding,
    VirtualSwitch,
    vlan_of,
)
from ringfence.policy.document import Policy

NicRole = Literal["active", "standby", "unused", "not read"]
NOT_READ: Final = "not read"
UNDECLARED: Final = "not declared"
OVERLAY: Final = "overlay "


@dataclass(frozen=True, slots=True)
class NicShape:
    """A physical NIC: speed in words, its layer-2 domain, its role on the switch."""

    name: str
    speed: str
    domain: str
    role: NicRole


@dataclass(frozen=True, slots=True)
class KernelShape:
    """A kernel interface and what it serves."""

    name: str
    services: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TabShape:
    """A port group on a host.

    ``security`` has one mark each for promiscuous mode, MAC changes and forged transmits:
    ``reject``, ``accept`` or ``not read``. ``teaming`` is the order of uplinks in words.
    """

    name: str
    vlan: str
    security: tuple[str, str, str]
    teaming: str
    kernels: tuple[KernelShape, ...] = ()

    @property
    def network(self) -> str:
        """The VLAN with that word before it; an overlay network by its own name."""
        return self.vlan if self.vlan.startswith(OVERLAY) else f"VLAN {self.vlan}"

    @property
    def serves_management(self) -> bool:
        """Whether the host is managed through it."""
        return any("management" in kernel.services for kernel in self.kernels)


@dataclass(frozen=True, slots=True)
class SwitchShape:
    """A virtual switch on a host, its physical NICs and port groups, each in order of drawing."""

    name: str
    kind: str
    nics: tuple[NicShape, ...]
    nics_read: bool
    tabs: tuple[TabShape, ...]


@dataclass(frozen=True, slots=True)
class HostShape:
    """All switches of a host, and the physical NICs that belong to none."""

    switches: tuple[SwitchShape, ...]
    loose_nics: tuple[NicShape, ...]
    not_read: tuple[str, ...]


@dataclass(frozen=True)
class Wirings:
    """Reads the shapes of hosts out of an inventory, with the indexes that this needs."""

    inventory: Inventory
    policy: Policy

    @cached_property
    def _members(self) -> Mapping[str, list[tuple[VirtualSwitch, SwitchMember]]]:
        found: dict[str, list[tuple[VirtualSwitch, SwitchMember]]] = {}
        for (switch, host), member in self.inventory.members.items():
            found.setdefault(host, []).append((self.inventory.switches[switch], member))
        return found

    @cached_property
    def _port_groups(self) -> Mapping[tuple[str, str | None], list[PortGroup]]:
        found: dict[tuple[str, str | None], list[PortGroup]] = {}
        for group in self.inventory.snapshot.port_groups:
            if not group.uplink:
                found.setdefault((group.switch, group.host), []).append(group)
        return found

    @cached_property
    def _used(self) -> frozenset[str]:
        """The ids of port groups with anything attached."""
        nics = (nic.port_group for _, nic in self.inventory.virtual_nics())
        own = (each.port_group for _, each in self.inventory.kernel_interfaces())
        return frozenset(group for group in (*nics, *own) if isinstance(group, str))

    def shape(self, host: Host) -> HostShape:
        """Return the wiring of ``host``; the switch that carries its management comes first."""
        nics = (
            {} if isinstance(host.physical_nics, NotRead) else {n.id: n for n in host.physical_nics}
        )
        used: set[str] = set()
        switches = []
        for switch, member in self._members.get(host.id, []):
            switches.append(self._switch(host, switch, member, nics))
            used |= {nic for uplink in known(member.uplinks, ()) for nic in uplink.physical_nics}
        switches.sort(key=_management_first)
        loose = tuple(
            self._nic(host, nic, "unused") for key, nic in nics.items() if key not in used
        )
        missing = []
        if isinstance(host.physical_nics, NotRead):
            missing.append("physical NICs")
        if isinstance(host.kernel_interfaces, NotRead):
            missing.append("kernel interfaces")
        missing.extend(
            f"uplinks of {switch.name}"
            for switch, member in self._members.get(host.id, [])
            if isinstance(member.uplinks, NotRead)
        )
        return HostShape(tuple(switches), loose, tuple(missing))

    def _switch(
        self,
        host: Host,
        switch: VirtualSwitch,
        member: SwitchMember,
        nics: Mapping[str, PhysicalNic],
    ) -> SwitchShape:
        groups = [
            *self._port_groups.get((switch.id, host.id), []),
            *self._port_groups.get((switch.id, None), []),
        ]
        if switch.kind in RENUMBERING:
            # On Linux they are not objects of their own: one without anything on it is nothing.
            groups = [group for group in groups if group.id in self._used]
        uplinks = known(member.uplinks, ())
        roles = _roles(uplinks, [group.teaming for group in groups] or [switch.teaming])
        shapes = [self._nic(host, nics[nic], roles[nic]) for nic in roles if nic in nics]
        tabs = [self._tab(host, group, uplinks) for group in groups]
        return SwitchShape(
            name=switch.name,
            kind=switch.kind,
            nics=tuple(shapes),
            nics_read=not isinstance(member.uplinks, NotRead),
            tabs=tuple(sorted(_once(tabs), key=_kernels_first)),
        )

    def _nic(self, host: Host, nic: PhysicalNic, role: NicRole) -> NicShape:
        return NicShape(nic.name, speed_text(nic), self._domain(host, nic), role)

    def _domain(self, host: Host, nic: PhysicalNic) -> str:
        # One match names the domain; none or several leave it undeclared, as in the proof.
        path = f"{host.name}/{nic.name}"
        found = [
            name
            for name, domain in self.policy.fabric.domains.items()
            if any(fnmatchcase(path, pattern) for pattern in domain.uplinks)
        ]
        return found[0] if len(found) == 1 else UNDECLARED

    def _tab(self, host: Host, group: PortGroup, uplinks: tuple[UplinkBinding, ...]) -> TabShape:
        return TabShape(
            name=group.name,
            vlan=_vlan(group),
            security=security_marks(group),
            teaming=_teaming_text(group.teaming, uplinks),
            kernels=tuple(
                KernelShape(interface.name, _services(interface))
                for interface in known(host.kernel_interfaces, ())
                if interface.port_group == group.id
            ),
        )


def _once(tabs: Iterable[TabShape]) -> Iterator[TabShape]:
    """Yield tabs of different names: two of one name, as of a bridge's own, are drawn together."""
    by_name: dict[str, TabShape] = {}
    for tab in tabs:
        first = by_name.get(tab.name)
        if first is None:
            by_name[tab.name] = tab
            continue
        vlans = dict.fromkeys((first.vlan, tab.vlan))
        # VLAN 0 is in a trunk that begins with it.
        trunk = next((each for each in vlans if each.startswith("trunk 0-")), "")
        vlan = trunk if trunk and "0" in vlans else ", ".join(vlans)
        by_name[tab.name] = replace(first, vlan=vlan, kernels=(*first.kernels, *tab.kernels))
    yield from by_name.values()


def _vlan(group: PortGroup) -> str:
    if group.backing == "overlay":
        return f"{OVERLAY}{group.logical_switch or NOT_READ}"
    return vlan_of(group.vlan)


def speed_text(nic: PhysicalNic) -> str:
    """Return the speed of a link as "10 Gb/s", "link down" or "not read"."""
    if isinstance(nic.speed, NotRead):
        return f"speed {NOT_READ}"
    if nic.speed == 0:
        return "link down"
    return f"{nic.speed / 1000:g} Gb/s" if nic.speed >= 1000 else f"{nic.speed} Mb/s"


def security_marks(group: PortGroup) -> tuple[str, str, str]:
    """Return promiscuous mode, MAC changes and forged transmits: accept, reject, not read."""
    security = group.security
    if isinstance(security, NotRead):
        return (NOT_READ, NOT_READ, NOT_READ)
    return _marks(security)


def _marks(security: SecurityPolicy) -> tuple[str, str, str]:
    def mark(setting: SecuritySetting | NotRead) -> str:
        if isinstance(setting, NotRead):
            return NOT_READ
        return "accept" if setting.accept else "reject"

    return (mark(security.promiscuous), mark(security.mac_changes), mark(security.forged_transmits))


def _services(interface: KernelInterface) -> tuple[str, ...]:
    return (NOT_READ,) if isinstance(interface.services, NotRead) else interface.services


def _roles(
    uplinks: tuple[UplinkBinding, ...], teamings: list[Teaming | NotRead | None]
) -> dict[str, NicRole]:
    """Return the best role of each physical NIC over all port groups of its switch."""
    if any(teaming is None for teaming in teamings):
        best: dict[str, NicRole] = {uplink.name: "active" for uplink in uplinks}
    else:
        read = [teaming for teaming in teamings if isinstance(teaming, Teaming)]
        rest: NicRole = "unused" if len(read) == len(teamings) else NOT_READ
        best = {uplink.name: rest for uplink in uplinks}
        best |= {name: "standby" for teaming in read for name in teaming.standby if name in best}
        best |= {name: "active" for teaming in read for name in teaming.active if name in best}
    return {nic: best[uplink.name] for uplink in uplinks for nic in uplink.physical_nics}


def _teaming_text(teaming: Teaming | NotRead | None, uplinks: tuple[UplinkBinding, ...]) -> str:
    if isinstance(teaming, NotRead):
        return NOT_READ
    if teaming is None:
        return "all active"
    used = (*teaming.active, *teaming.standby)
    parts = [f"{', '.join(teaming.active) or 'none'} active"]
    if teaming.standby:
        parts.append(f"{', '.join(teaming.standby)} standby")
    unused = [uplink.name for uplink in uplinks if uplink.name not in used]
    if unused:
        parts.append(f"{', '.join(unused)} unused")
    return "; ".join(parts)


def _kernels_first(tab: TabShape) -> tuple[bool, bool, str]:
    return (not tab.serves_management, not tab.kernels, tab.name)


def _management_first(switch: SwitchShape) -> tuple[bool, bool, str]:
    return (
        not any(tab.serves_management for tab in switch.tabs),
        not any(tab.kernels for tab in switch.tabs),
        switch.name,
    )
