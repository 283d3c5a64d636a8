"""Virtual switches, port groups, ports, and the settings that decide where a frame may go."""

from __future__ import annotations

from typing import Annotated, Final, Literal

import msgspec

from ringfence.model.facts import NOT_COLLECTED, Fact, NotRead, Record, Setting
from ringfence.model.rules import SwitchFilterRule

SwitchKind = Literal["standard", "distributed", "linux-bridge", "open-vswitch"]

RENUMBERING: Final[frozenset[SwitchKind]] = frozenset(("linux-bridge", "open-vswitch"))
"""Kinds of switches of which an uplink may give VLANs other numbers; vSphere's give none."""

VlanNumber = Annotated[int, msgspec.Meta(ge=0, le=4095)]
"""A VLAN as a file may say it; 4095 stands for every VLAN."""


class NoVlan(Record, frozen=True, tag="none"):
    """VLAN 0: frames leave untagged and land in the native VLAN of the physical port."""


class AccessVlan(Record, frozen=True, tag="access"):
    """Frames of one VLAN, 1 to 4094; the machine sees them untagged."""

    vlan: VlanNumber


class VlanRange(Record, frozen=True, array_like=True):
    """VLANs ``first`` to ``last``, both included, 0 to 4094."""

    first: VlanNumber
    last: VlanNumber


class TrunkVlan(Record, frozen=True, tag="trunk"):
    """Tagged frames of every VLAN in the ranges reach the machine (VLAN 4095 is 0 to 4094)."""

    ranges: tuple[VlanRange, ...]


class PrivateVlan(Record, frozen=True, tag="private"):
    """One side of a private VLAN; for a promiscuous port both numbers are the primary's."""

    primary: VlanNumber
    secondary: VlanNumber
    kind: Literal["promiscuous", "community", "isolated"]


Vlan = NoVlan | AccessVlan | TrunkVlan | PrivateVlan


class PrivateVlanPair(Record, frozen=True):
    """An entry of a distributed switch's private VLAN table."""

    primary: VlanNumber
    secondary: VlanNumber
    kind: Literal["promiscuous", "community", "isolated"]


class SecuritySetting(Record, frozen=True, tag="setting"):
    """An effective setting (``True`` accepts), and the id of the object where it is set.

    ``origin`` is the object's own id where it is set or overridden there, the id of the object
    that it was inherited from otherwise.
    """

    accept: bool
    origin: str


class SecurityPolicy(Record, frozen=True, tag="security"):
    """The layer-2 security of a switch, port group or port, after inheritance."""

    promiscuous: Fact[SecuritySetting] = NOT_COLLECTED
    mac_changes: Fact[SecuritySetting] = NOT_COLLECTED
    forged_transmits: Fact[SecuritySetting] = NOT_COLLECTED
    mac_learning: Fact[bool] = False
    unknown_unicast_flooding: Fact[bool] = False


class Teaming(Record, frozen=True, tag="teaming"):
    """Which uplinks carry frames; an uplink in neither list is unused. Names of uplinks.

    ``policy`` keeps the source's word for how frames are spread; ``origin`` as in
    ``SecuritySetting``.
    """

    policy: str
    active: tuple[str, ...]
    standby: tuple[str, ...] = ()
    notify_switches: bool | None = None
    fail_back: bool | None = None
    origin: str = ""


class Renumbering(Record, frozen=True, array_like=True):
    """A VLAN of a switch that has another number on the cable of an uplink."""

    inside: VlanNumber
    outside: VlanNumber


class UplinkTags(Record, frozen=True, tag="tags"):
    """Which VLANs of a switch an uplink carries: ``carries`` by their own numbers.

    0 stands for frames without a tag, inside and on the cable. Whatever is not named is dropped.
    """

    carries: tuple[VlanRange, ...] = ()
    renumbers: tuple[Renumbering, ...] = ()


class UplinkBinding(Record, frozen=True):
    """An uplink of a switch on one host and the ids of the physical NICs behind it.

    A link aggregation group is one uplink with several physical NICs. ``tags`` is ``None`` where
    every frame passes as it is; where it was not read, any VLAN may become any other there.
    """

    name: str
    physical_nics: tuple[str, ...]
    aggregated: bool = False
    tags: Fact[UplinkTags | None] = None


class SwitchMember(Record, frozen=True):
    """A host on which the switch exists, with its uplinks there."""

    host: str
    uplinks: Fact[tuple[UplinkBinding, ...]] = NOT_COLLECTED
    mtu: Fact[int] = NOT_COLLECTED


