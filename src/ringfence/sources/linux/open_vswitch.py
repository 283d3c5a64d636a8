"""Open vSwitch bridges as switches: ports and VLAN modes, bonds, mirrors, patches, flows.

Columns and their meaning are those of ovs-vswitchd.conf.db(5).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from ringfence.model.facts import Fact, NotRead
from ringfence.sources.linux.bundle import Bundle
from ringfence.sources.linux.found_switches import (
    ALL_TAGS,
    Carried,
    FoundMirror,
    FoundPort,
    FoundSwitch,
    Ranges,
    access,
    ranges_of,
)
from ringfence.sources.linux.links import Links
from ringfence.sources.linux.ovs_flows import flows_of
from ringfence.sources.linux.ovs_tables import Row, by_identity, many, numbers, one, rows, words

_TABLES: Final = ("bridge", "port", "interface", "mirror", "controller", "manager")
_NO_DATABASE: Final = "database connection failed (No such file or directory)"
_OWN: Final = "internal"
_PATCH: Final = "patch"
_USERSPACE: Final = "netdev"
"""A datapath that reads its ports beside the host's own stack, which gets their frames too."""


@dataclass(frozen=True)
class OpenVswitch:
    """The switches of a host's Open vSwitch; ``unread`` says why they are not known."""

    switches: tuple[FoundSwitch, ...] = ()
    unread: NotRead | None = None
    controllers: tuple[str, ...] = ()
    """Where else its configuration or flows may come from: controllers and managers."""


def open_vswitch(bundle: Bundle, host: Links) -> OpenVswitch:
    """Return what Open vSwitch a host has; ``host`` are the host's own interfaces."""
    tables: dict[str, tuple[Row, ...]] = {}
    for table in _TABLES:
        name = f"ovs-{table}"
        found = rows(bundle.json(name), name)
        if isinstance(found, NotRead):
            return OpenVswitch(unread=None if _is_absent(found, host) else found)
        tables[table] = found
    database = _Database(host, *(by_identity(tables[each]) for each in _TABLES[1:4]))
    bridges = [database.bridge(bundle, row) for row in tables["bridge"]]
    told = (one(row, "target") for row in (*tables["controller"], *tables["manager"]))
    targets = tuple(sorted(str(target) for target in told))
    return OpenVswitch(tuple(_patched(bridges)), None, targets)


def _is_absent(why: NotRead, host: Links) -> bool:
    """Tell whether there is no Open vSwitch, by what asking for it and the interfaces tell.

    One in a container has no program and no database here; yet its kernel module's interfaces are,
    or somebody listens to frames for others.
    """
    nobody_answers = why.reason == "not-supported" or _NO_DATABASE in why.detail
    traces = any(
        link.kind == "openvswitch"
        or (link.promiscuous and link.master is None and link.kind != "tun")
        for link in host.values()
    )
    return nobody_answers and not traces


