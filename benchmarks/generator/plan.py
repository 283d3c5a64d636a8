"""A planned network: zones, networks, machines, firewalls and what is planted, in plain words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from benchmarks.generator.size import Size


@dataclass(frozen=True, slots=True)
class Network:
    """A port group of a site, the zone it belongs to, and its prefixes.

    ``routed`` networks have an interface of the zone's firewall. ``trunk`` are VLANs that its
    machines get tagged, instead of its own.
    """

    name: str
    number: int
    site: int
    zone: str
    vlan: int
    routed: bool = False
    trunk: tuple[int, int] | None = None

    @property
    def prefix(self) -> str:
        """The IPv4 prefix, a /24."""
        return f"{self.address(0)}/24"

    @property
    def prefix6(self) -> str:
        """The IPv6 prefix, a /64."""
        return f"fd00:1:{self.number + 1:x}::/64"

    def address(self, last: int) -> str:
        """Return an IPv4 address of the network by its last octet."""
        return f"10.{self.number >> 8}.{self.number & 255}.{last}"

    def address6(self, last: int) -> str:
        """Return an IPv6 address of the network by its last group."""
        return f"fd00:1:{self.number + 1:x}::{last:x}"


@dataclass(frozen=True, slots=True)
class PlannedMachine:
    """A machine of a zone, on a host, with NICs by the number of their network."""

    number: int
    zone: str
    host: int
    networks: tuple[int, ...]
    last: int
    on: bool = True
    reports: bool = True

    @property
    def name(self) -> str:
        """The machine's name."""
        return f"{self.zone}-{self.number:05d}"


@dataclass(frozen=True, slots=True)
class PlannedDevice:
    """A physical firewall of a site, with the zones that stand behind it."""

    name: str
    number: int
    site: int
    zones: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PlannedFlow:
    """TCP ports that the policy lets one zone use in another, through devices."""

    source: str
    destination: str
    ports: tuple[int, ...]
    through: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Entry:
    """What one rule, or one on each of two firewalls, does with conversations between two zones.

    Addresses are text as in a rule; ``ports`` the first and last destination port of TCP, or
    ``None`` for every packet. An entry that refuses stands on the firewall of the source alone.
    ``bound`` rules name their interfaces.
    """

    permits: bool
    source_zone: str
    destination_zone: str
    source: str
    destination: str
    ports: tuple[int, int] | None
    bound: bool
    family: Literal[4, 6] = 4


@dataclass(frozen=True, slots=True)
class Violation:
    """Something planted: its kind, where, and the pairs of zones that it opens."""

    kind: Literal["misplaced-machine", "vlan-clash", "trunk-to-machine", "undeclared-rule"]
    object: str
    pairs: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Plan:
    """A whole network. ``entries`` are in the order in which the firewalls have them."""

    size: Size
    zones: tuple[str, ...]
    networks: tuple[Network, ...]
    machines: tuple[PlannedMachine, ...]
    devices: tuple[PlannedDevice, ...]
    flows: tuple[PlannedFlow, ...]
    entries: tuple[Entry, ...]
    violations: tuple[Violation, ...]

    @cached_property
    def device_of(self) -> Mapping[str, PlannedDevice]:
        """The firewall that each zone stands behind; the outside's is the first."""
        return {zone: device for device in self.devices for zone in device.zones}

    @cached_property
    def gateway_of(self) -> Mapping[str, Network]:
        """The routed network of each zone."""
        return {network.zone: network for network in self.networks if network.routed}

    def hosts_at(self, site: int) -> range:
        """Return the numbers of the hosts of a site."""
        return range(site, self.size.hosts, self.size.sites)
