"""A network made by chance as a lab lays it out: hosts with their switches, racks, a firewall."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from ipaddress import ip_interface
from random import Random

import msgspec

from made_networks.plan import Segment, plan
from made_networks.policy import Declared
from made_networks.rules import firewall_rules
from ringfence.lab.addressing import (
    FIRST_HOST,
    GATEWAY,
    address_6,
    addresses,
    interface,
    mac,
)
from ringfence.lab.layout import (
    Bond,
    Cable,
    End,
    Interface,
    Layout,
    Node,
    NodeKind,
    Switch,
    SwitchPort,
    VlanMode,
)

_HOSTS, _RACKS = 230, 231
"""VLANs from which MAC addresses of what has no address of its own are made."""
_FIREWALL = "firewall"


@dataclass
class _Built:
    """The switches of a host while they are put together, and where its NICs lead."""

    shared: list[SwitchPort] = field(default_factory=list)
    bonds: list[Bond] = field(default_factory=list)
    switches: list[Switch] = field(default_factory=list)
    leads: dict[str, Segment] = field(default_factory=dict)


class NetworkMaker:
    """Makes the network of a seed, with the policy that declares what is physical in it."""

    def __init__(self, seed: int) -> None:
        self._chance = Random(seed)
        self._plan = plan(self._chance)
        self._leads: dict[str, dict[str, Segment]] = {}
        self._bridged: dict[str, set[str]] = {}
        self._own: list[tuple[str, str, str]] = []
        self._tagging: set[str] = set()
        """The machines that get frames with tags, and would have to answer ARP with some."""

    def layout(self) -> Layout:
        """Return the network."""
        hosts = tuple(self._host(*each) for each in enumerate(self._plan.hosts))
        declared = Declared(self._chance, self._plan, self._leads, self._bridged)
        nodes = (*hosts, self._racks(), *self._plan.machines, self._firewall(declared))
        return Layout(
            configuration="virtual-separation",
            nodes=nodes,
            cables=tuple(self._cables()),
            policy=declared.text(),
        )

    def _cables(self) -> Iterator[Cable]:
        for one in self._plan.machines:
            yield Cable(End(one.name, "eth0"), End(one.host, one.name))
        for host, leads in self._leads.items():
            for nic in leads:
                yield Cable(End(host, nic), End("fabric", f"{host}-{nic}"))
        for zone in self._plan.zones:
            other = self._plan.firewall_on or "fabric"
            yield Cable(End(_FIREWALL, zone), End(other, f"fw-{zone}"))

    def _host(self, number: int, name: str) -> Node:
        built = _Built()
        for place, segment in enumerate(self._plan.segments):
            self._join(name, place, segment, built)
        if built.shared or built.bonds:
            shared = Switch(
                name="br0",
                kind="open-vswitch",
                ports=tuple(built.shared),
                bonds=tuple(built.bonds),
            )
            built.switches.append(shared)
        self._leads[name] = built.leads
        if built.switches and self._chance.random() < 0.25:
            built.switches[-1] = self._with_own(built.switches[-1], number)
        plugs = (*built.leads, *self._plugs(name, self._plan.segments))
        return _switching(name, "host", tuple(built.switches), plugs, _HOSTS, 32 * number)

    def _with_own(self, switch: Switch, number: int) -> Switch:
        """Return a switch by which its host takes part in a zone's network itself."""
        zone = self._chance.choice([*self._plan.zones])
        vlan, own = self._plan.zones[zone], FIRST_HOST + number
        self._own.append((zone, address_6(vlan, own), mac(vlan, own)))
        return msgspec.structs.replace(
            switch,
            mac=mac(vlan, own),
            tag=vlan if switch.kind == "open-vswitch" else None,
            addresses=addresses(vlan, own),
        )

    def _plugs(self, host: str, segments: tuple[Segment, ...]) -> list[str]:
        """Return the ports of machines, and of the firewall, that are meant to be in segments."""
        zones = {zone for segment in segments for zone in segment.zones}
        of_machines = [
            one.name for one in self._plan.machines if one.host == host and one.zone in zones
        ]
        walls = [f"fw-{zone}" for zone in self._plan.zones if zone in zones]
        return [*of_machines, *(walls if self._plan.firewall_on == host else ())]

    def _join(self, host: str, place: int, segment: Segment, built: _Built) -> None:
        """Connect a host to a segment: by its shared Open vSwitch, or by a bridge for it alone."""
        chance = self._chance
        plugs = self._plugs(host, (segment,))
        if not plugs and chance.random() < 0.5:
            return
        own = {plug.removeprefix("fw-").partition("-")[0] for plug in plugs}
        if own <= {segment.native} and chance.random() < 0.5:
            nic = f"nic{2 * place}"
            ports = tuple(SwitchPort(interface=name) for name in (nic, *plugs))
            built.switches.append(Switch(name=f"lb{place}", kind="linux-bridge", ports=ports))
            built.leads[nic] = segment
            self._bridged.setdefault(segment.name, set()).add(f"lb{place}")
            return
        # Where the native VLAN is not renumbered, its frames are in VLAN 0 on the host.
        untagged = segment.kind == "trunk" and segment.native and chance.random() < 0.6
        native = 0 if untagged else None
        built.leads |= dict.fromkeys(self._uplink(place, segment, built, native=native), segment)
        for plug in plugs:
            zone = plug.removeprefix("fw-").partition("-")[0]
            vlan = native if zone == segment.native and native is not None else None
            vlan = self._plan.zones[zone] if vlan is None else vlan
            wall = plug.startswith("fw-")
            built.shared.append(
                SwitchPort(interface=plug, tag=vlan) if wall else self._machine_port(plug, vlan)
            )

    def _uplink(
        self, place: int, segment: Segment, built: _Built, *, native: int | None
    ) -> tuple[str, ...]:
        """Add the port or bond by which a host's shared switch leads to a segment."""
        chance = self._chance
        nics = (f"nic{2 * place}", f"nic{2 * place + 1}")
        mode: VlanMode = "trunk"
        tag: int | None = None
        trunks: tuple[int, ...] = ()
        if segment.kind != "trunk":
            mode, tag = "access", self._plan.zones[segment.zones[0]]
        elif native == 0:
            # With the native VLAN's own number too, the model would let frames come back by the
            # very cable that they left by: see tests/unit/replay/test_reflection.py.
            own = self._plan.zones[segment.native or ""]
            trunks = (0, *(vlan for vlan in self._some(segment) if vlan != own))
        elif segment.native and chance.random() < 0.6:
            mode, tag, trunks = "native-untagged", self._plan.zones[segment.native], ()
            trunks = self._some(segment)
        else:
            trunks = self._some(segment)
        if mode != "native-untagged" and chance.random() < 0.25:
            kind = chance.choice(("active-backup", "balance-slb"))
            built.bonds.append(Bond(f"team{place}", nics, mode=kind, tag=tag, trunks=trunks))
            return nics
        built.shared.append(SwitchPort(interface=nics[0], mode=mode, tag=tag, trunks=trunks))
        return nics[:1]

    def _machine_port(self, name: str, vlan: int) -> SwitchPort:
        """Return a port in the machine's VLAN, now and then in another, or a trunk."""
        kind = self._chance.random()
        if kind < 0.08:
            vlan = self._chance.choice([*self._plan.zones.values()])
        elif kind < 0.13:
            return SwitchPort(interface=name, mode="native-untagged", tag=vlan, trunks=self._any())
        elif kind < 0.16:
            self._tagging.add(name)
            return SwitchPort(interface=name, mode="native-tagged", tag=vlan, trunks=self._any())
        elif kind < 0.18:
            self._tagging.add(name)
            return SwitchPort(interface=name, mode="trunk")
        return SwitchPort(interface=name, tag=vlan)

    def _any(self) -> tuple[int, ...]:
        vlans = [vlan for vlan in self._plan.zones.values() if self._chance.random() < 0.7]
        return tuple(vlans) or (min(self._plan.zones.values()),)

    def _some(self, segment: Segment) -> tuple[int, ...]:
        """Return VLANs of a segment, now and then not all; none listed would be every VLAN."""
        vlans = self._plan.vlans(segment)
        kept = tuple(vlan for vlan in vlans if self._chance.random() < 0.92)
        return kept or vlans[:1]

    def _racks(self) -> Node:
        """Return the physical switches: one for each segment."""
        racks = []
        plugs = []
        for place, segment in enumerate(self._plan.segments):
            names = [
                f"{host}-{nic}"
                for host, leads in self._leads.items()
                for nic, other in leads.items()
                if other is segment
            ]
            walls = [] if self._plan.firewall_on else [f"fw-{zone}" for zone in segment.zones]
            plugs += [*names, *walls]
            ports = (
                *(self._rack_port(segment, name) for name in names),
                *(self._access(segment, name.removeprefix("fw-")) for name in walls),
            )
            kind = "linux-bridge" if segment.kind == "flat" else "open-vswitch"
            racks.append(Switch(name=f"rack{place}", kind=kind, ports=ports))
        return _switching("fabric", "fabric", tuple(racks), tuple(plugs), _RACKS, 0)

    def _rack_port(self, segment: Segment, name: str) -> SwitchPort:
        vlans = self._plan.vlans(segment)
        match segment.kind:
            case "flat":
                return SwitchPort(interface=name)
            case "access":
                return SwitchPort(interface=name, tag=vlans[0])
        if segment.native is None:
            return SwitchPort(interface=name, mode="trunk", trunks=vlans)
        tag = self._plan.zones[segment.native]
        return SwitchPort(interface=name, mode="native-untagged", tag=tag, trunks=vlans)

    def _access(self, segment: Segment, zone: str) -> SwitchPort:
        tag = None if segment.kind == "flat" else self._plan.zones[zone]
        return SwitchPort(interface=f"fw-{zone}", tag=tag)

    def _firewall(self, declared: Declared) -> Node:
        known = [
            (one.zone, str(ip_interface(text).ip), one.interfaces[0].mac)
            for one in self._plan.machines
            for text in one.interfaces[0].addresses
            if ":" in text or one.name in self._tagging
        ] + self._own
        return Node(
            name=_FIREWALL,
            kind="firewall",
            host=self._plan.firewall_on,
            interfaces=tuple(
                interface(zone, vlan, GATEWAY) for zone, vlan in self._plan.zones.items()
            ),
            neighbours=tuple(f"{text} lladdr {mac} dev {zone}" for zone, text, mac in known),
            ruleset=firewall_rules(self._chance, self._plan, declared.accepted()),
            reverse_path=self._chance.random() < 0.5,
            forwards=True,
        )


def _switching(
    name: str,
    kind: NodeKind,
    switches: tuple[Switch, ...],
    plugs: tuple[str, ...],
    vlan: int,
    first: int,
) -> Node:
    interfaces = tuple(
        Interface(name=plug, mac=mac(vlan, first + place)) for place, plug in enumerate(plugs)
    )
    return Node(name=name, kind=kind, interfaces=interfaces, switches=switches)
