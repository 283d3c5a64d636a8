"""The policy as types: what an operator declares. The JSON Schema is generated from these."""

from __future__ import annotations

import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Discriminator, Field, Tag

Configuration = Literal["physical-separation", "virtual-separation", "full-collapse"]
ZoneRole = Literal["management", "migration", "storage", "fault-tolerance"]
CapabilityName = Literal[
    "configure-networks",
    "assign-networks",
    "place-machines",
    "configure-firewalls",
    "configure-hosts",
    "configure-resources",
    "change-permissions",
    "administer",
]


def _kebab(name: str) -> str:
    return name.rstrip("_").replace("_", "-")


def _as_tuple(value: object) -> object:
    return tuple(value) if isinstance(value, (list, tuple)) else (value,)


class Declared(BaseModel):
    """Base of all parts of a policy: frozen, words with hyphens, nothing unknown accepted."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", alias_generator=_kebab, populate_by_name=True
    )


Words = Annotated[
    tuple[str, ...],
    BeforeValidator(_as_tuple, json_schema_input_type=str | tuple[str, ...]),
]
SomeWords = Annotated[
    tuple[str, ...],
    Field(min_length=1),
    BeforeValidator(
        _as_tuple,
        json_schema_input_type=str | Annotated[tuple[str, ...], Field(min_length=1)],
    ),
]
Trust = Annotated[int, Field(ge=0, le=100)]
VLANS = r"^\s*\d+(\s*-\s*\d+)?(\s*,\s*\d+(\s*-\s*\d+)?)*\s*$"
VlanText = Annotated[
    str,
    Field(pattern=VLANS),
    BeforeValidator(
        str,
        json_schema_input_type=Annotated[str, Field(pattern=VLANS)] | Annotated[int, Field(ge=0)],
    ),
]


class NetworkSelector(Declared):
    """Networks by name, VLAN, switch or address prefix; every word given must match.

    ``name`` and ``switch`` are patterns with ``*``; ``vlan`` numbers and ranges ("100-109,120").
    """

    name: str | None = None
    vlan: VlanText | None = None
    switch: str | None = None
    prefix: str | None = None


class MachineSelector(Declared):
    """Machines by tag (``category=name``), folder path, resource pool or name pattern."""

    tag: str | None = None
    folder: str | None = None
    pool: str | None = None
    name: str | None = None


def _network(value: object) -> object:
    return {"name": value} if isinstance(value, str) else value


Network = Annotated[
    NetworkSelector,
    BeforeValidator(_network, json_schema_input_type=str | NetworkSelector),
]


def _narrowing_kind(value: object) -> str:
    return "address" if isinstance(value, str) else "machines"


Narrowing = Annotated[
    Annotated[str, Tag("address")] | Annotated[MachineSelector, Tag("machines")],
    Discriminator(_narrowing_kind),
]


class Zone(Declared):
    """A trust zone: where it is (``networks``) and what belongs there (``machines``)."""

    trust: Trust
    external: bool = False
    sensitive: bool = False
    attached: Words = ()
    addresses: Words = ()
    networks: tuple[Network, ...] = ()
    machines: tuple[MachineSelector, ...] = ()
    role: ZoneRole | None = None
    frameworks: Words = ()


class Flow(Declared):
    """A kind of conversation that may start from one zone to another.

    ``services`` are names of the policy's services or written out (``tcp/443``, ``udp/53``,
    ``icmp``, ``icmp/8``, ``tcp/1024-65535``, ``any``). ``source`` and ``destination`` narrow the
    places by address or machine selector; ``through`` names the devices a path must cross.
    """

    from_: str
    to: str
    services: SomeWords
    source: tuple[Narrowing, ...] = ()
    destination: tuple[Narrowing, ...] = ()
    through: Words = ()
    log: bool = False
    owner: str | None = None
    reason: str | None = None
    review_by: datetime.date | None = None


class InterfaceAttachment(Declared):
    """What a device's interface is attached to: an external zone, a domain's VLAN, or a NIC.

    ``nic`` is the label of a virtual NIC of the device's machine; without it, the MAC address in
    the device's own configuration finds the NIC. ``addresses`` are for configurations that do not
    hold them.
    """

    zone: str | None = None
    domain: str | None = None
    vlan: Annotated[int, Field(ge=0, le=4094)] | None = None
    nic: str | None = None
    addresses: Words = ()


class DeclaredRoute(Declared):
    """A route of a device whose configuration does not hold its routes."""

    to: str
    interface: str
    via: str | None = None


class DeclaredDevice(Declared):
    """An enforcement point between zones, physical or a virtual machine.

    ``config`` names files or folders with its saved configuration, beside the policy file.
    """

    kind: Literal["firewall", "router"] = "firewall"
    physical: bool = False
    machine: str | None = None
    config: Words = ()
    interfaces: dict[str, InterfaceAttachment] = {}
    routes: tuple[DeclaredRoute, ...] | None = None


class Domain(Declared):
    """A layer-2 domain of the physical network.

    ``uplinks`` are patterns ``host/physical-nic``; ``vlans`` the tags carried, all where absent;
    ``native`` the VLAN of untagged frames, or ``none`` where untagged frames are dropped;
    ``private_vlans`` whether the physical switches know the private VLAN pairs; ``double_tags``
    whether they surely drop frames with two tags, or may strip the outer one, of the native VLAN.
    """

    uplinks: Words = ()
    vlans: VlanText | None = None
    native: Annotated[int, Field(ge=1, le=4094)] | Literal["none", "unknown"] = "unknown"
    private_vlans: bool = False
    double_tags: Literal["drop", "unknown"] = "unknown"


class Fabric(Declared):
    """What the physical network does between hosts."""

    domains: dict[str, Domain] = {}


Choice = Literal["reject", "accept"]


class Layer2Standard(Declared):
    """What virtual switches must do with frames that lie."""

    promiscuous_mode: Choice = "reject"
    mac_changes: Choice = "reject"
    forged_transmits: Choice = "reject"


class VlanStandard(Declared):
    """Numbers that zones must not use, and whether machines may tag."""

    reserved: tuple[VlanText, ...] = ("1001-1024", "3968-4094")
    native: int | None = 1
    trunk_to_machine: Literal["forbidden", "allowed"] = "forbidden"


class NicStandard(Declared):
    """How many physical NICs something must have, and whether they serve it alone."""

    dedicated: bool = False
    at_least: int = 1


class NicStandards(Declared):
    """Physical NICs: for management, for each host, and in each team."""

    management: NicStandard = NicStandard(dedicated=True, at_least=2)
    per_host: NicStandard = NicStandard(at_least=3)
    teaming: NicStandard = NicStandard(at_least=2)
    one_zone_per_nic: Words = ()
    """Zones whose physical NICs may carry no other zone (separate switches)."""


class ManagementStandard(Declared):
    """From where, and on which services, hosts may be managed."""

    reachable_from: Words = ("management",)
    services: Words = ("tcp/443", "tcp/902")
    networks: Words = ()


class ResourceStandard(Declared):
    """Reservations and limits in per cent of the cluster, or of what the machine is given."""

    cpu_reservation: str | None = None
    memory_reservation: str | None = None
    cpu_limit: str | None = None
    memory_limit: str | None = None


class ResourceStandards(Declared):
    """Resources of security appliances, and of the pools of zones."""

    security_appliances: ResourceStandard = ResourceStandard(
        cpu_reservation="100%", memory_reservation="100%"
    )
    zones: dict[str, ResourceStandard] = {}


class LoggingStandard(Declared):
    """Where logs and flow records must go, and the time servers."""

    collectors: Words = ()
    time_servers: Words = ()
    flow_collectors: Words = ()


class Standards(Declared):
    """What every host, switch and pool must satisfy; the defaults are the hardened values."""

    layer2: Layer2Standard = Layer2Standard()
    vlans: VlanStandard = VlanStandard()
    nics: NicStandards = NicStandards()
    naming: str | None = None
    management: ManagementStandard = ManagementStandard()
    resources: ResourceStandards = ResourceStandards()
    logging: LoggingStandard = LoggingStandard()


class DutyRole(Declared):
    """What the principals of a duty may do, and in which zones (everywhere where absent)."""

    may: tuple[CapabilityName, ...]
    zones: Words = ()


class BreakGlass(Declared):
    """Accounts for emergencies only."""

    accounts: Words = ()
    notify: bool = False


class FourEyes(Declared):
    """Zones whose changes need the approval of others."""

    zones: Words = ()
    approvals: int = 1


class Duties(Declared):
    """Who may do what, and which rights must never meet in one principal."""

    roles: dict[str, DutyRole] = {}
    members: dict[str, Words] = {}
    never_together: tuple[tuple[CapabilityName, CapabilityName], ...] = (
        ("configure-networks", "configure-firewalls"),
        ("configure-networks", "place-machines"),
        ("configure-networks", "assign-networks"),
    )
    administrators: Words = ()
    break_glass: BreakGlass = BreakGlass()
    four_eyes: FourEyes = FourEyes()


class DeclaredException(Declared):
    """A finding accepted by a person, for a time; it never turns a violated proof."""

    control: str
    object: str
    owner: str = Field(min_length=1)
    reason: str = Field(min_length=1)
    expires: datetime.date


class ClusterPolicy(Declared):
    """What differs for one cluster or site."""

    configuration: Configuration


class Policy(Declared):
    """A whole policy. References between its parts are checked when it is loaded."""

    ringfence: Literal[1]
    name: str
    extends: Words = ()
    configuration: Configuration
    clusters: dict[str, ClusterPolicy] = {}
    zones: dict[str, Zone]
    services: dict[str, Words] = {}
    flows: tuple[Flow, ...] = ()
    devices: dict[str, DeclaredDevice] = {}
    fabric: Fabric = Fabric()
    standards: Standards = Standards()
    duties: Duties = Duties()
    exceptions: tuple[DeclaredException, ...] = ()

    def by_trust(self) -> tuple[str, ...]:
        """Return the names of the zones, external first, then by rising trust, then by name."""
        return tuple(
            sorted(
                self.zones,
                key=lambda name: (
                    not self.zones[name].external,
                    self.zones[name].trust,
                    name,
                ),
            )
        )
