"""Layer 2 of one host at a time: what a port of a port group sends into and hears.

Everything is worked out twice. The lower bound holds what is certain; the upper bound what is
possible for all that was read, so that a fact that was not read can only ever add to it.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Final

import msgspec

from ringfence.model.facts import Fact, NotRead
from ringfence.model.network import PortGroup, Teaming, TrunkVlan, UplinkTags, Vlan
from ringfence.reach.attachments import (
    SILENT,
    Bound,
    Group,
    Hearing,
    domain_group,
    node_group,
    overlay_group,
)
from ringfence.reach.fabric import UNDECLARED, DomainFacts, FabricFacts
from ringfence.reach.port_filters import filtered_uplinks
from ringfence.reach.port_settings import PortSetting, unread_setting, unread_tags
from ringfence.reach.present import in_use
from ringfence.reach.results import Missing
from ringfence.reach.uplink_tags import AS_THEY_ARE, Tags, of_unread_uplinks
from ringfence.reach.vlans import Lanes, VlansInUse

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ringfence.model.inventory import Inventory

_UNREAD_PORT: Final = NotRead(
    reason="not-collected", detail="its live ports, which may override it, were not read"
)
_BOUNDS: Final[tuple[Bound, Bound]] = ("lower", "upper")
_WORST_DOMAIN = DomainFacts(UNDECLARED, None, None, native_known=False, private_vlans=False)


def worst_if_undeclared(fabric: FabricFacts, name: str) -> DomainFacts:
    """Return a domain's facts; what is not declared carries every VLAN and any native one."""
    return fabric.domains.get(name, _WORST_DOMAIN)


class Bounds(msgspec.Struct, frozen=True, gc=False):
    """A hearing from both sides, and what was not read where they differ.

    ``tags`` tells whether frames may be sent there with tags behind the one that counts.
    """

    lower: Hearing
    upper: Hearing
    missing: tuple[Missing, ...] = ()
    tags: bool = False


class Wire(msgspec.Struct, frozen=True, gc=False, order=True):
    """A domain behind an uplink, by name, and what the uplink makes of tags."""

    domain: str
    tags: Tags = AS_THEY_ARE


class _Wired(msgspec.Struct, frozen=True, gc=False):
    """The wires behind the uplinks in use, for each bound, and what was not read about them."""

    lower: tuple[Wire, ...]
    upper: tuple[Wire, ...]
    missing: tuple[Missing, ...]


class _Beyond(msgspec.Struct, frozen=True, gc=False):
    """The lanes of a VLAN setting, and what of them uplinks carry: one object where it is one."""

    lanes: Lanes
    lower: Hearing
    upper: Hearing


