"""Faults of switches: VLANs, trunks, mirrors, flows, and cables where none should be."""

from __future__ import annotations

from typing import Any, Final

import msgspec

from ringfence.lab.addressing import FIRST_HOST, SPARE_MACHINE, ZONES, interface, mac
from ringfence.lab.fault import (
    PHYSICAL,
    SHARED,
    Fault,
    both_ways,
    pairs,
    ports_of,
    switch_of,
    with_node,
    with_switch,
)
from ringfence.lab.layout import (
    Cable,
    End,
    Interface,
    Layout,
    Mirror,
    OwnPort,
    Switch,
    SwitchPort,
)

_MANAGED: Final = ZONES["management"]
_SPARE: Final = 220
"""Number from which MAC addresses of what a fault adds are made."""


def _with_port(layout: Layout, host: str, switch: Switch, name: str, **changes: Any) -> Layout:
    ports = tuple(
        msgspec.structs.replace(port, **changes) if port.interface == name else port
        for port in switch.ports
    )
    return with_switch(layout, host, msgspec.structs.replace(switch, ports=ports))


def _machine_port(layout: Layout, machine: str, **changes: Any) -> Layout:
    """Return a layout in which the port of a machine has other settings."""
    host, switch, name = next(ports_of(layout, machine))
    return _with_port(layout, host, switch, name, **changes)


def _moved(layout: Layout, machine: str, to: str) -> Layout:
    """Return a layout in which a machine's port is on another switch of its host."""
    host, switch, name = next(ports_of(layout, machine))
    left = tuple(port for port in switch.ports if port.interface != name)
    layout = with_switch(layout, host, msgspec.structs.replace(switch, ports=left))
    other = switch_of(layout, host, to)
    added = (*other.ports, SwitchPort(interface=name, tag=other.tag))
    return with_switch(layout, host, msgspec.structs.replace(other, ports=added))


def second_nic(layout: Layout, machine: str, zone: str, switch: str, tag: int | None) -> Layout:
    """Return a layout in which a machine has a second NIC, in the network of another zone."""
    node = layout.node(machine)
    plug = Interface(name=f"{machine}-b"[:15], mac=mac(_SPARE, 1))
    nic = interface("eth1", ZONES[zone], SPARE_MACHINE)
    host = layout.node(node.host)
    layout = with_node(layout, msgspec.structs.replace(node, interfaces=(*node.interfaces, nic)))
    layout = with_node(layout, msgspec.structs.replace(host, interfaces=(*host.interfaces, plug)))
    there = switch_of(layout, host.name, switch)
    ports = (*there.ports, SwitchPort(interface=plug.name, tag=tag))
    layout = with_switch(layout, host.name, msgspec.structs.replace(there, ports=ports))
    cable = Cable(End(machine, nic.name), End(host.name, plug.name))
    return msgspec.structs.replace(layout, cables=(*layout.cables, cable))


def _joined(layout: Layout, host: str, one: SwitchPort, other: SwitchPort, switch: str) -> Layout:
    """Return a layout with a cable from a port of a switch to another port of it."""
    node = layout.node(host)
    plugs = tuple(
        Interface(name=port.interface, mac=mac(_SPARE, number))
        for number, port in enumerate((one, other), 2)
    )
    layout = with_node(layout, msgspec.structs.replace(node, interfaces=(*node.interfaces, *plugs)))
    there = switch_of(layout, host, switch)
    ports = (*there.ports, one, other)
    layout = with_switch(layout, host, msgspec.structs.replace(there, ports=ports))
    cable = Cable(End(host, one.interface), End(host, other.interface))
    return msgspec.structs.replace(layout, cables=(*layout.cables, cable))


def _bypass(layout: Layout) -> Layout:
    ends = (SwitchPort(interface="loop-a", tag=10), SwitchPort(interface="loop-b", tag=20))
    return _joined(layout, "kvm2", *ends, switch="br0")


