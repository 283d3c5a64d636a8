"""The switches of a host as records, and where each interface at them is attached."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

import msgspec

from ringfence.model.facts import Fact, NotRead, Setting
from ringfence.model.network import (
    AccessVlan,
    MirrorSession,
    NoVlan,
    Port,
    PortGroup,
    SecurityPolicy,
    SecuritySetting,
    SwitchMember,
    TrunkVlan,
    UplinkBinding,
    VirtualSwitch,
    Vlan,
    vlan_of,
)
from ringfence.model.rules import PortFilter
from ringfence.sources.linux.found_switches import (
    ALL_TAGS,
    Carried,
    FoundMirror,
    FoundSwitch,
    access,
    vlan_ranges,
)
from ringfence.sources.linux.labels import Labels
from ringfence.sources.linux.links import Links
from ringfence.sources.linux.uplinks import Way, leads_out, only_tag, uplink, way_of

_HIGHEST: Final = 4094


@dataclass(frozen=True, slots=True)
class Attached:
    """Where an interface is attached: the ids of a port group and a port."""

    port_group: str
    port: str


@dataclass
class SwitchRecords:
    """Records of the switches of one host, put together switch by switch.

    ``at`` tells where each machine is attached, by the host's end of its cable, ``own_at`` where
    the host's own interfaces are, by name. ``nics`` are the ids of NICs that uplinks lead to.
    """

    host: str
    links: Links
    machines: frozenset[str]
    """The host's interfaces behind which machines are."""
    own_stops: NotRead | None = None
    """Why what is sent to the host itself may not arrive."""
    switches: list[VirtualSwitch] = field(default_factory=list)
    groups: dict[str, PortGroup] = field(default_factory=dict)
    ports: list[Port] = field(default_factory=list)
    mirrors: list[MirrorSession] = field(default_factory=list)
    filters: list[PortFilter] = field(default_factory=list)
    labels: Labels = field(default_factory=Labels)
    at: dict[str, Attached] = field(default_factory=dict)
    own_at: dict[str, Attached] = field(default_factory=dict)
    nics: dict[str, str] = field(default_factory=dict)

    planners: dict[str, _OneSwitch] = field(default_factory=dict)

    def add(self, found: FoundSwitch) -> None:
        """Add a switch with its port groups, ports and mirror sessions."""
        one = _OneSwitch(self, found)
        one.add()
        self.planners.update(dict.fromkeys(found.name.split("+"), one))

    def planned(self, switch: str, label: str, carried: Carried | None) -> str | None:
        """Return the id of the port group called ``label`` of what would be attached to a switch.

        It is made when first asked for. ``None`` where the host has no such switch; of what is
        ``carried`` nothing may be said.
        """
        one = self.planners.get(switch)
        return None if one is None else one.planned(label, carried)

    def regrouped(self, end: str, group: Fact[str | None]) -> Attached:
        """Put the port of a machine's cable into the port group that it was made for.

        Where it carries something else by now, that is the port's own. It stays where it is where
        the group is of another switch.
        """
        attached = self.at[end]
        wanted = self.groups.get(group) if isinstance(group, str) else None
        now = self.groups[attached.port_group]
        if wanted is None or wanted.switch != now.switch:
            return attached
        place = next(place for place, one in enumerate(self.ports) if one.id == attached.port)
        port = self.ports[place]
        own = port.overridden
        if own == () and port.vlan != wanted.vlan:
            own = ("vlan",)
        self.ports[place] = msgspec.structs.replace(port, port_group=wanted.id, overridden=own)
        self.at[end] = Attached(wanted.id, attached.port)
        return self.at[end]

    def nic(self, name: str) -> str:
        """Return the id of a NIC of the host."""
        return self.nics.setdefault(name, f"{self.host}/nic/{name}")