class VirtualSwitch(Record, frozen=True):
    """A virtual switch. A standard switch has exactly one member; a distributed one has many.

    ``forwards_between_uplinks`` is true only for Linux bridges and Open vSwitch: a vSphere switch
    never forwards from uplink to uplink. Security, VLAN and teaming are the defaults that port
    groups inherit. ``folder`` is the id of the folder that holds a distributed switch.
    """

    id: str
    name: str
    kind: SwitchKind
    members: Fact[tuple[SwitchMember, ...]] = NOT_COLLECTED
    uplink_names: Fact[tuple[str, ...]] = NOT_COLLECTED
    forwards_between_uplinks: bool = False
    version: Fact[str] = NOT_COLLECTED
    mtu: Fact[int] = NOT_COLLECTED
    security: Fact[SecurityPolicy] = NOT_COLLECTED
    deprecated_security: Fact[SecurityPolicy | None] = None
    teaming: Fact[Teaming | None] = NOT_COLLECTED
    private_vlans: Fact[tuple[PrivateVlanPair, ...]] = ()
    discovery_operation: Fact[str] = NOT_COLLECTED
    health_check: Fact[bool] = NOT_COLLECTED
    flow_collector: Fact[str] = NOT_COLLECTED
    resource_control: Fact[bool] = NOT_COLLECTED
    settings: Fact[tuple[Setting, ...]] = ()
    datacenter: str | None = None
    folder: str | None = None


class PortOverrides(Record, frozen=True, tag="overrides"):
    """What a single port of a distributed port group may set for itself."""

    vlan: bool
    security: bool
    mac_management: bool
    filters: bool
    teaming: bool
    flow_monitoring: bool
    live_moving: bool
    resource_pool: bool
    reset_at_disconnect: bool


class PortGroup(Record, frozen=True):
    """A port group: what machines and kernel interfaces are attached to.

    A standard port group belongs to one ``host``; a distributed one has ``host`` ``None``.
    ``backing`` is ``overlay`` for groups of an overlay network, keyed by ``logical_switch`` and
    never by VLAN. ``uplink`` groups hold the uplinks' own ports.
    """

    id: str
    name: str
    switch: str
    host: str | None = None
    uplink: bool = False
    backing: Literal["vlan", "overlay"] = "vlan"
    logical_switch: str | None = None
    vlan: Fact[Vlan] = NOT_COLLECTED
    security: Fact[SecurityPolicy] = NOT_COLLECTED
    deprecated_security: Fact[SecurityPolicy | None] = None
    teaming: Fact[Teaming | None] = NOT_COLLECTED
    filters: Fact[tuple[SwitchFilterRule, ...]] = ()
    binding: Fact[Literal["static", "dynamic", "ephemeral"]] = NOT_COLLECTED
    overrides: Fact[PortOverrides | None] = None
    flow_monitoring: Fact[bool] = False
    blocked: Fact[bool] = False
    folder: str | None = None


class Port(Record, frozen=True):
    """A live port of a distributed switch with its effective settings.

    ``connectee`` is the id of the virtual NIC or kernel interface on it. ``overridden`` names what
    the port sets for itself (``vlan``, ``security``, ``mac-management``, ``filters``,
    ``teaming``, ``blocked``). ``runtime_vlans`` is what the host says it really carries.
    """

    id: str
    key: str
    switch: str
    port_group: str
    host: str | None = None
    connectee: Fact[str | None] = NOT_COLLECTED
    overridden: Fact[tuple[str, ...]] = NOT_COLLECTED
    vlan: Fact[Vlan] = NOT_COLLECTED
    security: Fact[SecurityPolicy] = NOT_COLLECTED
    deprecated_security: Fact[SecurityPolicy | None] = None
    filters: Fact[tuple[SwitchFilterRule, ...]] = ()
    blocked: Fact[bool] = NOT_COLLECTED
    runtime_vlans: Fact[tuple[VlanRange, ...] | None] = None


class MirrorSession(Record, frozen=True):
    """Traffic copied from ports to other ports, VLANs or addresses.

    Sources and destinations are port ids. ``remote_vlan`` and ``remote_addresses`` are where a
    remote or encapsulated session sends its copies.
    """

    id: str
    name: str
    switch: str
    enabled: bool
    kind: str
    sources_received: tuple[str, ...] = ()
    sources_transmitted: tuple[str, ...] = ()
    destinations: tuple[str, ...] = ()
    destination_uplinks: tuple[str, ...] = ()
    source_vlans: tuple[int, ...] = ()
    remote_vlan: int | None = None
    remote_addresses: tuple[str, ...] = ()


def vlan_of(fact: Fact[Vlan]) -> str:
    """Return a VLAN setting as an operator writes it: ``120``, ``0``, ``trunk 1-4093``."""
    match fact:
        case NotRead():
            return "not read"
        case NoVlan():
            return "0"
        case AccessVlan(vlan=vlan):
            return str(vlan)
        case TrunkVlan(ranges=ranges):
            parts = (str(r.first) if r.first == r.last else f"{r.first}-{r.last}" for r in ranges)
            return f"trunk {','.join(parts)}"
        case PrivateVlan(primary=primary, secondary=secondary, kind=kind):
            return f"{primary}/{secondary} {kind}"