def _mirrored(layout: Layout, mirror: Mirror) -> Layout:
    switch = switch_of(layout, "kvm1", "br0")
    return with_switch(layout, "kvm1", msgspec.structs.replace(switch, mirrors=(mirror,)))


def _leaking(layout: Layout) -> Layout:
    switch = switch_of(layout, "kvm1", "br0")
    flows = (
        "priority=100,in_port=dmz-1,ip,nw_dst=10.30.0.11,actions=output:cardholder-1",
        "priority=0,actions=NORMAL",
    )
    return with_switch(layout, "kvm1", msgspec.structs.replace(switch, flows=flows))


def _host_in_dmz(layout: Layout) -> Layout:
    switch = switch_of(layout, "kvm1", "br0")
    own = OwnPort(interface=interface("dmz-host", ZONES["dmz"], FIRST_HOST), tag=ZONES["dmz"])
    return with_switch(layout, "kvm1", msgspec.structs.replace(switch, own=(own,)))


def _native(layout: Layout) -> Layout:
    switch = switch_of(layout, "kvm1", "br0")
    return _with_port(layout, "kvm1", switch, "nic0", mode="native-untagged", tag=ZONES["dmz"])


def _management_nic(layout: Layout) -> Layout:
    """The cable of the management network is on the DMZ's bridge too."""
    host = "kvm-dmz"
    own = switch_of(layout, host, "br-mgmt")
    left = tuple(port for port in own.ports if port.interface != "nic1")
    layout = with_switch(layout, host, msgspec.structs.replace(own, ports=left))
    dmz = switch_of(layout, host, "br-dmz")
    ports = (*dmz.ports, SwitchPort(interface="nic1"))
    return with_switch(layout, host, msgspec.structs.replace(dmz, ports=ports))


