"""A gateway between zones outside, as small as its rules need it, and policies made by chance."""

from __future__ import annotations

from collections.abc import Mapping
from ipaddress import ip_interface
from random import Random
from typing import Any

from ringfence.model.inventory import Inventory
from ringfence.model.rules import Device, DeviceInterface, Route
from ringfence.model.snapshot import ReadingSource, Snapshot
from ringfence.operations.subject import Subject
from ringfence.policy.document import Policy

ADDRESSES: Mapping[str, tuple[str, ...]] = {
    "outside": ("192.0.2.1/24", "2001:db8::1/64"),
    "dmz": ("10.1.0.1/24", "fd00:1::1/64"),
    "inner ring": ("10.2.0.1/16", "10.9.0.1/24", "fd00:2::1/64"),
    "management": ("10.3.0.1/24", "fd00:3::1/64"),
}
"""The addresses of the gateway in each zone."""
SERVICES = (
    ["tcp/443"],
    ["tcp/22,80,443", "tcp/400-500"],
    ["udp/53", "tcp/53"],
    ["icmp/8", "icmpv6/128"],
    ["esp", "udp/500"],
    ["any"],
    ["sctp/5000-5010", "tcp/1-65535"],
)
NARROWED: Mapping[str, tuple[str, ...]] = {
    "outside": ("198.51.100.0/24", "2001:db8:7::/48"),
    "dmz": ("10.1.0.16/28", "fd00:1::7/128"),
    "inner ring": ("10.2.128.0/17", "10.9.0.4/32", "fd00:2::/96"),
    "management": ("10.3.0.128/25", "fd00:3::8/128"),
}


def interface(zone: str) -> str:
    """The gateway's interface in a zone."""
    return f"to-{zone.split(maxsplit=1)[0]}"


def gateway_policy(flows: list[dict[str, Any]], *zones: str) -> Policy:
    """A policy of some zones, all outside, around the gateway ``fw``."""
    named = zones or tuple(ADDRESSES)
    declared: dict[str, dict[str, Any]] = {
        zone: {"trust": 10 * place, "external": True} for place, zone in enumerate(named)
    }
    for zone, words in declared.items():
        if zone == "management":
            words["role"] = "management"
        if zone != "outside":
            words["addresses"] = [str(ip_interface(text).network) for text in ADDRESSES[zone]]
    return Policy.model_validate(
        {
            "ringfence": 1,
            "name": "around",
            "configuration": "full-collapse",
            "zones": declared,
            "flows": flows,
            "devices": {"fw": {"interfaces": {interface(zone): {"zone": zone} for zone in named}}},
        }
    )


def world(policy: Policy) -> Subject:
    """What is read of the gateway: its interfaces and routes, and no rules."""
    interfaces = tuple(
        DeviceInterface(name=interface(zone), addresses=ADDRESSES[zone]) for zone in policy.zones
    )
    routes = [
        Route(destination=str(ip_interface(text).network), interface=one.name)
        for one in interfaces
        for text in ADDRESSES[_zone(policy, one.name)]
    ]
    if "outside" in policy.zones:
        at = interface("outside")
        routes += [Route(destination=every, interface=at) for every in ("0.0.0.0/0", "::/0")]
    device = Device(
        id="fw", name="fw", interfaces=interfaces, chains=(), routes=tuple(routes), reassembles=()
    )
    source = ReadingSource(kind="test", name="test", finished="2026-11-29T02:00:00Z")
    return Subject(Inventory(Snapshot(sources=(source,), devices=(device,))), policy)


def _zone(policy: Policy, name: str) -> str:
    return next(zone for zone in policy.zones if interface(zone) == name)


def flows_by_chance(chance: Random) -> list[dict[str, Any]]:
    """Some flows between the zones: several services, some narrowed at either end."""
    made = []
    for _ in range(chance.randint(2, 6)):
        source, destination = chance.sample(tuple(ADDRESSES), 2)
        flow: dict[str, Any] = {"from": source, "to": destination}
        flow["services"] = chance.choice(SERVICES)
        if chance.random() < 0.4:
            flow["source"] = list(NARROWED[source])
        if chance.random() < 0.4:
            flow["destination"] = list(NARROWED[destination])
        if chance.random() < 0.5:
            flow["through"] = ["fw"]
        made.append(flow)
    return made
