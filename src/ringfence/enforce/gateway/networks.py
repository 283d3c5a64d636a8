"""The addresses that belong behind each interface of a gateway, by its addresses and routes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from ipaddress import (
    IPv4Network,
    IPv6Network,
    collapse_addresses,
    ip_interface,
    ip_network,
)
from typing import Any, Final, cast

from ringfence.foundation.errors import EnforceError
from ringfence.model.facts import NotRead
from ringfence.model.rules import Device
from ringfence.policy.document import Policy

Network = IPv4Network | IPv6Network

_EVERYTHING: Final = ("0.0.0.0/0", "::/0")
_NEVER_SENT: Final = tuple(
    ip_network(text)
    for text in (
        "0.0.0.0/8",
        "127.0.0.0/8",
        "224.0.0.0/3",
        "::/96",
        "::ffff:0:0/96",
        "fe80::/10",
        "ff00::/8",
    )
)
"""No packet of another network has such a source (RFC 6890)."""


def behind(
    device: Device, facing: Mapping[str, str], policy: Policy
) -> Mapping[str, tuple[Network, ...]]:
    """Return the networks of each zone that a gateway faces; no two zones share an address.

    They are those of its interfaces and of the routes out of them. Of a network within another
    zone's the smaller one keeps its addresses, as routing has it. A zone outside is where it is
    declared to be, which is anywhere if nothing is said, less what belongs to others. Raises
    ``EnforceError`` where the device was not read, or one network is behind two zones.
    """
    routed = _routed(device, facing)
    found: dict[str, set[Network]] = defaultdict(set)
    for zone in sorted(set(facing.values())):
        found[zone] = set(routed[zone])
        declared = policy.zones[zone]
        if declared.external:
            found[zone] |= {ip_network(text) for text in declared.addresses or _EVERYTHING}
    for zone, others in ((one, other) for one in found for other in found if one < other):
        shared = found[zone] & found[others]
        if shared:
            message = (
                f"{device.name} has {min(map(str, shared))} behind both {zone} and {others}: "
                "which of them a packet comes from could not be told."
            )
            raise EnforceError(message, "Correct its routes, or what its interfaces face.")
    return {zone: tuple(_apart(zone, found)) for zone in found}


def within(wanted: Iterable[Network], networks: Iterable[Network]) -> tuple[Network, ...]:
    """Return the parts of ``wanted`` that lie in ``networks``, in order."""
    there = tuple(networks)
    common = [
        one if _contains(other, one) else other
        for one in wanted
        for other in there
        if _contains(other, one) or _contains(one, other)
    ]
    return _joined(common)


def _routed(device: Device, facing: Mapping[str, str]) -> Mapping[str, set[Network]]:
    if isinstance(device.interfaces, NotRead) or isinstance(device.routes, NotRead):
        what = "interfaces" if isinstance(device.interfaces, NotRead) else "routes"
        message = f"The {what} of {device.name} were not read."
        raise EnforceError(message, "Collect them, or name its saved configuration in the policy.")
    found: dict[str, set[Network]] = defaultdict(set)
    for interface in device.interfaces:
        if interface.name not in facing:
            continue
        if isinstance(interface.addresses, NotRead):
            message = f"The addresses of {interface.name} of {device.name} were not read."
            raise EnforceError(message, "Collect them again.")
        networks = (ip_interface(text).network for text in interface.addresses)
        found[facing[interface.name]].update(filter(_leads_elsewhere, networks))
    for route in device.routes:
        network = ip_network(route.destination)
        zone = facing.get(route.interface or "")
        if zone is not None and network.prefixlen and _leads_elsewhere(network):
            found[zone].add(network)
    return found


def _leads_elsewhere(network: Network) -> bool:
    """Tell whether a network is more than the link itself."""
    return not (network.is_link_local or network.is_multicast)


def _apart(zone: str, found: Mapping[str, Iterable[Network]]) -> Iterator[Network]:
    """Yield the networks of a zone without those of others that lie within them."""
    smaller = [
        *_NEVER_SENT,
        *(network for other, networks in found.items() if other != zone for network in networks),
    ]
    parts: list[Network] = []
    for network in found[zone]:
        left = [network]
        for hole in smaller:
            if hole != network and _contains(network, hole):
                left = [part for one in left for part in _without(one, hole)]
        parts += left
    yield from _joined(parts)


def _without(network: Network, hole: Network) -> Iterator[Network]:
    """Yield what is left of a network; of two networks one holds the other, or they are apart."""
    if not _contains(network, hole):
        if not _contains(hole, network):
            yield network
    else:
        # Both are of one family, since one holds the other.
        yield from network.address_exclude(cast("Any", hole))


def _contains(outer: Network, inner: Network) -> bool:
    if isinstance(outer, IPv4Network) and isinstance(inner, IPv4Network):
        return inner.subnet_of(outer)
    if isinstance(outer, IPv6Network) and isinstance(inner, IPv6Network):
        return inner.subnet_of(outer)
    return False


def _joined(networks: Iterable[Network]) -> tuple[Network, ...]:
    """Return networks in order, neighbours joined, IPv4 first."""
    every = set(networks)
    fours = [one for one in every if isinstance(one, IPv4Network)]
    sixes = [one for one in every if isinstance(one, IPv6Network)]
    return (*collapse_addresses(fours), *collapse_addresses(sixes))