@dataclass
class LayerTwo:
    """Answers for the ports of one snapshot, each combination worked out once."""

    inventory: Inventory
    fabric: FabricFacts
    vlans: VlansInUse
    at_present: bool = False
    """Whether only the uplinks that carry frames now count, not those that a failover would use."""
    _ports: dict[tuple[str, str, PortSetting], Bounds] = field(default_factory=dict)
    _like_group: dict[tuple[str, str, Fact[bool]], Bounds] = field(default_factory=dict)
    _beyonds: dict[tuple[str, Fact[Vlan], tuple[Wire, ...], tuple[Wire, ...]], _Beyond] = field(
        default_factory=dict
    )
    _wirings: dict[tuple[str, str, Fact[Teaming | None]], _Wired] = field(default_factory=dict)
    _wires: dict[tuple[tuple[Wire, ...], Lanes, Bound], Hearing] = field(default_factory=dict)
    _domains: dict[tuple[str, str, Fact[Teaming | None], Bound], tuple[Wire, ...]] = field(
        default_factory=dict
    )

    def edited(self, inventory: Inventory) -> LayerTwo:
        """Return the same after an edit of machines, ports or port groups, not of uplinks."""
        after = replace(self, inventory=inventory, _ports={}, _like_group={}, _beyonds={})
        vars(after)["_filtered_uplinks"] = self._filtered_uplinks
        return after

    def port(self, group: PortGroup, host: str, port: Fact[str | None]) -> Bounds:
        """Return what a port of ``group`` on ``host`` sends into and hears."""
        live = self.inventory.ports.get(port) if isinstance(port, str) else None
        if live is None or live.overridden != ():
            return self._of_setting(group, host, self._effective(group, port))
        # Most ports are what their group is, but for being blocked.
        like = (group.id, host, live.blocked)
        known = self._like_group.get(like)
        if known is None:
            setting = self._effective(group, port)
            known = self._like_group[like] = self._of_setting(group, host, setting)
        return known

    def _of_setting(self, group: PortGroup, host: str, setting: PortSetting) -> Bounds:
        key = (group.id, host, setting)
        known = self._ports.get(key)
        if known is None:
            known = self._ports[key] = self._port(group, host, setting)
        return known

    def _effective(self, group: PortGroup, port: Fact[str | None]) -> PortSetting:
        """Return the settings after the live port's overrides.

        A live port that was not read may have settings of its own where its group allows that.
        """
        live = self.inventory.ports.get(port) if isinstance(port, str) else None
        if live is None:
            unread = port is not None and group.overrides is not None
            overrides = group.overrides
            may_set = (
                (True, True)
                if isinstance(overrides, NotRead)
                else (overrides is not None and (overrides.vlan, overrides.teaming))
            ) or (False, False)
            return PortSetting(
                _UNREAD_PORT if unread and may_set[0] else group.vlan,
                _UNREAD_PORT if unread and may_set[1] else group.teaming,
                group.blocked if port is None else _UNREAD_PORT,
            )
        known = live.overridden
        own_vlan = isinstance(known, NotRead) or "vlan" in known
        own_teaming = isinstance(known, NotRead) or "teaming" in known
        blocked = live.blocked
        if isinstance(blocked, NotRead) and not isinstance(known, NotRead):
            blocked = blocked if "blocked" in known else group.blocked
        return PortSetting(
            live.vlan if own_vlan else group.vlan,
            _UNREAD_PORT if own_teaming else group.teaming,
            blocked,
        )

    def _port(self, group: PortGroup, host: str, setting: PortSetting) -> Bounds:
        if setting.blocked is True:
            return Bounds(SILENT, SILENT)
        if group.backing == "overlay":
            return self._overlay(group)
        wired = self._wired(group.switch, host, setting.teaming)
        beyond = self._beyond(group.switch, setting.vlan, wired)
        upper = lower = _hearing(group, host, beyond.lanes, beyond.upper)
        if isinstance(setting.vlan, NotRead) or isinstance(setting.blocked, NotRead):
            lower = SILENT
        elif beyond.lower is not beyond.upper:
            lower = _hearing(group, host, beyond.lanes, beyond.lower)
        missing = (*unread_setting(group, setting), *wired.missing)
        return Bounds(lower, upper, missing, self._tags(group.switch, setting.vlan))

    def _tags(self, switch: str, vlan: Fact[Vlan]) -> bool:
        """Tell whether a port may let frames of several tags out.

        A switch of vSphere drops them on ports of one VLAN. A Linux bridge and Open vSwitch take
        a frame with the priority tag (VLAN 0) for untagged, and look at no tag behind it.
        """
        known = self.inventory.switches.get(switch)
        drops = known is not None and known.kind in {"standard", "distributed"}
        return not drops or isinstance(vlan, NotRead | TrunkVlan)

    def _beyond(self, switch: str, vlan: Fact[Vlan], wired: _Wired) -> _Beyond:
        """Return what uplinks carry of a VLAN setting; a setting that was not read may be any."""
        key = (switch, vlan, wired.lower, wired.upper)
        known = self._beyonds.get(key)
        if known is None:
            if isinstance(vlan, NotRead):
                lanes = self.vlans.any_lane()
            else:
                lanes = self.vlans.lanes(vlan, switch)
            lower = self._on_wires(wired.lower, lanes, "lower")
            upper = self._on_wires(wired.upper, lanes, "upper")
            known = _Beyond(lanes, upper if lower == upper else lower, upper)
            self._beyonds[key] = known
        return known

    def _wired(self, switch: str, host: str, teaming: Fact[Teaming | None]) -> _Wired:
        """Return where the uplinks of a switch on a host lead, the same for most of its ports."""
        key = (switch, host, teaming)
        known = self._wirings.get(key)
        if known is None:
            lower, upper = (self.wires(*key, bound) for bound in _BOUNDS)
            known = self._wirings[key] = _Wired(lower, upper, tuple(self._missing_uplinks(*key)))
        return known

    def _overlay(self, group: PortGroup) -> Bounds:
        name = group.logical_switch or group.id
        reached = frozenset({overlay_group(name), overlay_group("")})
        why = Missing(
            what=f"{group.name} belongs to an overlay network that was not read",
            how="collect from the manager of the overlay network too",
        )
        return Bounds(SILENT, Hearing(reached, reached), (why,))

    def _missing_uplinks(
        self, switch: str, host: str, teaming: Fact[Teaming | None]
    ) -> Iterator[Missing]:
        member = self.inventory.members.get((switch, host))
        if member is None or isinstance(member.uplinks, NotRead):
            known = self.inventory.switches.get(switch)
            name = known.name if known else switch
            yield Missing(
                what=f"the uplinks of the switch {name} were not read",
                how="let the account read the switch and its hosts, and collect again",
            )
        if switch in self._filtered_uplinks:
            known = self.inventory.switches.get(switch)
            yield Missing(
                what=f"what the filter at the uplinks of {known.name if known else switch} stops "
                "is not modelled",
                how="put the rules on the port groups of the machines",
            )
        uplinks = self._uplinks(switch, host, teaming, "upper")
        yield from unread_tags(self.inventory, switch, (tags for _, tags in uplinks))
        if any(wire.domain == UNDECLARED for wire in self.wires(switch, host, teaming, "upper")):
            yield from self._undeclared(switch, host, teaming)

    def _undeclared(
        self, switch: str, host: str, teaming: Fact[Teaming | None]
    ) -> Iterator[Missing]:
        known = self.inventory.physical_nics
        names = [
            known[nic][1].name
            for nics, _ in self._uplinks(switch, host, teaming, "upper")
            for nic in nics
            if nic in known and self.fabric.domain_of(nic) == UNDECLARED
        ]
        if names:
            found = self.inventory.hosts.get(host)
            yield Missing(
                what=f"no single domain of the fabric names {', '.join(names)} of "
                f"{found.name if found else host}",
                how="declare under fabric.domains where these physical NICs lead",
            )

    def _on_wires(self, wires: tuple[Wire, ...], lanes: Lanes, bound: Bound) -> Hearing:
        """Return what goes out to some domains and comes in from them, the same on every host."""
        key = (wires, lanes, bound)
        known = self._wires.get(key)
        if known is None:
            known = self._wires[key] = self._find_wires(*key)
        return known

    def _find_wires(self, wires: tuple[Wire, ...], lanes: Lanes, bound: Bound) -> Hearing:
        sends: set[Group] = set()
        hears: set[Group] = set()
        for wire in wires:
            name, tags = wire.domain, wire.tags
            domain = worst_if_undeclared(self.fabric, name)
            numbers = self.vlans.numbers
            outgoing, incoming = (
                tags.outside(each, numbers) for each in (lanes.sends, lanes.hears)
            )
            sends.update(self.on_wire(domain, outgoing, bound, hears=False))
            hears.update(self.on_wire(domain, incoming, bound, hears=True))
            unknown_pairs = bound == "upper" and not domain.private_vlans
            if lanes.primary is not None and unknown_pairs:
                pair = tags.outside((lanes.primary,), numbers)
                sends.update(self.on_wire(domain, pair, bound, hears=False))
                hears.update(self.on_wire(domain, pair, bound, hears=True))
        if sends == hears:
            both = frozenset(sends)
            return Hearing(both, both)
        return Hearing(frozenset(sends), frozenset(hears))

    def on_wire(
        self, domain: DomainFacts, numbers: Iterable[int], bound: Bound, *, hears: bool
    ) -> Iterator[Group]:
        """Yield the VLANs of a domain that frames of a switch's VLANs are on.

        VLAN 0 leaves untagged and is the domain's native VLAN. A port group numbered as the
        native VLAN sends tagged frames, while the answers come untagged and go to VLAN 0.
        """
        for number in numbers:
            if number:
                directed = hears and domain.native_known and number == domain.native
                if domain.carries(number) and not (directed and bound == "lower"):
                    yield domain_group(domain.name, number)
            elif domain.native is not None:
                yield domain_group(domain.name, domain.native)
            elif not domain.native_known and bound == "upper":
                for other in self.vlans.numbers:
                    if domain.carries(other):
                        yield domain_group(domain.name, other)

    def wires(
        self, switch: str, host: str, teaming: Fact[Teaming | None], bound: Bound
    ) -> tuple[Wire, ...]:
        """Return the domains behind the uplinks that carry frames, with what those make of tags.

        Active and standby uplinks both do, since isolation must hold over any failover.
        """
        key = (switch, host, teaming, bound)
        known = self._domains.get(key)
        if known is None:
            known = self._domains[key] = tuple(sorted(self._find_domains(*key)))
        return known

    @cached_property
    def _filtered_uplinks(self) -> frozenset[str]:
        return filtered_uplinks(self.inventory)

    def _find_domains(
        self, switch: str, host: str, teaming: Fact[Teaming | None], bound: Bound
    ) -> set[Wire]:
        found: set[Wire] = set()
        if bound == "lower" and switch in self._filtered_uplinks:
            return found
        for nics, said in self._uplinks(switch, host, teaming, bound):
            behind = {self.fabric.domain_of(nic) for nic in nics}
            tags = Tags.of(said)
            if UNDECLARED in behind and bound == "upper":
                behind = {UNDECLARED, *self.fabric.domains}
            if bound == "upper" or (len(behind) == 1 and UNDECLARED not in behind and tags.known):
                found |= {Wire(domain, tags) for domain in behind}
            elif self._one_is_in_use(switch):
                return set()
        if bound == "lower" and len(found) > 1 and self._one_is_in_use(switch):
            return set()
        return found

    def _one_is_in_use(self, switch: str) -> bool:
        """Tell whether any active uplink may be the only one that is used now.

        Where a frame goes is then certain only if all of them lead there.
        """
        known = self.inventory.switches.get(switch)
        return self.at_present and not (known is not None and known.forwards_between_uplinks)

    def _uplinks(
        self, switch: str, host: str, teaming: Fact[Teaming | None], bound: Bound
    ) -> Iterator[tuple[tuple[str, ...], Fact[UplinkTags | None]]]:
        """Yield the physical NICs of each uplink in use, and the tags that it carries.

        Where the uplinks or their use were not read: none for certain, all that may be.
        """
        member = self.inventory.members.get((switch, host))
        if member is None or isinstance(member.uplinks, NotRead):
            if bound == "upper":
                # A NIC of no declared domain: the worst case.
                yield ("",), of_unread_uplinks(self.inventory.switches.get(switch))
            return
        if isinstance(teaming, NotRead) and bound == "lower":
            return
        if self._one_is_in_use(switch):
            yield from in_use(self.inventory, member.uplinks, teaming)
            return
        for uplink in member.uplinks:
            if (
                teaming is None
                or isinstance(teaming, NotRead)
                or uplink.name in teaming.active
                or uplink.name in teaming.standby
            ):
                yield uplink.physical_nics, uplink.tags


def _hearing(group: PortGroup, host: str, lanes: Lanes, wires: Hearing) -> Hearing:
    """Return the ports of a group's switch on a host with what its uplinks carry."""
    switch = group.switch
    sends = wires.sends.union([node_group(host, switch, one) for one in lanes.sends])
    if wires.sends is wires.hears and lanes.sends == lanes.hears:
        return Hearing(sends, sends)
    hears = wires.hears.union([node_group(host, switch, one) for one in lanes.hears])
    return Hearing(sends, hears)
