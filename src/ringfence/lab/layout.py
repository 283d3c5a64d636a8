"""What a lab is made of, as data: nodes, the cables between them, switches and their ports.

Every node is a network namespace. A virtual machine's cable ends in its host, on a port of one of
the host's switches; what is physical (a cable between hosts, a switch in a rack) is a cable too.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from ringfence.model.facts import Record

NodeKind = Literal[
    "host",  # a virtualization host
    "fabric",  # a physical switch: nobody reads it, the policy declares what it does
    "machine",  # a virtual machine
    "firewall",  # a firewall: a machine where it stands on a host, else a physical device
]
VlanMode = Literal["access", "trunk", "native-tagged", "native-untagged"]


class Interface(Record, frozen=True):
    """An end of a cable; ``addresses`` with prefix length, as ``10.10.0.1/24``."""

    name: str
    mac: str
    addresses: tuple[str, ...] = ()


class SwitchPort(Record, frozen=True):
    """A port of a switch on an interface of its node.

    ``tag`` is the VLAN of an access port or the native one; ``None`` with ``trunks`` empty carries
    every VLAN, as Open vSwitch has it. A Linux bridge here knows no VLANs.
    """

    interface: str
    mode: VlanMode = "access"
    tag: int | None = None
    trunks: tuple[int, ...] = ()


class Bond(Record, frozen=True):
    """Two or more interfaces that are one port of a switch."""

    name: str
    interfaces: tuple[str, ...]
    mode: Literal["active-backup", "balance-slb"] = "active-backup"
    tag: int | None = None
    trunks: tuple[int, ...] = ()


class OwnPort(Record, frozen=True):
    """A further interface of the node itself on a port of one of its switches."""

    interface: Interface
    tag: int


class Mirror(Record, frozen=True):
    """A copy of what switch ports or a VLAN carry, to a port; without a VLAN of everything."""

    name: str
    output: str
    vlan: int | None = None


class Switch(Record, frozen=True):
    """A switch of a node, and the node's own addresses on it (its bridge's own interface).

    ``tag`` is the VLAN of the node's own interface where there is one. ``flows`` take the place of
    learning and forwarding (as ``ovs-ofctl`` takes them), if there are any.
    """

    name: str
    kind: Literal["open-vswitch", "linux-bridge"]
    ports: tuple[SwitchPort, ...] = ()
    bonds: tuple[Bond, ...] = ()
    mac: str = ""
    tag: int | None = None
    addresses: tuple[str, ...] = ()
    flows: tuple[str, ...] = ()
    mirrors: tuple[Mirror, ...] = ()
    own: tuple[OwnPort, ...] = ()

    def port(self, interface: str) -> SwitchPort | None:
        """Return the port on an interface; ``None`` where there is none."""
        return next((port for port in self.ports if port.interface == interface), None)


class Node(Record, frozen=True):
    """A namespace of the lab.

    ``zone`` is a machine's zone, or that of a host's own interface; ``host`` the node that a
    machine or a virtual firewall runs on. ``gateways`` are its default routes; ``routes`` further
    ones (``prefix via gateway``), ``neighbours`` the MAC addresses that it knows (``address lladdr
    MAC dev interface``). ``ruleset`` is what nft loads, ``forwards`` whether it passes packets on.
    ``reverse_path`` switches the strict filter of RFC 3704 on. ``listens`` are interfaces of switch
    ports by which a host takes in packets itself, as it does by every one that it is not told to
    leave alone.
    """

    name: str
    kind: NodeKind
    interfaces: tuple[Interface, ...] = ()
    switches: tuple[Switch, ...] = ()
    zone: str = ""
    host: str = ""
    gateways: tuple[str, ...] = ()
    routes: tuple[str, ...] = ()
    neighbours: tuple[str, ...] = ()
    ruleset: str = ""
    reverse_path: bool = False
    forwards: bool = False
    listens: tuple[str, ...] = ()


class End(Record, frozen=True, array_like=True):
    """One end of a cable: an interface of a node."""

    node: str
    interface: str


class Cable(Record, frozen=True, array_like=True):
    """A cable between two interfaces."""

    one: End
    other: End


class Layout(Record, frozen=True):
    """A whole lab; ``policy`` is the text of the policy that goes with it."""

    configuration: str
    nodes: tuple[Node, ...]
    cables: tuple[Cable, ...]
    policy: str

    def node(self, name: str) -> Node:
        """Return a node by its name; raises ``KeyError`` where there is none."""
        for node in self.nodes:
            if node.name == name:
                return node
        raise KeyError(name)

    def of_kind(self, *kinds: NodeKind) -> Iterator[Node]:
        """Yield the nodes of some kinds."""
        return (node for node in self.nodes if node.kind in kinds)

    def vlans(self) -> tuple[int, ...]:
        """Return the VLANs that any port or bond carries by name, in order."""
        switches = [switch for node in self.nodes for switch in node.switches]
        ports = [(port.tag, *port.trunks) for switch in switches for port in switch.ports]
        bonds = [(bond.tag, *bond.trunks) for switch in switches for bond in switch.bonds]
        return tuple(sorted({vlan for each in (*ports, *bonds) for vlan in each if vlan}))

    def opposite(self, node: str, interface: str) -> End | None:
        """Return what an interface's cable leads to; ``None`` where it has none."""
        end = End(node, interface)
        for cable in self.cables:
            if end == cable.one:
                return cable.other
            if end == cable.other:
                return cable.one
        return None
