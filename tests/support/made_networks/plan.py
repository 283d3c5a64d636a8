"""What a network made by chance has: zones, segments of the physical network, hosts, machines."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from random import Random
from typing import Literal

from ringfence.lab.addressing import FIRST_MACHINE, GATEWAY, address_6, addresses, gateways, mac
from ringfence.lab.layout import Interface, Node

NAMES = ("alpha", "beta", "gamma", "delta")
FURTHER = 20
"""What is added to a machine's number for its further addresses."""


@dataclass(frozen=True)
class Segment:
    """A layer-2 domain between hosts, with a physical switch of its own.

    ``trunk``: ports carry the VLANs of its zones tagged, but for ``native``. ``access``: every port
    is in the VLAN of its one zone. ``flat``: a switch that knows no VLANs.
    """

    name: str
    kind: Literal["trunk", "access", "flat"]
    zones: tuple[str, ...]
    native: str | None = None
    """The zone whose frames are untagged; in a trunk there may be none."""


@dataclass(frozen=True)
class Plan:
    """A network before it is laid out; ``firewall_on`` is a host, empty for a physical device."""

    zones: Mapping[str, int]
    segments: tuple[Segment, ...]
    hosts: tuple[str, ...]
    machines: tuple[Node, ...]
    firewall_on: str
    translates: bool

    def segment_of(self, zone: str) -> Segment:
        """Return the segment that a zone's machines are meant to be in."""
        return next(one for one in self.segments if zone in one.zones)

    def vlans(self, segment: Segment) -> tuple[int, ...]:
        """Return the VLANs of a segment's zones, in order."""
        return tuple(sorted(self.zones[zone] for zone in segment.zones))


def plan(chance: Random) -> Plan:
    """Return a plan made by chance."""
    numbers = sorted(chance.sample(range(2, 200), len(NAMES)))
    zones = dict(zip(NAMES[: chance.randint(2, 4)], numbers, strict=False))
    hosts = tuple(f"h{number}" for number in range(1, chance.randint(1, 3) + 1))
    segments = tuple(_segments(chance, tuple(zones)))
    machines = tuple(_machines(chance, zones, hosts))
    return Plan(
        zones=zones,
        segments=segments,
        hosts=hosts,
        machines=machines,
        firewall_on=chance.choice(hosts) if chance.random() < 0.35 else "",
        translates=chance.random() < 0.3,
    )


def _segments(chance: Random, zones: tuple[str, ...]) -> Iterator[Segment]:
    trunked = []
    for zone in zones:
        kind = chance.random()
        if kind < 0.12:
            yield Segment(f"access-{zone}", "access", (zone,), zone)
        elif kind < 0.24:
            yield Segment(f"flat-{zone}", "flat", (zone,), zone)
        else:
            trunked.append(zone)
    if trunked:
        native = chance.choice(trunked) if chance.random() < 0.3 else None
        yield Segment("trunk", "trunk", tuple(trunked), native)


def _machines(chance: Random, zones: Mapping[str, int], hosts: tuple[str, ...]) -> Iterator[Node]:
    for zone, vlan in zones.items():
        for number in range(1, chance.randint(1, 2) + 1):
            place = FIRST_MACHINE + number - 1
            given = addresses(vlan, place)
            kind = chance.random()
            if kind < 0.08:
                given = given[:1]
            elif kind < 0.16:
                given = given[1:]
            elif kind < 0.4:
                given += addresses(vlan, place + FURTHER)[chance.randint(0, 1) :]
            yield Node(
                name=f"{zone}-{number}",
                kind="machine",
                zone=zone,
                host=chance.choice(hosts),
                interfaces=(Interface(name="eth0", mac=mac(vlan, place), addresses=given),),
                gateways=tuple(
                    each
                    for each in gateways(vlan)
                    if any((":" in each) == (":" in one) for one in given)
                ),
                neighbours=(f"{address_6(vlan, GATEWAY)} lladdr {mac(vlan, GATEWAY)} dev eth0",),
            )
