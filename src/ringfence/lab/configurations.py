"""The three configurations as labs: where the zones' machines, their switches and the firewall are.

In each, every zone has two machines, hosts have a switch of its own for management with a physical
NIC of its own, and a physical switch (``fabric``) stands between the hosts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from importlib.resources import files
from pathlib import Path
from types import MappingProxyType
from typing import Final

from ringfence.lab.addressing import (
    FIRST_HOST,
    FIRST_MACHINE,
    GATEWAY,
    SPARE_MACHINE,
    ZONES,
    address_6,
    addresses,
    gateways,
    interface,
    mac,
)
from ringfence.lab.layout import Cable, End, Interface, Layout, Node, Switch, SwitchPort
from ringfence.lab.rulesets import ruleset
from ringfence.policy.load import load_policy

Built = tuple[tuple[Node, ...], tuple[Cable, ...]]
FIREWALL: Final = "firewall"
FABRIC: Final = "fabric"
MANAGEMENT: Final = "management"
_HARDWARE: Final = 200
"""VLAN from which MAC addresses of what has no address of its own are made."""
_HOSTS: Final = range(FIRST_HOST, FIRST_HOST + 4)
_OF_ZONES: Final = {name: vlan for name, vlan in ZONES.items() if name != MANAGEMENT}


def policy_text(configuration: str) -> str:
    """Return the policy that goes with a configuration."""
    return _policy_file(configuration).read_text(encoding="utf-8")


def layout(configuration: str) -> Layout:
    """Return the lab of a configuration; raises ``KeyError`` for another name."""
    make = CONFIGURATIONS[configuration]
    nodes, cables = make()
    return Layout(
        configuration=configuration, nodes=nodes, cables=cables, policy=policy_text(configuration)
    )


def _policy_file(configuration: str) -> Path:
    return Path(str(files("ringfence.lab") / "policies" / f"{configuration}.yaml"))


def _rules(configuration: str) -> str:
    policy = load_policy(_policy_file(configuration)).policy
    networks = {name: (f"10.{vlan}.0.0/24", f"fd00:{vlan}::/64") for name, vlan in ZONES.items()}
    return ruleset(policy, networks, MANAGEMENT)


def _machine(zone: str, number: int, host: str) -> Node:
    vlan = ZONES[zone]
    return Node(
        name=f"{zone}-{number}",
        kind="machine",
        zone=zone,
        host=host,
        interfaces=(interface("eth0", vlan, FIRST_MACHINE + number - 1),),
        gateways=gateways(vlan),
        neighbours=(_neighbour("eth0", vlan, GATEWAY),),
    )


def _neighbour(name: str, vlan: int, number: int) -> str:
    """Return the IPv6 neighbour that a node knows on an interface, without asking for it."""
    return f"{address_6(vlan, number)} lladdr {mac(vlan, number)} dev {name}"


def _firewall(configuration: str, host: str = "") -> Node:
    return Node(
        name=FIREWALL,
        kind="firewall",
        host=host,
        interfaces=tuple(interface(zone, vlan, GATEWAY) for zone, vlan in ZONES.items()),
        ruleset=_rules(configuration),
        neighbours=tuple(
            _neighbour(zone, vlan, number)
            for zone, vlan in ZONES.items()
            for number in (FIRST_MACHINE, FIRST_MACHINE + 1, *_HOSTS, SPARE_MACHINE)
        ),
        reverse_path=True,
        forwards=True,
    )


def _plug(name: str, number: int) -> Interface:
    """Return an interface without addresses: a port of a switch."""
    return Interface(name=name, mac=mac(_HARDWARE, number))


def _on(host: str, number: int, *switches: Switch, plugs: tuple[str, ...]) -> Node:
    """Return a host or a physical switch; ``number`` tells its MAC addresses from others'."""
    interfaces = tuple(_plug(name, 16 * number + place) for place, name in enumerate(plugs))
    return Node(
        name=host,
        kind="fabric" if host == FABRIC else "host",
        zone="" if host == FABRIC else MANAGEMENT,
        interfaces=interfaces,
        switches=switches,
    )