class _OneSwitch:
    def __init__(self, records: SwitchRecords, found: FoundSwitch) -> None:
        self._records, self._found = records, found
        self._uncertain = found.elsewhere or found.uncertain
        self._id = f"{records.host}/switch/{found.name}"
        self._out = [one for one in found.ports if leads_out(one, records.machines)]
        self._ways = {
            port.name: [way_of(name, records.links) for name in port.interfaces]
            for port in self._out
        }
        every: list[Way] = [way for ways in self._ways.values() for way in ways]
        self._leaves = bool(every)
        # Where every way out puts the same tag on all frames, that is the VLAN of the switch.
        self._tag = None if found.knows_tags or not every else only_tag(every)

    def add(self) -> None:
        found, records = self._found, self._records
        uplinks: Fact[tuple[UplinkBinding, ...]] = tuple(self._uplinks())
        if found.elsewhere is not None:
            uplinks = found.elsewhere
        forwards = len(self._out) > 1
        records.switches.append(
            VirtualSwitch(
                id=self._id,
                name=found.name,
                kind=found.kind,
                members=(SwitchMember(host=records.host, uplinks=uplinks, mtu=self._mtu()),),
                uplink_names=tuple(port.name for port in self._out),
                forwards_between_uplinks=forwards and not found.silent,
                security=self._security(),
                teaming=None,
                private_vlans=(),
                settings=tuple(self._settings()),
            )
        )
        for port in found.ports:
            if port.name not in self._ways:
                attached = self._attach(port.name, self._vlan(port.carried), found.stops)
                records.at.update(dict.fromkeys(port.interfaces, attached))
        for name, vlan in found.own.items():
            own = self._own_vlan(vlan)
            if own is not None:
                stops = found.stops or records.own_stops
                records.own_at[name] = self._attach(f"{name} (host)", own, stops)
        if found.stops is not None and self._out:
            every = TrunkVlan(ranges=vlan_ranges(((0, _HIGHEST),)))
            self._group(f"{found.name} (uplinks)", every, found.stops, uplink=True)
        records.mirrors.extend(self._mirrors())

    def _settings(self) -> Iterator[Setting]:
        """Yield what is to be asked of the switch itself, beside where its frames go."""
        flows = self._found.flows
        if isinstance(flows, NotRead):
            yield Setting(key="flows", value=flows)
        elif flows:
            yield Setting(key="flows", value="; ".join(flows))
        for port in self._out if self._found.knows_tags else ():
            plain = all(way.tag is None for way in self._ways[port.name])
            if plain and port.carried.untagged:
                yield Setting(key=f"native-vlan[{port.name}]", value=port.carried.untagged)

    def _mtu(self) -> Fact[int]:
        link = self._records.links.get(self._found.name)
        if link is None:
            return NotRead(reason="not-collected", detail="its interface was not read")
        return link.mtu

    def _uplinks(self) -> Iterator[UplinkBinding]:
        for port in self._out:
            ways = self._ways[port.name]
            carried = port.carried
            if self._tag is not None:
                ways = [Way(way.nics) for way in ways]
                carried = Carried(((self._tag, self._tag),), None)
            ids = {name: self._records.nic(name) for way in ways for name in way.nics}
            made = uplink(port, ways, carried, ids)
            if self._found.uncertain is not None:
                made = _replaced(made, self._found.uncertain)
            yield made

    def planned(self, label: str, carried: Carried | None) -> str:
        """Return the id of the port group of ports that would carry some VLANs."""
        vlan = self._vlan(self._found.usual if carried is None else carried)
        return self._group(label, vlan, self._found.stops)

    def _vlan(self, carried: Carried) -> Vlan:
        """Return the VLANs of a machine's port."""
        if self._found.knows_tags:
            return _vlan_of(carried)
        if self._tag is not None:
            return AccessVlan(vlan=self._tag)
        # A tag matters only where a cable outside sees it.
        plain = any(way.tag is None for ways in self._ways.values() for way in ways)
        return _vlan_of(ALL_TAGS) if plain and self._leaves else NoVlan()

    def _own_vlan(self, vlan: int | None) -> Vlan | None:
        """Return the VLAN of an interface of the host's own; ``None`` where it gets no frames."""
        if vlan is None:
            return None if self._found.elsewhere is None else NoVlan()
        if self._tag is not None and vlan == 0:
            return AccessVlan(vlan=self._tag)
        return _vlan_of(access(vlan))

    def _attach(self, name: str, vlan: Vlan, stops: NotRead | None) -> Attached:
        """Add a port, and its port group where it is the first; return both."""
        found, records = self._found, self._records
        group = self._group(self._label(vlan), vlan, stops)
        port = f"{self._id}/port/{name}"
        uncertain = self._uncertain or self._copies(name)
        records.ports.append(
            Port(
                id=port,
                key=name,
                switch=self._id,
                port_group=group,
                host=records.host,
                overridden=() if uncertain is None else uncertain,
                vlan=vlan if uncertain is None else uncertain,
                security=self._security(),
                filters=() if stops is None else stops,
                blocked=self._copies(name) or found.silent,
            )
        )
        return Attached(group, port)

    def _copies(self, port: str) -> NotRead | None:
        """Return why it is not certain what gets to a port: a mirror copies to it, of any VLAN.

        Open vSwitch keeps such a port for the copies alone.
        """
        named = next((one.name for one in self._found.mirrors if one.output == port), None)
        if named is None:
            return None
        detail = f"the mirror {named} copies frames to {port}, which carries nothing else"
        return NotRead(reason="not-understood", detail=detail)

    def _label(self, vlan: Vlan) -> str:
        if not self._found.knows_tags or isinstance(vlan, NoVlan):
            return self._found.name
        text = vlan_of(vlan).replace("trunk 0-4094", "trunk").replace(" ", "-")
        return self._records.labels.in_vlan(self._found.name, text)

    def _group(self, label: str, vlan: Vlan, stops: NotRead | None, *, uplink: bool = False) -> str:
        """Return the id of the port group of a VLAN setting, which is made when first needed."""
        kind = "/uplinks" if uplink else ("" if stops == self._found.stops else "/host")
        name = vlan_of(vlan) if uplink or label == self._label(vlan) else label
        label = f"{label} (host)" if kind == "/host" else label
        identity = f"{self._id}/group/{name}{kind}"
        self._records.groups.setdefault(
            identity,
            PortGroup(
                id=identity,
                name=label,
                switch=self._id,
                host=self._records.host,
                uplink=uplink,
                vlan=self._uncertain or vlan,
                security=self._security(),
                teaming=None,
                filters=() if stops is None else stops,
                binding="static",
                flow_monitoring=False,
                blocked=self._found.silent,
            ),
        )
        return identity

    def _security(self) -> SecurityPolicy:
        """Return what such switches do: they learn, flood what is unknown, and ask nothing."""
        return SecurityPolicy(
            promiscuous=SecuritySetting(accept=False, origin=self._id),
            mac_changes=SecuritySetting(accept=True, origin=self._id),
            forged_transmits=SecuritySetting(accept=True, origin=self._id),
            mac_learning=True,
            unknown_unicast_flooding=True,
        )

    def _mirrors(self) -> Iterator[MirrorSession]:
        attached = {port.key: port.id for port in self._records.ports if port.switch == self._id}
        out = {port.name for port in self._out}
        for mirror in self._found.mirrors:
            every = tuple(attached.values()) if mirror.every_port else ()
            into = {mirror.output} if mirror.output else set()
            yield MirrorSession(
                id=f"{self._id}/mirror/{mirror.name}",
                name=mirror.name,
                switch=self._id,
                enabled=bool(into) or mirror.output_vlan is not None,
                kind="open-vswitch",
                sources_received=every or _known(mirror.received, attached),
                sources_transmitted=every or _known(mirror.transmitted, attached),
                destinations=(
                    *_known(into, attached),
                    *self._in_vlan(mirror.output_vlan, attached),
                ),
                destination_uplinks=tuple(sorted(into & out)),
                source_vlans=self._source_vlans(mirror, out),
                remote_vlan=mirror.output_vlan,
            )

    def _source_vlans(self, mirror: FoundMirror, out: set[str]) -> tuple[int, ...]:
        """Return the VLANs whose frames from other hosts are copied too."""
        if not mirror.every_port and not out.intersection((*mirror.received, *mirror.transmitted)):
            return ()
        if mirror.vlans:
            return mirror.vlans
        numbers = {
            number
            for port in self._found.ports
            for first, last in port.carried.ranges
            for number in ((first,) if first == last else ())
        }
        return tuple(sorted(numbers - {0}))

    def _in_vlan(self, vlan: int | None, attached: Mapping[str, str]) -> Iterator[str]:
        if vlan is not None:
            for port in self._found.ports:
                if any(first <= vlan <= last for first, last in port.carried.ranges):
                    yield from _known((port.name,), attached)


def _known(names: Iterable[str], attached: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(attached[name] for name in sorted(names) if name in attached)


def _replaced(made: UplinkBinding, why: NotRead) -> UplinkBinding:
    """Return an uplink of which it is not known how it changes tags."""
    return UplinkBinding(
        name=made.name, physical_nics=made.physical_nics, aggregated=made.aggregated, tags=why
    )


def _vlan_of(carried: Carried) -> Vlan:
    """Return what a port carries as a machine sees it: it may tag its frames or not."""
    if not carried.ranges:
        return TrunkVlan(ranges=())
    if carried.only == 0:
        return NoVlan()
    if carried.is_access:
        return AccessVlan(vlan=carried.only or 0)
    return TrunkVlan(ranges=vlan_ranges(carried.ranges))
