"""Hosts: physical NICs, kernel interfaces, services, their own firewall, settings."""

from __future__ import annotations

from typing import Literal

from ringfence.model.facts import NOT_COLLECTED, Fact, Record, Setting

KernelService = Literal[
    "management",
    "migration",
    "provisioning",
    "storage",
    "fault-tolerance",
    "replication",
    "backup",
    "witness",
]


class Neighbour(Record, frozen=True, tag="neighbour"):
    """What a physical switch says of itself on a NIC (CDP or LLDP)."""

    switch: str
    port: str
    protocol: Literal["cdp", "lldp"]
    native_vlan: int | None = None


class NetworkHint(Record, frozen=True, array_like=True):
    """A VLAN and an address prefix observed on a NIC; VLAN 0 is untagged."""

    vlan: int
    prefix: str


class PhysicalNic(Record, frozen=True):
    """A physical NIC; ``pci`` is its address on the bus, ``speed`` in Mbit/s (0: link down)."""

    id: str
    name: str
    mac: str = ""
    pci: str = ""
    speed: Fact[int] = NOT_COLLECTED
    neighbour: Fact[Neighbour | None] = NOT_COLLECTED
    hints: Fact[tuple[NetworkHint, ...]] = NOT_COLLECTED


class KernelInterface(Record, frozen=True):
    """An interface of the host itself; ``stack`` is the source's name of its TCP/IP stack.

    Kernel interfaces never forward. ``port_group`` is an object id, ``port`` a live port's.
    """

    id: str
    name: str
    port_group: Fact[str | None] = NOT_COLLECTED
    port: Fact[str | None] = None
    services: Fact[tuple[KernelService, ...]] = NOT_COLLECTED
    stack: str = "default"
    addresses: Fact[tuple[str, ...]] = NOT_COLLECTED
    mac: Fact[str] = NOT_COLLECTED
    mtu: Fact[int] = NOT_COLLECTED


class NetworkStack(Record, frozen=True):
    """A TCP/IP stack of a host with its default gateway and routes (``prefix via gateway``)."""

    name: str
    gateway: Fact[str | None] = NOT_COLLECTED
    routes: Fact[tuple[str, ...]] = NOT_COLLECTED


class HostService(Record, frozen=True):
    """A service that runs on the host; ``policy`` is when it starts (``on``, ``off``, …)."""

    key: str
    label: str
    running: Fact[bool] = NOT_COLLECTED
    policy: Fact[str] = NOT_COLLECTED


class HostFirewallRuleset(Record, frozen=True):
    """A ruleset of the host's own firewall; ``networks`` where not every address is allowed."""

    key: str
    enabled: bool
    all_addresses: bool
    networks: tuple[str, ...] = ()
    configurable: bool = True
    required: bool = False


class HostFirewall(Record, frozen=True, tag="host-firewall"):
    """The host's own firewall: its defaults and rulesets."""

    incoming_blocked: Fact[bool] = NOT_COLLECTED
    outgoing_blocked: Fact[bool] = NOT_COLLECTED
    rulesets: Fact[tuple[HostFirewallRuleset, ...]] = NOT_COLLECTED


class Host(Record, frozen=True):
    """A virtualization host. ``cluster`` is ``None`` for a host that stands alone.

    ``folder`` is then the id of the folder that holds it. ``cpu_mhz`` counts all ``cpu_cores``.
    """

    id: str
    name: str
    cluster: str | None = None
    datacenter: str | None = None
    folder: str | None = None
    connection: Fact[str] = NOT_COLLECTED
    maintenance: Fact[bool] = NOT_COLLECTED
    product: Fact[str] = NOT_COLLECTED
    cpu_mhz: Fact[int] = NOT_COLLECTED
    cpu_cores: Fact[int] = NOT_COLLECTED
    memory_mib: Fact[int] = NOT_COLLECTED
    physical_nics: Fact[tuple[PhysicalNic, ...]] = NOT_COLLECTED
    kernel_interfaces: Fact[tuple[KernelInterface, ...]] = NOT_COLLECTED
    stacks: Fact[tuple[NetworkStack, ...]] = NOT_COLLECTED
    services: Fact[tuple[HostService, ...]] = NOT_COLLECTED
    firewall: Fact[HostFirewall] = NOT_COLLECTED
    lockdown: Fact[Literal["disabled", "normal", "strict"]] = NOT_COLLECTED
    lockdown_exceptions: Fact[tuple[str, ...]] = NOT_COLLECTED
    time_servers: Fact[tuple[str, ...]] = NOT_COLLECTED
    settings: Fact[tuple[Setting, ...]] = NOT_COLLECTED