@dataclass(frozen=True, slots=True)
class _Bridge:
    """A bridge, and the patch ports by which it is joined to others: own name, peer's name."""

    switch: FoundSwitch
    patches: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class _Database:
    host: Links
    ports: Mapping[str, Row]
    interfaces: Mapping[str, Row]
    mirrors: Mapping[str, Row]

    def bridge(self, bundle: Bundle, row: Row) -> _Bridge:
        name = str(row.get("name"))
        ports: list[FoundPort] = []
        own: dict[str, int | None] = {}
        patches: dict[str, str] = {}
        problem: NotRead | None = None
        for identity in many(row, "ports"):
            port = self.ports.get(identity)
            if port is None:
                problem = _missing(f"a port of the bridge {name}")
                continue
            members = [self.interfaces.get(each) for each in many(port, "interfaces")]
            known = [each for each in members if each is not None]
            if len(known) < len(members):
                problem = _missing(f"an interface of the port {port.get('name')}")
            found = _port(port, known)
            if _is_lopsided(port):
                detail = f"the port {found.name} takes in frames without a tag, and sends none out"
                problem = NotRead(reason="not-understood", detail=detail)
            kinds = {str(each.get("type", "")) for each in known}
            if kinds == {_PATCH}:
                patches[found.name] = words(known[0], "options").get("peer", "")
            # An internal port that is not here has been moved into another namespace.
            here = [each for each in found.interfaces if each in self.host]
            if here and (_OWN in kinds or row.get("datapath_type") == _USERSPACE):
                own.update(dict.fromkeys(here, found.carried.untagged))
            if here and _OWN in kinds:
                own.update(_vlan_devices(here, self.host, found.carried))
            if _OWN not in kinds or not here:
                ports.append(found)
        mirrors, unknown = self._mirrors(row)
        problem = problem or unknown
        flows = flows_of(bundle, name)
        why = problem or flows.why(name)
        silent = flows.silent
        if silent and many(row, "controller") and one(row, "fail_mode") != "secure":
            # It may have fallen back to a switch's behaviour, which it does not show.
            detail = f"the bridge {name} shows no flow, and falls back when its controller is gone"
            why, silent = NotRead(reason="not-understood", detail=detail), False
        switch = FoundSwitch(
            name=name,
            kind="open-vswitch",
            ports=tuple(sorted(ports, key=lambda port: port.name)),
            own=own,
            uncertain=None if flows.dropping else why,
            stops=why if flows.dropping else None,
            silent=silent,
            mirrors=mirrors,
            flows=flows.beyond,
        )
        return _Bridge(switch, patches)

    def _mirrors(self, bridge: Row) -> tuple[tuple[FoundMirror, ...], NotRead | None]:
        """Return the mirrors of a bridge, and why one is not known whole."""
        found = []
        problem: NotRead | None = None
        for identity in many(bridge, "mirrors"):
            row = self.mirrors.get(identity, {})
            columns = ("select_src_port", "select_dst_port", "output_port")
            ports = [each for column in columns for each in many(row, column)]
            if not row or any(each not in self.ports for each in ports):
                problem = _missing(f"a mirror of the bridge {bridge.get('name')}, or a port of it,")
            if not row:
                continue
            vlans = numbers(row, "select_vlan")
            received = tuple(self._port_names(many(row, "select_src_port")))
            transmitted = tuple(self._port_names(many(row, "select_dst_port")))
            output = tuple(self._port_names(many(row, "output_port")))
            found.append(
                FoundMirror(
                    name=str(row.get("name")),
                    every_port=row.get("select_all") is True
                    or (bool(vlans) and not received and not transmitted),
                    received=received,
                    transmitted=transmitted,
                    vlans=vlans,
                    output=output[0] if output else None,
                    output_vlan=one(row, "output_vlan"),
                )
            )
        return tuple(found), problem

    def _port_names(self, identities: Sequence[str]) -> Iterator[str]:
        for identity in identities:
            if identity in self.ports:
                yield str(self.ports[identity].get("name"))


def _vlan_devices(own: Sequence[str], host: Links, carried: Carried) -> Mapping[str, int]:
    """Return the host's own interfaces in other VLANs of an internal port, by name."""
    return {
        link.name: link.vlan
        for link in host.values()
        if link.parent in own
        and link.vlan is not None
        and link.master is None
        and any(first <= link.vlan <= last for first, last in carried.ranges)
    }


def _missing(what: str) -> NotRead:
    return NotRead(reason="changed-while-reading", detail=f"{what} is not in the database")


def _port(port: Row, members: Sequence[Row]) -> FoundPort:
    said: dict[str, str] = dict(words(port, "external_ids"))
    for each in members:
        said.update(words(each, "external_ids"))
    return FoundPort(
        name=str(port.get("name")),
        interfaces=tuple(str(each.get("name")) for each in members),
        carried=_carried(port),
        isolated=port.get("protected") is True,
        words=said,
        tunnel=next((kind for each in members if (kind := _tunnel(each))), ""),
    )