FAULTS: Final = (
    Fault(
        "wrong-vlan",
        "On one host, the port of dmz-1 has the VLAN of cardholder.",
        SHARED,
        lambda layout: _machine_port(layout, "dmz-1", tag=ZONES["cardholder"]),
        (*both_ways("dmz", "cardholder", by="placement"), *pairs(("application", "dmz"))),
        named=("eth0 of dmz-1",),
    ),
    Fault(
        "wrong-vlan-inside",
        "On one host, the port of application-2 has the VLAN of cardholder.",
        SHARED,
        lambda layout: _machine_port(layout, "application-2", tag=ZONES["cardholder"]),
        both_ways("application", "cardholder", by="placement"),
        named=("eth0 of application-2",),
    ),
    Fault(
        "trunk-to-machine",
        "The port of dmz-1 is a trunk: its own VLAN comes untagged, every other one tagged.",
        SHARED,
        lambda layout: _machine_port(layout, "dmz-1", mode="native-untagged"),
        (*both_ways("dmz", "application"), *both_ways("dmz", "cardholder")),
        leaves_open=True,
        named=("br0-trunk", "eth0 of dmz-1"),
        findings=("layer2.trunk-to-machine",),
    ),
    Fault(
        "second-nic",
        "dmz-1 got a second NIC, in the network of application.",
        SHARED,
        lambda layout: second_nic(layout, "dmz-1", "application", "br0", ZONES["application"]),
        (*both_ways("dmz", "application", by="placement"), *pairs(("dmz", "cardholder"))),
        leaves_open=True,
        named=("eth1 of dmz-1",),
    ),
    Fault(
        "second-nic-management",
        "application-1 got a second NIC, in the network for management.",
        SHARED,
        lambda layout: second_nic(
            layout, "application-1", "management", "br-mgmt", ZONES["management"]
        ),
        (
            *both_ways("application", "management", by="placement"),
            *pairs(("application", "dmz"), ("application", "cardholder")),
        ),
        leaves_open=True,
        named=("eth1 of application-1",),
        findings=("management.machines-apart",),
    ),
    Fault(
        "machine-on-management",
        "dmz-2 is connected to the switch for management.",
        SHARED,
        lambda layout: _moved(layout, "dmz-2", "br-mgmt"),
        (
            *both_ways("dmz", "management", by="placement"),
            *pairs(("dmz", "application"), ("dmz", "cardholder")),
        ),
        leaves_open=True,
        named=("eth0 of dmz-2",),
        findings=("management.machines-apart",),
    ),
    Fault(
        "firewall-bypass",
        "On one host a cable joins the VLANs of dmz and application, past the firewall.",
        SHARED,
        _bypass,
        both_ways("dmz", "application", by="unknown"),
        leaves_open=True,
        named=("loop-a",),
        findings=("consistency.physical-network",),
    ),
    Fault(
        "mirror",
        "A mirror copies the VLAN of cardholder to dmz-1.",
        SHARED,
        lambda layout: _mirrored(
            layout, Mirror(name="span", output="dmz-1", vlan=ZONES["cardholder"])
        ),
        pairs(("cardholder", "dmz"), ("application", "dmz"), by="observation"),
        leaves_open=True,
        named=("session span", "mirror span", "br0-10"),
        findings=("layer2.mirror-sessions",),
    ),
    Fault(
        "mirror-all",
        "A mirror copies everything on one host to application-1.",
        SHARED,
        lambda layout: _mirrored(layout, Mirror(name="span", output="application-1")),
        pairs(("cardholder", "application"), by="observation"),
        leaves_open=True,
        named=("session span", "mirror span", "br0-20"),
        findings=("layer2.mirror-sessions",),
    ),
    Fault(
        "leaking-flow",
        "An OpenFlow rule hands packets of dmz-1 to cardholder-1.",
        SHARED,
        _leaking,
        pairs(("dmz", "cardholder"), by="unknown"),
        leaves_open=True,
        named=("nw_dst=10.30.0.11 actions=output",),
        findings=("layer2.switch-flows",),
    ),
    Fault(
        "host-in-dmz",
        "A host has an interface of its own in the network of dmz.",
        SHARED,
        _host_in_dmz,
        (*both_ways("dmz", "management", by="placement"), *pairs(("management", "application"))),
        leaves_open=True,
        named=("dmz-host",),
        findings=("management.interface-apart",),
    ),
    Fault(
        "host-listens",
        "A host takes in packets itself by the port of dmz-1.",
        SHARED,
        lambda layout: with_node(
            layout, msgspec.structs.replace(layout.node("kvm1"), listens=("dmz-1",))
        ),
        (*both_ways("dmz", "management", by="placement"), *pairs(("management", "application"))),
        leaves_open=True,
        named=("dmz-1 of kvm1", "interface dmz-1 on host kvm1"),
        findings=("management.interface-apart",),
    ),
    Fault(
        "native-vlan",
        "On one host the DMZ's VLAN is the native one of the trunk, and nowhere else.",
        SHARED,
        _native,
        (),
        leaves_open=True,
        named=("VLAN 10 leaves untagged", "VLAN 10 untagged by its uplink nic0"),
        findings=("consistency.physical-network",),
    ),
    Fault(
        "management-cable",
        "The DMZ host's cable of the management network is plugged into the DMZ's bridge.",
        (PHYSICAL,),
        _management_nic,
        (
            *both_ways("dmz", "management"),
            *pairs(("dmz", "application"), ("dmz", "cardholder"), ("management", "application")),
        ),
        leaves_open=True,
        named=("joins the physical networks dmz and management", "no physical NIC"),
        findings=("consistency.physical-network", "management.physical-nics"),
    ),
    Fault(
        "second-nic-bridge",
        "dmz-1 got a second NIC, on its host's bridge for management.",
        (PHYSICAL,),
        lambda layout: second_nic(layout, "dmz-1", "management", "br-mgmt", None),
        (
            *both_ways("dmz", "management", by="placement"),
            *pairs(("dmz", "application"), ("dmz", "cardholder")),
        ),
        leaves_open=True,
        named=("eth1 of dmz-1",),
    ),
)
