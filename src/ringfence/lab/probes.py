"""Which packets are sent: every pair of zones, protocol and port, and the edges of every rule."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from ipaddress import ip_address, ip_interface
from typing import Final

from ringfence.lab.layout import Interface, Layout, Node
from ringfence.lab.probe import Kind, Planted, Probe
from ringfence.lab.probe_headers import (
    ODD_PORTS,
    PORTS,
    answering,
    fragments,
    from_ports,
    lying,
    numbered,
    out_of_nowhere,
    own_services,
    ping,
    services,
    tcp,
    to_ports,
    udp,
)
from ringfence.lab.rule_edges import RuleEdges
from ringfence.model.packet import Header

_PLANTED_PORTS: Final = 3
_POISONED_PORTS: Final = 3


@dataclass(frozen=True, slots=True)
class _Target:
    """A place to send to: a machine, the firewall, or a host's own interface."""

    node: str
    mac: str
    addresses: tuple[str, ...]
    kind: str


@dataclass(frozen=True, slots=True)
class _Packet:
    """A packet to be sent: its header, the MAC address that it goes to, and its tags."""

    kind: Kind
    header: Header
    next_hop: str
    tags: tuple[int, ...] = ()
    planted: Planted | None = None
    poisoner: str = ""


@dataclass(frozen=True, slots=True)
class _Way:
    """From one address to another; ``hop`` is the MAC address that the sender's routes lead to."""

    source: str
    interface: str
    target: _Target
    own: str
    other: str
    hop: str


