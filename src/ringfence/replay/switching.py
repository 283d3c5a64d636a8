"""Where frames of a place on a port group go, and which frames it hears."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import assert_never

from ringfence.model.facts import Fact, NotRead
from ringfence.model.network import (
    AccessVlan,
    NoVlan,
    Port,
    PortGroup,
    PrivateVlan,
    Teaming,
    TrunkVlan,
    Vlan,
)
from ringfence.replay.fabric import (
    EVERY_VLAN,
    OVERLAY,
    Fabric,
    Medium,
    Reach,
    Vlans,
    add,
    domain_medium,
    node,
    vlan_set,
)
from ringfence.replay.wiring import WiredDomain


@dataclass(frozen=True, slots=True)
class Ends:
    """The VLANs of each medium that a place sends into, and those that it hears."""

    sends: Reach = field(default_factory=dict)
    hears: Reach = field(default_factory=dict)

    def add(self, medium: Medium, sent: Vlans, heard: Vlans) -> None:
        """Add VLANs of a medium."""
        add(self.sends, medium, sent)
        add(self.hears, medium, heard)


@dataclass(frozen=True)
class Switching:
    """The virtual switches of a snapshot, seen from the places attached to them."""

    fabric: Fabric

    def attached(
        self, group_id: Fact[str | None], port_id: Fact[str | None], host: Fact[str | None]
    ) -> Ends:
        """Return the ends of a place on a port group (and port, where known) of a host.

        A place without a network has none.
        """
        if group_id is None:
            return Ends()
        inventory = self.fabric.inventory
        group = None if isinstance(group_id, NotRead) else inventory.port_groups.get(group_id)
        if group is None:
            return self.anywhere(host)
        port = self._port(port_id)
        certain = port_id is None or port is not None
        if not self._may_pass(group, port, certain=certain):
            return Ends()
        if group.backing == "overlay":
            ends = Ends()
            if self.fabric.upper:
                ends.add(OVERLAY, 1, 1)
            return ends
        vlan = self._vlan(group, port, certain=certain)
        if isinstance(vlan, NotRead) and not self.fabric.upper:
            return Ends()
        ends = Ends()
        for each in self._hosts(group, host):
            self._on_host(ends, group, vlan, each, self._used(group, port, certain=certain))
        return ends

    def lets_tags_out(self, group_id: Fact[str | None], port_id: Fact[str | None]) -> bool:
        """Tell whether a port may let frames with several tags out.

        Of vSphere's switches, those for one VLAN or none do not. Others take a frame whose first
        tag names VLAN 0 for untagged, whatever is behind it.
        """
        inventory = self.fabric.inventory
        group = None if not isinstance(group_id, str) else inventory.port_groups.get(group_id)
        if group is None:
            return True
        if group.backing == "overlay":
            return False
        port = self._port(port_id)
        vlan = self._vlan(group, port, certain=port_id is None or port is not None)
        switch = inventory.switches.get(group.switch)
        if switch is None or switch.kind in {"linux-bridge", "open-vswitch"}:
            return True
        return isinstance(vlan, NotRead | TrunkVlan)

    def anywhere(self, host: Fact[str | None]) -> Ends:
        """Return the ends of a place whose network is not known: none, or all that there are."""
        ends = Ends()
        if not self.fabric.upper:
            return ends
        for each, nodes in self._nodes.items():
            if isinstance(host, NotRead) or host is None or each == host:
                for medium in nodes:
                    ends.add(medium, EVERY_VLAN, EVERY_VLAN)
        self.on_every_wire(ends)
        ends.add(OVERLAY, 1, 1)
        return ends

    def on_every_wire(self, ends: Ends) -> None:
        """Add every VLAN of every domain."""
        for domain in self.fabric.every_domain():
            ends.add(domain_medium(domain), EVERY_VLAN, EVERY_VLAN)

    def through(
        self, ends: Ends, domains: tuple[WiredDomain, ...], sent: Vlans, heard: Vlans
    ) -> None:
        """Add what VLANs of a switch become beyond uplinks to ``domains``."""
        for domain in domains:
            ends.add(
                domain_medium(domain),
                self.fabric.sent(domain, sent),
                self.fabric.heard(domain, heard),
            )

    def _on_host(
        self,
        ends: Ends,
        group: PortGroup,
        vlan: Fact[Vlan],
        host: str,
        used: Fact[Teaming | None],
    ) -> None:
        sent, heard = self._vlans(group.switch, vlan)
        ends.add(node(host, group.switch), sent, heard)
        if isinstance(used, NotRead) and not self.fabric.upper:
            return
        active: tuple[str, ...] | None = None
        standby: tuple[str, ...] = ()
        if used is not None and not isinstance(used, NotRead):
            active, standby = used.active, used.standby
        for domain in self.fabric.joined(group.switch, host, active, standby):
            # Physical switches that do not know the pairs may join isolated ports of two hosts.
            joins = (
                1 << vlan.primary
                if isinstance(vlan, PrivateVlan) and self.fabric.upper and not domain.private_vlans
                else 0
            )
            self.through(ends, (domain,), sent | joins, heard | joins)

    def _vlans(self, switch: str, vlan: Fact[Vlan]) -> tuple[Vlans, Vlans]:
        """Return the VLANs of its switch that a port sends into, and those that it hears."""
        match vlan:
            case NotRead():
                return EVERY_VLAN, EVERY_VLAN
            case NoVlan():
                return 1, 1
            case AccessVlan(vlan=number):
                return 1 << number, 1 << number
            case TrunkVlan(ranges=ranges):
                both = vlan_set((each.first, each.last) for each in ranges)
                return both, both
            case PrivateVlan(primary=primary, secondary=secondary, kind=kind):
                if kind == "promiscuous":
                    hears = self._secondaries.get((switch, primary), 0) | 1 << primary
                    return 1 << primary, hears
                own = 1 << secondary if kind == "community" else 0
                return 1 << secondary, own | 1 << primary
            case _:
                assert_never(vlan)

    @cached_property
    def _secondaries(self) -> dict[tuple[str, int], Vlans]:
        """The secondary VLANs of each primary of each switch, from its table and its ports."""
        snapshot = self.fabric.inventory.snapshot
        found: dict[tuple[str, int], Vlans] = {}
        settings = [(group.switch, group.vlan) for group in snapshot.port_groups]
        if not isinstance(snapshot.ports, NotRead):
            settings.extend((port.switch, port.vlan) for port in snapshot.ports)
        for switch, vlan in settings:
            if isinstance(vlan, PrivateVlan):
                key = (switch, vlan.primary)
                found[key] = found.get(key, 0) | 1 << vlan.secondary
        for each in snapshot.switches:
            for pair in () if isinstance(each.private_vlans, NotRead) else each.private_vlans:
                key = (each.id, pair.primary)
                found[key] = found.get(key, 0) | 1 << pair.secondary
        return found

    @cached_property
    def _nodes(self) -> dict[str, list[Medium]]:
        """The switches that may be on each host."""
        nodes: dict[str, list[Medium]] = {}
        for switch in self.fabric.inventory.snapshot.switches:
            for host in self.fabric.hosts_of(switch):
                nodes.setdefault(host, []).append(node(host, switch.id))
        for group in self.fabric.inventory.snapshot.port_groups:
            # A group whose switch is not in the snapshot still stands on some switch.
            if group.switch not in self.fabric.inventory.switches:
                hosts = tuple(self.fabric.inventory.hosts) if group.host is None else (group.host,)
                for host in hosts:
                    nodes.setdefault(host, []).append(node(host, group.switch))
        return nodes

    def _hosts(self, group: PortGroup, host: Fact[str | None]) -> tuple[str, ...]:
        if group.host is not None:
            return (group.host,)
        if host is not None and not isinstance(host, NotRead):
            return (host,)
        if not self.fabric.upper:
            return ()
        return self.fabric.hosts_of(self.fabric.inventory.switches.get(group.switch))

    def _port(self, port_id: Fact[str | None]) -> Port | None:
        if port_id is None or isinstance(port_id, NotRead):
            return None
        return self.fabric.inventory.ports.get(port_id)

    def _may_pass(self, group: PortGroup, port: Port | None, *, certain: bool) -> bool:
        """Tell whether the port is not blocked; a port that is not known may well be."""
        if not certain:
            return self.fabric.upper
        blocked = group.blocked
        if port is not None:
            own = isinstance(port.overridden, NotRead) or "blocked" in port.overridden
            blocked = port.blocked if own or not isinstance(port.blocked, NotRead) else blocked
        if blocked is True:
            return False
        return self.fabric.upper or not isinstance(blocked, NotRead)

    def _vlan(self, group: PortGroup, port: Port | None, *, certain: bool) -> Fact[Vlan]:
        """Return the effective VLAN setting; the port's own where it sets one for itself."""
        if port is not None:
            overridden = isinstance(port.overridden, NotRead) or "vlan" in port.overridden
            return port.vlan if overridden else group.vlan
        if certain or _is_fixed(group, "vlan"):
            return group.vlan
        return NotRead(reason="not-collected", detail="the port may override the VLAN")

    def _used(self, group: PortGroup, port: Port | None, *, certain: bool) -> Fact[Teaming | None]:
        """Return which uplinks carry the place's frames; ``None`` is all."""
        if port is not None:
            fixed = not isinstance(port.overridden, NotRead) and "teaming" not in port.overridden
        else:
            fixed = certain or _is_fixed(group, "teaming")
        if not fixed:
            return NotRead(reason="not-collected", detail="the port may override the teaming")
        return group.teaming


def _is_fixed(group: PortGroup, setting: str) -> bool:
    """Tell whether no port of the group may set this for itself."""
    overrides = group.overrides
    if overrides is None:
        return True
    return not isinstance(overrides, NotRead) and not getattr(overrides, setting)
