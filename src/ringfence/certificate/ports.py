"""What a port of a port group may send into and hear, for all that was read."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from ringfence.certificate.vlans import (
    ANY_VLAN,
    OVERLAY,
    Vlans,
    Wires,
    add,
    hosts_of,
    mask,
)
from ringfence.model.facts import Fact, NotRead
from ringfence.model.network import AccessVlan, NoVlan, PortGroup, PrivateVlan, TrunkVlan, Vlan

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ringfence.model.inventory import Inventory


@dataclass(frozen=True)
class Ends:
    """The VLANs of each medium that something sends into, and those that it hears."""

    sends: Vlans = field(default_factory=dict)
    hears: Vlans = field(default_factory=dict)

    def talks_to(self, other: Ends) -> bool:
        """Tell whether frames sent here may be heard there."""
        heard = other.hears
        return any(numbers & heard.get(medium, 0) for medium, numbers in self.sends.items())


class _Setting(NamedTuple):
    """What decides where the frames of a port go; ``used`` are uplinks, ``None`` all."""

    vlan: Fact[Vlan]
    used: frozenset[str] | None
    blocked: bool


@dataclass
class Ports:
    """Answers for all ports of one inventory, each combination worked out once."""

    inventory: Inventory
    wires: Wires
    _known: dict[tuple[str, tuple[str, ...], _Setting], Ends] = field(default_factory=dict)

    def attached(
        self, group: PortGroup, host: Fact[str | None], port: Fact[str | None]
    ) -> tuple[tuple[str, tuple[str, ...], _Setting], Ends]:
        """Return a port's ends, with a key that ports with the same ends share."""
        hosts = self._hosts(group, host)
        key = (group.id, hosts, self._setting(group, port))
        known = self._known.get(key)
        if known is None:
            known = self._known[key] = self._ends(group, hosts, key[2])
        return key, known

    def let_tags_out(self, group: PortGroup, port: Fact[str | None]) -> bool:
        """Tell whether frames with tags behind the first may leave by a port.

        vSphere drops them where a port has one VLAN or none; others look at the first tag only.
        """
        switch = self.inventory.switches.get(group.switch)
        if group.backing == "overlay":
            return False
        if switch is None or switch.kind not in ("standard", "distributed"):
            return True
        return isinstance(self._setting(group, port).vlan, NotRead | TrunkVlan)

    def _hosts(self, group: PortGroup, host: Fact[str | None]) -> tuple[str, ...]:
        """Return the hosts where a port may be; a host that contradicts its group counts too."""
        known = {one for one in (host, group.host) if isinstance(one, str)}
        return tuple(sorted(known)) or hosts_of(self.inventory, group.switch)

    def _setting(self, group: PortGroup, port: Fact[str | None]) -> _Setting:
        """Return the settings after the live port's own; what is not known may be anything."""
        live = self.inventory.ports.get(port) if isinstance(port, str) else None
        if live is not None:
            own = live.overridden
            blocked = live.blocked
            if isinstance(blocked, NotRead) and not isinstance(own, NotRead):
                blocked = blocked if "blocked" in own else group.blocked
            may_teaming = isinstance(own, NotRead) or "teaming" in own
            may_vlan = isinstance(own, NotRead) or "vlan" in own
            vlan = live.vlan if may_vlan else group.vlan
            return _Setting(vlan, None if may_teaming else _used(group), blocked is True)
        if port is None:
            return _Setting(group.vlan, _used(group), group.blocked is True)
        may = group.overrides
        any_vlan = isinstance(may, NotRead) or (may is not None and may.vlan)
        any_uplink = isinstance(may, NotRead) or (may is not None and may.teaming)
        unknown = NotRead(reason="not-collected", detail="the port may have a VLAN of its own")
        return _Setting(
            unknown if any_vlan else group.vlan, None if any_uplink else _used(group), blocked=False
        )

    def _ends(self, group: PortGroup, hosts: tuple[str, ...], setting: _Setting) -> Ends:
        ends = Ends()
        if setting.blocked:
            return ends
        if group.backing == "overlay":
            # Which overlay networks are joined was not read.
            add(ends.sends, OVERLAY, 1)
            add(ends.hears, OVERLAY, 1)
            return ends
        sent, heard = self._lanes(group.switch, setting.vlan)
        for host in hosts:
            node = ("node", host, group.switch)
            add(ends.sends, node, sent)
            add(ends.hears, node, heard)
            for wire in self.wires.of_uplinks(group.switch, host, setting.used):
                # Switches that do not know private VLANs may join the ports of two hosts.
                pair = 0
                if isinstance(setting.vlan, PrivateVlan) and not wire.private_vlans:
                    pair = 1 << setting.vlan.primary
                add(ends.sends, wire.medium, wire.of_switch(sent | pair))
                add(ends.hears, wire.medium, wire.of_switch(heard | pair))
        return ends

    def _lanes(  # noqa: PLR0911 (one return for each kind of setting)
        self, switch: str, vlan: Fact[Vlan]
    ) -> tuple[int, int]:
        """Return the VLANs of its switch that a port sends into, and those that it hears."""
        match vlan:
            case NotRead():
                return ANY_VLAN, ANY_VLAN
            case NoVlan():
                return 1, 1
            case AccessVlan(vlan=number):
                return 1 << number, 1 << number
            case TrunkVlan(ranges=ranges):
                numbers = mask((one.first, one.last) for one in ranges)
                return numbers, numbers
            case PrivateVlan(primary=primary, kind="promiscuous"):
                others = self._secondaries.get((switch, primary), 0)
                return 1 << primary, others | 1 << primary
            case PrivateVlan(primary=primary, secondary=secondary, kind="community"):
                return 1 << secondary, 1 << secondary | 1 << primary
            case PrivateVlan(primary=primary, secondary=secondary):
                return 1 << secondary, 1 << primary

    @cached_property
    def _secondaries(self) -> Mapping[tuple[str, int], int]:
        """The secondary VLANs of each primary of each switch."""
        found: dict[tuple[str, int], int] = {}
        for switch, primary, secondary in self._pairs():
            key = (switch, primary)
            found[key] = found.get(key, 0) | 1 << secondary
        return found

    def _pairs(self) -> Iterator[tuple[str, int, int]]:
        for switch in self.inventory.snapshot.switches:
            if not isinstance(switch.private_vlans, NotRead):
                for pair in switch.private_vlans:
                    yield switch.id, pair.primary, pair.secondary
        settings = [(one.switch, one.vlan) for one in self.inventory.snapshot.port_groups]
        settings += [(one.switch, one.vlan) for one in self.inventory.ports.values()]
        for name, vlan in settings:
            if isinstance(vlan, PrivateVlan):
                yield name, vlan.primary, vlan.secondary


def _used(group: PortGroup) -> frozenset[str] | None:
    """Return the uplinks that carry a group's frames, standby ones too; ``None`` for all."""
    if group.teaming is None or isinstance(group.teaming, NotRead):
        return None
    return frozenset((*group.teaming.active, *group.teaming.standby))
