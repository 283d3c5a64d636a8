"""The true matrix: for each ordered pair of zones, the services whose packets really arrived."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Final

from ringfence.lab.probing import Probed
from ringfence.model.facts import Record
from ringfence.model.packet import PROTOCOL_NAMES, PROTOCOLS_WITH_PORTS, Header

_HONEST: Final = frozenset({"plain", "edge"})
"""Packets that begin a conversation as an honest machine begins it."""


class TrueCell(Record, frozen=True):
    """What arrived of the packets from one zone to another.

    ``services`` are those that arrived, by IP version; ``tried`` counts the honest packets of the
    pair, ``arrived`` those of them that came. ``lying`` are further packets that came: with a false
    source, past the gateway, tagged, in the middle of a connection, or in fragments. ``overheard``
    are nodes of other zones that saw a packet in a frame that was not meant for them.
    """

    source: str
    destination: str
    tried: int
    arrived: int
    services: tuple[str, ...] = ()
    services_6: tuple[str, ...] = ()
    lying: tuple[str, ...] = ()
    overheard: tuple[str, ...] = ()


def true_matrix(probed: Probed) -> tuple[TrueCell, ...]:
    """Return a cell for each pair of zones, and of a zone and a device, that packets were sent for.

    Rows and columns are in the order of the lab: zones by trust, then devices and hosts.
    """
    zones = {node.name: node.zone for node in probed.layout.nodes}
    called = {
        node.name: node.zone if node.kind == "machine" else node.name
        for node in probed.layout.nodes
    }
    pairs: dict[tuple[str, str], list[int]] = defaultdict(list)
    for place, probe in enumerate(probed.probes):
        pairs[called[probe.source], called[probe.destination]].append(place)
    return tuple(_cell(probed, zones, *pair, places) for pair, places in pairs.items())


def _cell(
    probed: Probed, zones: Mapping[str, str], source: str, destination: str, places: Iterable[int]
) -> TrueCell:
    probes = [probed.probes[place] for place in places]
    honest = [one for one in probes if one.kind in {*_HONEST, "device"}]
    came = [one for one in honest if probed.came_to(one)]
    lying = [one for one in probes if one not in honest and probed.came_to(one)]
    others = {
        node
        for one in probes
        for node in probed.overheard.get(one.number, ())
        if zones[node] not in {source, destination}
    }
    return TrueCell(
        source=source,
        destination=destination,
        tried=len(honest),
        arrived=len(came),
        services=_services(one.header for one in came if ":" not in one.header.source),
        services_6=_services(one.header for one in came if ":" in one.header.source),
        lying=tuple(sorted({f"{one.kind} {service(one.header)}" for one in lying})),
        overheard=tuple(sorted(others)),
    )


def _services(headers: Iterable[Header]) -> tuple[str, ...]:
    """Return services in words, sorted by protocol and number."""
    found = {(header.protocol, header.destination_port or 0): service(header) for header in headers}
    return tuple(found[key] for key in sorted(found))


def service(header: Header) -> str:
    """Return the service of a header as a policy writes it: ``tcp/443``, ``icmp/8``."""
    name = PROTOCOL_NAMES.get(header.protocol, str(header.protocol))
    if header.protocol in PROTOCOLS_WITH_PORTS:
        return f"{name}/{header.destination_port or '?'}"
    return name if header.icmp_type is None else f"{name}/{header.icmp_type}"