class ProbePlan:
    """The packets of a lab, numbered from 1.

    ``rules`` is the text of the firewall's rules: ports that it names are tried with both
    neighbours, addresses at the ends of its prefixes are spoofed, and those in whose place it puts
    others are sent to.
    """

    def __init__(self, layout: Layout, rules: str) -> None:
        self._layout = layout
        edges = RuleEdges(rules)
        self._edges = tuple(port for port in edges.ports if port not in PORTS)
        # The ports of answers: where rules name none, some that are as good as any.
        self._named = edges.named_ports or ODD_PORTS
        self._sources, self._spoofed = edges.source_ports, edges.addresses
        self._translated = edges.translated
        self._gateways = {
            str(ip_interface(text).ip): interface.mac
            for node in layout.of_kind("firewall")
            for interface in node.interfaces
            for text in interface.addresses
        }
        machines = tuple(layout.of_kind("machine"))
        # Reversed, since of several the first one of a zone shall stay.
        self._first = {node.zone: node for node in reversed(machines)}
        self._last = {node.zone: node for node in machines}

    def probes(self) -> tuple[Probe, ...]:
        """Return every packet."""
        return tuple(
            _probe(number, way, packet) for number, (way, packet) in enumerate(self._made(), 1)
        )

    def _made(self) -> Iterator[tuple[_Way, _Packet]]:
        for source, nic, target, thorough in self._pairs():
            for own, other in _address_pairs(nic.addresses, target.addresses):
                way = self._way(source, nic, target, own, other)
                if way is not None:
                    made = self._between if thorough else self._briefly
                    yield from ((way, packet) for packet in made(way, source))
        for source in self._first.values():
            yield from self._to_translated(source)
        yield from self._while_poisoned()

    def _way(
        self, source: Node, nic: Interface, target: _Target, own: str, other: str
    ) -> _Way | None:
        """Return how a packet goes, ``None`` where no route of its sender leads there."""
        hop = self._next_hop(source, nic, other, target)
        return None if hop is None else _Way(source.name, nic.name, target, own, other, hop)

    def _between(self, way: _Way, source: Node) -> Iterator[_Packet]:
        """Yield what is sent from one address to another."""
        own, other = way.own, way.other
        if way.target.kind != "machine":
            yield from (_Packet("device", header, way.hop) for header in own_services(own, other))
            if way.target.node == source.host:
                near = self._port_mac(source, way.interface)
                yield from (_Packet("direct", header, near) for header in own_services(own, other))
            return
        by_kind: tuple[tuple[Kind, Iterator[Header]], ...] = (
            ("plain", services(own, other)),
            ("edge", to_ports(own, other, self._edges)),
            ("edge", from_ports(own, other, self._sources)),
            ("acknowledgement", out_of_nowhere(own, other)),
            ("fragment", fragments(own, other)),
            ("spoofed", lying(own, other, self._spoofed)),
        )
        yield from (
            _Packet(kind, header, way.hop) for kind, headers in by_kind for header in headers
        )
        yield from self._planted(way, source)
        yield from self._past_the_gateway(way, source)

    def _port_mac(self, machine: Node, interface: str) -> str:
        """Return the MAC address of the host's end of a machine's cable."""
        end = self._layout.opposite(machine.name, interface)
        there = self._layout.node(end.node).interfaces if end else ()
        return next((one.mac for one in there if end and one.name == end.interface), "")

    def _briefly(self, way: _Way, source: Node) -> Iterator[_Packet]:
        """Yield little of what is sent to a machine whose zone has another that gets it all."""
        for header in (*to_ports(way.own, way.other, ODD_PORTS), ping(way.own, way.other)):
            yield _Packet("plain", header, way.hop)
        yield from self._past_the_gateway(way, source)

    def _past_the_gateway(self, way: _Way, source: Node) -> Iterator[_Packet]:
        if way.hop == way.target.mac:
            return
        for header in (tcp(way.own, way.other, 8443), udp(way.own, way.other, 53)):
            yield _Packet("direct", header, way.target.mac)
            for tags in self._tags(source, way.target):
                yield _Packet("tagged", header, way.target.mac, tags)

    def _planted(self, way: _Way, source: Node) -> Iterator[_Packet]:
        """Yield packets past the firewall that it may take for answers, each with what plants it.

        The sender plants it itself (the firewall sends it back out where it came in), or somebody
        in a third zone does.
        """
        if way.hop == way.target.mac:
            return
        there = self._layout.node(way.target.node)
        thirds = [one for zone, one in self._first.items() if zone not in {source.zone, there.zone}]
        for planter in (source, *thirds[:1]):
            nic = planter.interfaces[0]
            hop = self._next_hop(planter, nic, way.other, way.target)
            if hop is None:
                continue
            for asked, header in answering(way.own, way.other, self._named[:_PLANTED_PORTS]):
                planted = Planted(planter.name, nic.name, asked, hop)
                yield _Packet("planted", header, way.hop, planted=planted)

    def _to_translated(self, source: Node) -> Iterator[tuple[_Way, _Packet]]:
        """Yield what is sent to addresses that rules put a machine's in the place of."""
        nic = source.interfaces[0]
        for before, behind in self._translated:
            hop = self._gateway_of(source, before)
            for target in self._machines():
                if hop is None or behind not in target.addresses or target.node == source.name:
                    continue
                for own, other in _address_pairs(nic.addresses, (before,)):
                    way = _Way(source.name, nic.name, target, own, other, hop)
                    for header in services(own, other):
                        yield way, _Packet("translated", header, hop)

    def _while_poisoned(self) -> Iterator[tuple[_Way, _Packet]]:
        """Yield honest packets, of each zone to the others, while one of a zone lies by ARP."""
        for poisoner in self._first.values():
            for source in self._last.values():
                if source is poisoner:
                    continue
                nic = source.interfaces[0]
                for target in self._machines():
                    fours = _address_pairs(nic.addresses, target.addresses)
                    own, other = next((pair for pair in fours if "." in pair[0]), ("", ""))
                    if not own or target.node in {source.name, poisoner.name}:
                        continue
                    way = _Way(source.name, nic.name, target, own, other, "")
                    for port in self._named[-_POISONED_PORTS:]:
                        header = tcp(own, other, port)
                        yield way, _Packet("poisoned", header, "", poisoner=poisoner.name)

    def _tags(self, source: Node, target: _Target) -> Iterator[tuple[int, ...]]:
        """Yield the tags by which a machine might get into the network of another."""
        theirs, own = self._vlan(target.node), self._vlan(source.name)
        if theirs:
            yield (theirs,)
            yield from ((outer, theirs) for outer in sorted({own or 1, *self._native_vlans()}))

    def _native_vlans(self) -> Iterator[int]:
        """Yield the VLANs whose frames are untagged on some trunk."""
        for node in self._layout.nodes:
            for switch in node.switches:
                yield from (one.tag for one in switch.ports if one.tag and one.mode != "access")

    def _vlan(self, node: str) -> int | None:
        """Return the VLAN of a machine's port, as it was laid out."""
        for interface in self._layout.node(node).interfaces[:1]:
            end = self._layout.opposite(node, interface.name)
            for switch in self._layout.node(end.node).switches if end else ():
                for port in switch.ports:
                    if end is not None and port.interface == end.interface:
                        return port.tag
        return None

    def _pairs(self) -> Iterator[tuple[Node, Interface, _Target, bool]]:
        """Yield who sends to whom, by which NIC, and whether everything or little.

        Of each two zones one machine of each gets everything, as do all devices; all others little.
        """
        machines = tuple(self._layout.of_kind("machine"))
        for source in machines:
            chosen = self._first[source.zone] is source
            for nic in source.interfaces:
                for node in machines:
                    if node is not source:
                        for interface in node.interfaces:
                            thorough = chosen and self._last[node.zone] is node
                            yield source, nic, _target(node, interface), thorough
                for target in self._devices() if chosen else ():
                    yield source, nic, target, True

    def _devices(self) -> Iterator[_Target]:
        for node in self._layout.of_kind("firewall"):
            yield from (_target(node, interface) for interface in node.interfaces)
        for node in self._layout.of_kind("host"):
            for switch in node.switches:
                if switch.addresses:
                    addresses = tuple(str(ip_interface(text).ip) for text in switch.addresses)
                    yield _Target(node.name, switch.mac, addresses, node.kind)

    def _machines(self) -> Iterator[_Target]:
        for node in self._layout.of_kind("machine"):
            yield from (_target(node, interface) for interface in node.interfaces[:1])

    def _next_hop(self, source: Node, nic: Interface, other: str, target: _Target) -> str | None:
        """Return the MAC address that a packet goes to, ``None`` where no route leads there."""
        networks = [ip_interface(text).network for text in nic.addresses]
        if any(ip_address(other) in network for network in networks):
            return target.mac
        gateway = next((one for one in source.gateways if (":" in one) == (":" in other)), None)
        if gateway is None or not any(ip_address(gateway) in network for network in networks):
            return None
        return self._gateways.get(gateway)

    def _gateway_of(self, source: Node, other: str) -> str | None:
        """Return the MAC address of a machine's gateway for the family of an address."""
        gateways = (one for one in source.gateways if (":" in one) == (":" in other))
        return self._gateways.get(next(gateways, ""))


def _probe(number: int, way: _Way, packet: _Packet) -> Probe:
    planted = packet.planted
    if planted is not None:
        planted = replace(planted, header=numbered(planted.header, number))
    return Probe(
        number=number,
        kind=packet.kind,
        source=way.source,
        interface=way.interface,
        destination=way.target.node,
        header=numbered(packet.header, number),
        next_hop=packet.next_hop,
        tags=packet.tags,
        planted=planted,
        poisoner=packet.poisoner,
    )


def _target(node: Node, interface: Interface) -> _Target:
    addresses = tuple(str(ip_interface(text).ip) for text in interface.addresses)
    return _Target(node.name, interface.mac, addresses, node.kind)


def _address_pairs(own: Iterable[str], others: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Yield an address of each of two places, of the same family."""
    theirs = tuple(others)
    for text in own:
        mine = str(ip_interface(text).ip)
        yield from ((mine, other) for other in theirs if (":" in mine) == (":" in other))
