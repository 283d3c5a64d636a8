"""The packets that are tried on a generated network, and the pieces that its rules are made of."""

from __future__ import annotations

from itertools import product
from random import Random

from ringfence.model.packet import ICMP, ICMPV6, TCP, UDP, Header

# Addresses at the edges of the ranges below, of devices and of machines.
ADDRESSES_4 = ("10.0.1.1", "10.0.1.10", "10.0.1.255", "10.0.2.1", "10.0.2.10", "10.1.0.0")
ADDRESSES_6 = ("fd00:1::1", "fd00:1::10", "fd00:2::1", "fd00:2:ffff::")
RANGES_4 = (
    "10.0.1.0/24",
    "10.0.2.0/24",
    "10.0.0.0/16",
    "10.0.1.10",
    "10.0.1.5-10.0.2.1",
    "0.0.0.0/0",
    "10.0.1.255-10.1.0.0",
)
RANGES_6 = ("fd00:1::/64", "fd00:2::/32", "::/0", "fd00:1::10", "fd00:1::2-fd00:2::1")
ROUTES_4 = ("0.0.0.0/0", "10.0.0.0/8", "10.0.1.0/24", "10.0.2.0/24", "10.0.2.10/32", "10.0.1.0/25")
ROUTES_6 = ("::/0", "fd00:1::/64", "fd00:2::/32", "fd00:1::10/128")


def headers(chance: Random, *, devices: bool) -> tuple[Header, ...]:
    """Return the packets to try; a handful where no device or filter looks into them."""
    if not devices:
        return tuple(_of_family(ADDRESSES_4[:1], ICMP)) + tuple(_of_family(ADDRESSES_6[:1], ICMPV6))
    four = sorted(chance.sample(ADDRESSES_4, 4))
    six = sorted(chance.sample(ADDRESSES_6, 2))
    return (*_of_family(four, ICMP), *_of_family(six, ICMPV6))


def probes() -> tuple[Header, ...]:
    """Return packets of every kind that rules and routes tell apart, to see what gets anywhere."""
    four = (
        *ADDRESSES_4,
        "10.0.1.11",
        "10.0.1.200",
        "10.0.2.11",
        "10.0.3.1",
        "10.2.0.0",
        "11.0.0.0",
    )
    six = (*ADDRESSES_6, "fd00:1::2", "fd00:1:0:1::", "fd00:3::1", "fe00::1")
    return (*_of_family(four, ICMP), *_of_family(six, ICMPV6))


def _of_family(addresses: tuple[str, ...] | list[str], icmp: int) -> list[Header]:
    found: list[Header] = []
    for source, destination in product(addresses, repeat=2):
        ends = {"source": source, "destination": destination}
        found.extend(
            Header(protocol=TCP, **_ports(ports), tcp_flags=flags, **ends)
            for ports, flags in product(((1024, 22), (1024, 80), (53, 81)), (2, 16))
        )
        found.extend(
            Header(protocol=UDP, **_ports(ports), **ends) for ports in ((53, 53), (1024, 80))
        )
        found.extend(
            Header(protocol=icmp, icmp_type=kind, icmp_code=code, **ends)
            for kind, code in ((8, 0), (3, 1), (128, 0))
        )
        found.append(Header(protocol=47, **ends))
        found.extend(
            Header(protocol=protocol, fragment="later", **ends) for protocol in (TCP, icmp)
        )
        found.append(
            Header(protocol=TCP, **_ports((1024, 80)), tcp_flags=2, fragment="first", **ends)
        )
    return found


def _ports(ports: tuple[int, int]) -> dict[str, int]:
    return {"source_port": ports[0], "destination_port": ports[1]}