def _management_switch(number: int, nic: str, *machines: str, bridge: bool = False) -> Switch:
    """Return the switch for management, with the host's own addresses on it."""
    vlan = ZONES[MANAGEMENT]
    own = FIRST_HOST + number
    return Switch(
        name="br-mgmt",
        kind="linux-bridge" if bridge else "open-vswitch",
        ports=tuple(
            SwitchPort(interface=name, tag=None if bridge else vlan) for name in (nic, *machines)
        ),
        mac=mac(vlan, own),
        tag=None if bridge else vlan,
        addresses=addresses(vlan, own),
    )


def _access(interface_name: str, vlan: int) -> SwitchPort:
    return SwitchPort(interface=interface_name, tag=vlan)


def _trunk(interface_name: str, *vlans: int) -> SwitchPort:
    return SwitchPort(interface=interface_name, mode="trunk", trunks=vlans)


def _virtual_cables(nodes: tuple[Node, ...]) -> Iterator[Cable]:
    """Yield the cable of each virtual NIC to its port, called after the machine, on its host."""
    for node in nodes:
        for one in node.interfaces:
            if node.host and node.kind == "machine":
                yield Cable(End(node.name, one.name), End(node.host, node.name))
            elif node.host:
                yield Cable(End(node.name, one.name), End(node.host, f"fw-{one.name}"[:15]))


def _shared_machines() -> tuple[Node, ...]:
    return tuple(_machine(zone, number, f"kvm{number}") for zone in ZONES for number in (1, 2))


def _physical_separation() -> Built:
    """Hosts for each zone; switches are Linux bridges, and nothing is tagged."""
    short = {"dmz": "dmz", "application": "app", "cardholder": "card"}
    hosts = []
    for number, (zone, name) in enumerate(short.items()):
        machines = (f"{zone}-1", f"{zone}-2")
        switch = Switch(
            name=f"br-{name}",
            kind="linux-bridge",
            ports=tuple(SwitchPort(interface=one) for one in ("nic0", *machines)),
        )
        own = _management_switch(number, "nic1", bridge=True)
        hosts.append(_on(f"kvm-{name}", number, switch, own, plugs=("nic0", "nic1", *machines)))
    managing = ("management-1", "management-2")
    own = _management_switch(3, "nic1", *managing, bridge=True)
    hosts.append(_on("kvm-mgmt", 3, own, plugs=("nic1", *managing)))
    segments = {zone: [f"kvm-{name}-0", f"fw-{zone}"[:15]] for zone, name in short.items()}
    segments[MANAGEMENT] = [*(f"{host.name}-1" for host in hosts), "fw-management"]
    racks = tuple(
        Switch(
            name=f"rack-{zone}"[:15],
            kind="linux-bridge",
            ports=tuple(SwitchPort(interface=name) for name in names),
        )
        for zone, names in segments.items()
    )
    fabric = _on(
        FABRIC, 8, *racks, plugs=tuple(name for each in segments.values() for name in each)
    )
    firewall = _firewall("physical-separation")
    machines_of = tuple(
        _machine(zone, number, f"kvm-{short.get(zone, 'mgmt')}")
        for zone in ZONES
        for number in (1, 2)
    )
    nodes = (*hosts, fabric, *machines_of, firewall)
    cables = (
        *_virtual_cables(nodes),
        *_uplinks(tuple(hosts)),
        *(Cable(End(FIREWALL, zone), End(FABRIC, f"fw-{zone}"[:15])) for zone in ZONES),
    )
    return nodes, cables


def _uplinks(hosts: tuple[Node, ...]) -> Iterator[Cable]:
    """Yield the cable from each physical NIC ``nicN`` to the port ``host-N`` of the fabric."""
    for host in hosts:
        for one in host.interfaces:
            if one.name.startswith("nic"):
                number = one.name.removeprefix("nic")
                yield Cable(End(host.name, one.name), End(FABRIC, f"{host.name}-{number}"))


