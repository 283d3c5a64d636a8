"""A packet again, in every frame that its sender could put it into."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from itertools import count, product

import msgspec

from ringfence.lab.layout import Layout, Node
from ringfence.lab.probe import FIRST_SOURCE_PORT, Probe
from ringfence.lab.probe_headers import numbered

Frame = tuple[str, tuple[int, ...]]
"""How a packet is framed: the MAC address that it goes to, and its VLANs."""
Route = tuple[str, str, str, bool]
"""The NIC of a sender, a receiver, and whether by IPv6: what leads one packet there, leads all."""


def every_way(
    layout: Layout, doubtful: Iterable[Probe], only: Mapping[Route, Collection[Frame]] | None = None
) -> tuple[Probe, ...]:
    """Return packets again, numbered from 1, in every frame that a sender could make.

    To the MAC address of its gateways and of everything that is its destination's, without a tag,
    and with any one of the lab's VLANs; or in the frames that ``only`` has for their routes. Each
    says by its ``kind`` what the packet was.
    """
    gateways = {one.mac for node in layout.of_kind("firewall") for one in node.interfaces}
    tags: tuple[tuple[int, ...], ...] = ((), *((vlan,) for vlan in layout.vlans()))
    numbers = count(1)
    return tuple(
        _again(one, frame, next(numbers))
        for one in doubtful
        for frame in (
            product(sorted({one.next_hop, *gateways, *_macs(layout.node(one.destination))}), tags)
            if only is None
            else sorted(only.get(route(one), ()))
        )
    )


def route(probe: Probe) -> Route:
    """Return from where to where a packet is sent."""
    return (probe.source, probe.interface, probe.destination, ":" in probe.header.source)


def _again(one: Probe, frame: Frame, number: int) -> Probe:
    header = one.header
    if header.source_port is not None and header.source_port >= FIRST_SOURCE_PORT:
        header = numbered(msgspec.structs.replace(header, source_port=0), number)
    return replace(one, number=number, header=header, next_hop=frame[0], tags=frame[1])


def _macs(node: Node) -> Iterator[str]:
    """Yield every MAC address of a node."""
    yield from (one.mac for one in node.interfaces)
    for switch in node.switches:
        if switch.addresses:
            yield switch.mac
        yield from (own.interface.mac for own in switch.own)