def _tunnel(interface: Row) -> str:
    """Return the kind of a tunnel, "" for any other interface."""
    kind = str(interface.get("type", ""))
    return "" if kind in {"", "system", "tap", "internal", _PATCH, "dpdk", "afxdp"} else kind


def _carried(port: Row) -> Carried:
    """Return what a port carries by its mode, tag and trunks."""
    tag, trunks = one(port, "tag"), numbers(port, "trunks")
    mode = one(port, "vlan_mode") or ("trunk" if tag is None else "access")
    if mode in {"access", "dot1q-tunnel"}:
        return replace(access(tag or 0), only_untagged=True)
    # Trunks that are not listed are all.
    ranges = ranges_of(trunks) if trunks else ALL_TAGS.ranges
    if mode == "trunk":
        return Carried(ranges, 0 if ranges[0][0] == 0 else None)
    return _native(tag or 0, ranges, tagged_out=mode == "native-tagged")


def _native(native: int, trunked: Ranges, *, tagged_out: bool) -> Carried:
    """Return what a port with a native VLAN carries.

    Open vSwitch adds that VLAN to those trunked, and takes 0 away unless it is the native one
    itself (``bundle_set`` in its ``ofproto-dpif.c``).
    """
    numbers = {number for first, last in trunked for number in range(first, last + 1)}
    return Carried(ranges_of(numbers - {0} | {native}), native, tagged_out)


def _is_lopsided(port: Row) -> bool:
    """Tell whether a port's native VLAN is 0, and 0 is not among its trunks.

    Open vSwitch takes in frames of a native VLAN in any case, and sends out those that are trunked.
    """
    trunks = numbers(port, "trunks")
    native = str(one(port, "vlan_mode")).startswith("native-")
    return native and not one(port, "tag") and bool(trunks) and 0 not in trunks


def _patched(bridges: Sequence[_Bridge]) -> Iterator[FoundSwitch]:
    """Yield the bridges, those that patches join without a change of tags as one switch."""
    by_port = {port: bridge for bridge in bridges for port in bridge.patches}
    left = list(bridges)
    while left:
        group = [left.pop(0)]
        for bridge in group:
            for port, peer in bridge.patches.items():
                other = by_port.get(peer)
                if other is not None and other in left and other.patches.get(peer) == port:
                    left.remove(other)
                    group.append(other)
        yield group[0].switch if len(group) == 1 else _joined(group)


def _joined(group: Sequence[_Bridge]) -> FoundSwitch:
    switches = [bridge.switch for bridge in group]
    patches = {port for bridge in group for port in bridge.patches}
    plain = all(
        port.carried == ALL_TAGS
        for switch in switches
        for port in switch.ports
        if port.name in patches
    )
    why = next((each.uncertain for each in switches if each.uncertain is not None), None)
    if not plain:
        detail = f"patches between {', '.join(each.name for each in switches)} change VLANs"
        why = why or NotRead(reason="not-understood", detail=detail)
    if any(each.silent for each in switches):
        names = ", ".join(each.name for each in switches if each.silent)
        detail = f"of the bridges that are joined, {names} forward nothing"
        why = why or NotRead(reason="not-understood", detail=detail)
    return replace(
        switches[0],
        name="+".join(sorted(each.name for each in switches)),
        ports=tuple(port for each in switches for port in each.ports if port.name not in patches),
        own={name: vlan for each in switches for name, vlan in each.own.items()},
        uncertain=why,
        stops=next((each.stops for each in switches if each.stops is not None), None),
        silent=all(each.silent for each in switches),
        mirrors=tuple(mirror for each in switches for mirror in each.mirrors),
        flows=_together([each.flows for each in switches]),
    )


def _together(several: Sequence[Fact[tuple[str, ...]]]) -> Fact[tuple[str, ...]]:
    """Return the flows of bridges that are one switch; ``NotRead`` where those of any are."""
    found: list[str] = []
    for flows in several:
        if isinstance(flows, NotRead):
            return flows
        found.extend(flows)
    return tuple(found)
