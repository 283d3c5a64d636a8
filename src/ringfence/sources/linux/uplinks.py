"""Ports that lead out of a host: the physical NICs behind them, and the tags on their cables.

Whatever is neither a machine's nor the host's own leads out: a NIC, a team of them, a tunnel, or
an interface whose other end is not known. Each is a NIC that the fabric of a policy may name; one
that it does not name may lead anywhere.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ringfence.model.facts import Fact, NotRead
from ringfence.model.network import Renumbering, UplinkBinding, UplinkTags
from ringfence.sources.linux.found_switches import (
    ALL_TAGS,
    Carried,
    FoundPort,
    Ranges,
    vlan_ranges,
)
from ringfence.sources.linux.links import TAGGED, Link, Links


@dataclass(frozen=True, slots=True)
class Way:
    """Where an interface leads: NICs by name, and the tag that every frame gets on the way."""

    nics: tuple[str, ...]
    tag: int | None = None
    problem: NotRead | None = None


def way_of(interface: str, host: Links) -> Way:
    """Return where an interface of the host leads."""
    link = host.get(interface)
    if link is None:
        return Way((interface,))
    if link.kind in {"bond", "team"}:
        members = tuple(sorted(one.name for one in host.values() if one.master == interface))
        return Way(members or (interface,))
    if link.kind != "vlan":
        return Way((interface,))
    below = way_of(link.parent, host) if link.parent and link.parent != interface else None
    if below is None or below.tag is not None or link.vlan_protocol not in {"", TAGGED}:
        detail = f"what {interface} puts on frames is not modelled"
        return Way((interface,), 0, NotRead(reason="not-understood", detail=detail))
    return Way(below.nics, link.vlan)


def only_tag(ways: list[Way]) -> int | None:
    """Return the one tag that all ways put on frames; ``None`` where there is not one."""
    tags = {way.tag for way in ways}
    return tags.pop() if len(tags) == 1 and all(way.problem is None for way in ways) else None


def uplink(
    port: FoundPort, ways: list[Way], carried: Carried, nic_ids: dict[str, str]
) -> UplinkBinding:
    """Return a port that leads out as an uplink; ``nic_ids`` are the ids of NICs by name."""
    names = tuple(dict.fromkeys(name for way in ways for name in way.nics))
    return UplinkBinding(
        name=port.name,
        physical_nics=tuple(nic_ids[name] for name in names),
        aggregated=len(names) > 1,
        tags=_tags(ways, carried),
    )


def _tags(ways: list[Way], carried: Carried) -> Fact[UplinkTags | None]:
    unclear = _unclear(ways, carried)
    if unclear is not None:
        return unclear
    tag, native = ways[0].tag, carried.untagged
    if tag is not None:
        # What has a tag of its own gets a second one, and stays within the VLAN of the outer.
        pairs = () if native is None else (Renumbering(inside=native, outside=tag),)
        return UplinkTags(carries=(), renumbers=pairs)
    if carried == ALL_TAGS:
        return None
    if native in {0, None}:
        return UplinkTags(carries=vlan_ranges(_without(carried.ranges, None if native == 0 else 0)))
    return UplinkTags(
        carries=vlan_ranges(_without(_without(carried.ranges, native), 0)),
        renumbers=(Renumbering(inside=native or 0, outside=0),),
    )


def _unclear(ways: list[Way], carried: Carried) -> NotRead | None:
    """Return what is not modelled of the tags that an uplink puts on frames, or takes in."""
    problem = next((way.problem for way in ways if way.problem is not None), None)
    if problem is not None:
        return problem
    detail = ""
    if len({way.tag for way in ways}) > 1 or carried.also_untagged or carried.tagged_out:
        detail = "several VLANs leave untagged, or come in so, which is not modelled"
    elif carried.untagged and not carried.only_untagged:
        number = carried.untagged
        detail = f"VLAN {number} leaves untagged and is taken in with its tag too: not modelled"
    return NotRead(reason="not-understood", detail=detail) if detail else None


def _without(ranges: Ranges, number: int | None) -> Ranges:
    return tuple(_split(ranges, number))


def _split(ranges: Ranges, number: int | None) -> Iterator[tuple[int, int]]:
    for first, last in ranges:
        if number is None or not first <= number <= last:
            yield first, last
            continue
        if first < number:
            yield first, number - 1
        if number < last:
            yield number + 1, last


def hardware(host: Links) -> Iterator[Link]:
    """Yield the interfaces that are real NICs."""
    yield from (link for link in host.values() if link.kind == "")


def leads_out(port: FoundPort, machines: frozenset[str]) -> bool:
    """Tell whether no machine is behind a port."""
    return machines.isdisjoint(port.interfaces)
