"""Linux bridges as switches, with and without VLAN filtering (bridge(8), ip-link(8))."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from ringfence.model.facts import NotRead
from ringfence.sources.linux.bundle import Bundle
from ringfence.sources.linux.found_switches import (
    ALL_TAGS,
    Carried,
    FoundPort,
    FoundSwitch,
    Ranges,
    access,
    ranges_of,
)
from ringfence.sources.linux.links import TAGGED, Link, Links

_UNTAGGED: Final = "Egress Untagged"
_PVID: Final = "PVID"


def bridges(bundle: Bundle, host: Links) -> Iterator[FoundSwitch]:
    """Yield the Linux bridges of a host."""
    members = _members(bundle.json("bridge-vlans"))
    for link in host.values():
        if link.kind == "bridge":
            yield _bridge(link, host, members)


def bridged(host: Links) -> frozenset[str]:
    """Return the interfaces of a host that are ports of a Linux bridge."""
    names = {link.name for link in host.values() if link.kind == "bridge"}
    return frozenset(link.name for link in host.values() if link.master in names)


def _bridge(bridge: Link, host: Links, members: Mapping[str, Carried] | NotRead) -> FoundSwitch:
    inside = [one for one in host.values() if one.master == bridge.name]
    unread = members if bridge.filtering and isinstance(members, NotRead) else None
    if bridge.filtering and bridge.vlan_protocol not in {"", TAGGED}:
        detail = f"{bridge.name} knows tags of {bridge.vlan_protocol}, which are not modelled"
        unread = NotRead(reason="not-understood", detail=detail)
    tables: Mapping[str, Carried] = {} if isinstance(members, NotRead) else members
    ports = tuple(
        FoundPort(
            name=one.name,
            interfaces=(one.name,),
            carried=tables.get(one.name, _NOTHING) if bridge.filtering else ALL_TAGS,
            isolated=one.isolated,
        )
        for one in sorted(inside, key=lambda one: one.name)
    )
    own = tables.get(bridge.name, _NOTHING) if bridge.filtering else ALL_TAGS
    return FoundSwitch(
        name=bridge.name,
        kind="linux-bridge",
        ports=ports,
        own={bridge.name: own.untagged, **_vlan_devices(bridge, host, own)},
        uncertain=unread,
        knows_tags=bridge.filtering,
        usual=_usual(bridge) if bridge.filtering else ALL_TAGS,
    )


_NOTHING: Final = Carried((), None)


def _usual(bridge: Link) -> Carried:
    """Return what a new port of a bridge that filters carries: its default VLAN, if it has one."""
    return access(bridge.default_vlan) if bridge.default_vlan else _NOTHING


def _vlan_devices(bridge: Link, host: Links, own: Carried) -> dict[str, int]:
    """Return the host's VLAN devices on a bridge: its own interfaces in other VLANs."""
    return {
        one.name: one.vlan
        for one in host.values()
        if one.parent == bridge.name
        and one.vlan is not None
        and one.master is None
        and any(first <= one.vlan <= last for first, last in own.ranges)
    }


def _members(content: Any) -> Mapping[str, Carried] | NotRead:
    """Return what each port of a bridge that filters carries, by name."""
    if isinstance(content, NotRead):
        return content
    found: dict[str, Carried] = {}
    for item in content if isinstance(content, list) else ():
        entries = item.get("vlans") if isinstance(item, dict) else None
        if not isinstance(entries, list) or not isinstance(item.get("ifname"), str):
            return NotRead(reason="not-understood", detail="bridge -j vlan show: no list of VLANs")
        try:
            found[item["ifname"]] = _carried(entries)
        except (KeyError, TypeError, AttributeError):
            detail = f"bridge -j vlan show: the VLANs of {item['ifname']} are not understood"
            return NotRead(reason="not-understood", detail=detail)
    return found


def _carried(entries: list[dict[str, Any]]) -> Carried:
    ranges: list[tuple[int, int]] = []
    untagged: set[int] = set()
    native: int | None = None
    for entry in entries:
        first = int(entry["vlan"])
        last = int(entry.get("vlanEnd", first))
        ranges.append((first, last))
        flags = entry.get("flags", [])
        if _UNTAGGED in flags:
            untagged.update(range(first, last + 1))
        if _PVID in flags:
            native = first
    tagged_out = native is not None and native not in untagged
    return Carried(_merged(ranges), native, tagged_out, frozenset(untagged - {native}))


def _merged(ranges: list[tuple[int, int]]) -> Ranges:
    return ranges_of(number for first, last in ranges for number in range(first, last + 1))