def _virtual_separation() -> Built:
    """Shared hosts, a VLAN for each zone, the firewall outside of the hosts."""
    hosts = []
    for number in (1, 2):
        machines = [f"{zone}-{number}" for zone in _OF_ZONES]
        shared = Switch(
            name="br0",
            kind="open-vswitch",
            ports=(
                _trunk("nic0", *_OF_ZONES.values()),
                *(_access(f"{zone}-{number}", vlan) for zone, vlan in _OF_ZONES.items()),
            ),
        )
        own = _management_switch(number - 1, "nic1", f"management-{number}")
        plugs = ("nic0", "nic1", *machines, f"management-{number}")
        hosts.append(_on(f"kvm{number}", number, shared, own, plugs=plugs))
    ports = (
        *(_trunk(f"kvm{number}-0", *_OF_ZONES.values()) for number in (1, 2)),
        *(_access(f"kvm{number}-1", ZONES[MANAGEMENT]) for number in (1, 2)),
        *(_access(f"fw-{zone}"[:15], vlan) for zone, vlan in ZONES.items()),
    )
    fabric = _fabric(ports)
    nodes = (*hosts, fabric, *_shared_machines(), _firewall("virtual-separation"))
    cables = (
        *_virtual_cables(nodes),
        *_uplinks(tuple(hosts)),
        *(Cable(End(FIREWALL, zone), End(FABRIC, f"fw-{zone}"[:15])) for zone in ZONES),
    )
    return nodes, cables


def _fabric(ports: tuple[SwitchPort, ...]) -> Node:
    rack = Switch(name="rack", kind="open-vswitch", ports=ports)
    return _on(FABRIC, 8, rack, plugs=tuple(port.interface for port in ports))


def _full_collapse() -> Built:
    """Shared hosts, and the firewall is a machine on the first of them.

    The DMZ has a physical NIC of its own (outside), the other zones share one (inside).
    """
    inside = tuple(vlan for zone, vlan in _OF_ZONES.items() if zone != "dmz")
    hosts = []
    for number in (1, 2):
        machines = [f"{zone}-{number}" for zone in _OF_ZONES]
        walls = [f"fw-{zone}"[:15] for zone in _OF_ZONES] if number == 1 else []
        shared = Switch(
            name="br0",
            kind="open-vswitch",
            ports=(
                _trunk("nic0", ZONES["dmz"]),
                _trunk("nic1", *inside),
                *(_access(f"{zone}-{number}", vlan) for zone, vlan in _OF_ZONES.items()),
                *(
                    _access(name, vlan)
                    for name, vlan in zip(walls, _OF_ZONES.values(), strict=False)
                ),
            ),
        )
        managing = (f"management-{number}", *(("fw-management",) if number == 1 else ()))
        own = _management_switch(number - 1, "nic2", *managing)
        plugs = ("nic0", "nic1", "nic2", *machines, *walls, *managing)
        hosts.append(_on(f"kvm{number}", number, shared, own, plugs=plugs))
    fabric = _fabric(
        (
            *(_trunk(f"kvm{number}-0", ZONES["dmz"]) for number in (1, 2)),
            *(_trunk(f"kvm{number}-1", *inside) for number in (1, 2)),
            *(_access(f"kvm{number}-2", ZONES[MANAGEMENT]) for number in (1, 2)),
        )
    )
    firewall = _firewall("full-collapse", "kvm1")
    nodes = (*hosts, fabric, *_shared_machines(), firewall)
    return nodes, (*_virtual_cables(nodes), *_uplinks(tuple(hosts)))


CONFIGURATIONS: Final[Mapping[str, Callable[[], Built]]] = MappingProxyType(
    {
        "physical-separation": _physical_separation,
        "virtual-separation": _virtual_separation,
        "full-collapse": _full_collapse,
    }
)
