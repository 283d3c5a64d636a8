"""Which packets are sent: every pair of zones, protocol and port, and the edges of every rule."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from ipaddress import ip_address, ip_interface, ip_network
from typing import Final, Literal

import msgspec

from ringfence.lab.layout import Interface, Layout, Node
from ringfence.model.packet import ICMP, ICMPV6, TCP, UDP, Header

PORTS: Final = (
    *(22, 25, 53, 80, 111, 123, 139, 161, 389, 443, 445, 514),
    *(1433, 3306, 3389, 5432, 6379, 8080, 8443, 9200),
)
"""What is tried between machines, over TCP and over UDP."""
_ODD_PORTS: Final = (22, 5432, 8443)
_ECHO: Final = {ICMP: 8, ICMPV6: 128}
_SYN, _ACK = 2, 16
_FIRST_SOURCE_PORT: Final = 20000
_SOURCE_PORTS: Final = 40000

Kind = Literal[
    "plain",  # the first packet of an honest conversation
    "edge",  # a port beside one that a rule names
    "acknowledgement",  # a TCP packet in the middle of a connection that nobody began
    "fragment",  # a first or a later fragment alone
    "spoofed",  # from an address that is not the sender's
    "direct",  # to the other's MAC address, past the gateway
    "tagged",  # with a VLAN tag, or two, that a machine should not be able to send
    "device",  # to the firewall itself, or to a host
]


@dataclass(frozen=True, slots=True)
class Probe:
    """A packet to be sent from a NIC, and where it is meant to arrive.

    ``next_hop`` is the MAC address that its frame goes to, ``tags`` the VLANs on it.
    """

    number: int
    kind: Kind
    source: str
    interface: str
    destination: str
    header: Header
    next_hop: str
    tags: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class _Target:
    """A place to send to: a machine, the firewall, or a host's own interface."""

    node: str
    mac: str
    addresses: tuple[str, ...]
    kind: str


_Packet = tuple[Kind, Header, str, tuple[int, ...]]
"""Of a packet to be sent: its kind and header, the MAC address it goes to, and its tags."""


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

    ``rules`` is the text of the firewall's rules; ports that it names are tried with both
    neighbours, and addresses at the ends of its prefixes are spoofed.
    """

    def __init__(self, layout: Layout, rules: str) -> None:
        self._layout = layout
        self._edges = tuple(sorted(set(_edge_ports(rules)) - {*PORTS}))
        self._sources = tuple(sorted(map(int, set(re.findall(r"\bsport (\d+)", rules)))))
        self._spoofed = tuple(sorted(set(_edge_addresses(rules))))
        self._gateways = {
            str(ip_interface(text).ip): interface.mac
            for node in layout.of_kind("firewall")
            for interface in node.interfaces
            for text in interface.addresses
        }

    def probes(self) -> tuple[Probe, ...]:
        """Return every packet."""
        return tuple(
            Probe(number, kind, way.source, way.interface, way.target.node, header, next_hop, tags)
            for number, (way, (kind, header, next_hop, tags)) in enumerate(self._made(), 1)
        )

    def _made(self) -> Iterator[tuple[_Way, _Packet]]:
        number = 0
        for source, nic, target, thorough in self._pairs():
            for own, other in _address_pairs(nic.addresses, target.addresses):
                hop = self._next_hop(source, nic, other, target)
                if hop is None:
                    continue
                way = _Way(source.name, nic.name, target, own, other, hop)
                made = self._between if thorough else self._briefly
                for kind, header, next_hop, tags in made(way, source):
                    number += 1
                    yield way, (kind, _numbered(header, number), next_hop, tags)

    def _between(self, way: _Way, source: Node) -> Iterator[_Packet]:
        """Yield what is sent from one address to another."""
        if way.target.kind != "machine":
            yield from (("device", header, way.hop, ()) for header in _device(way.own, way.other))
            if way.target.node == source.host:
                near = self._port_mac(source, way.interface)
                yield from (("direct", header, near, ()) for header in _device(way.own, way.other))
            return
        yield from (("plain", header, way.hop, ()) for header in _services(way))
        yield from (("edge", header, way.hop, ()) for header in _ports(way, self._edges))
        yield from (("edge", header, way.hop, ()) for header in _from_ports(way, self._sources))
        yield from (("acknowledgement", header, way.hop, ()) for header in _acknowledging(way))
        yield from (("fragment", header, way.hop, ()) for header in _fragments(way))
        yield from (("spoofed", header, way.hop, ()) for header in _lying(way, self._spoofed))
        yield from self._past_the_gateway(way, source)

    def _port_mac(self, machine: Node, interface: str) -> str:
        """Return the MAC address of the host's end of a machine's cable."""
        end = self._layout.opposite(machine.name, interface)
        there = self._layout.node(end.node).interfaces if end else ()
        return next((one.mac for one in there if end and one.name == end.interface), "")

    def _briefly(self, way: _Way, source: Node) -> Iterator[_Packet]:
        """Yield little of what is sent to a machine whose zone has another that gets it all."""
        yield from (("plain", header, way.hop, ()) for header in _ports(way, _ODD_PORTS))
        yield "plain", _ping(way.own, way.other, 0), way.hop, ()
        yield from self._past_the_gateway(way, source)

    def _past_the_gateway(self, way: _Way, source: Node) -> Iterator[_Packet]:
        if way.hop == way.target.mac:
            return
        for header in (_tcp(way.own, way.other, 8443), _udp(way.own, way.other, 53)):
            yield "direct", header, way.target.mac, ()
            for tags in self._tags(source, way.target):
                yield "tagged", header, way.target.mac, tags

    def _tags(self, source: Node, target: _Target) -> Iterator[tuple[int, ...]]:
        """Yield the tags by which a machine might get into the network of another."""
        theirs, own = self._vlan(target.node), self._vlan(source.name)
        if theirs:
            yield (theirs,)
            yield (own or 1, theirs)

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
        first: dict[str, Node] = {}
        last: dict[str, Node] = {}
        for node in machines:
            first.setdefault(node.zone, node)
            last[node.zone] = node
        for source in machines:
            chosen = first[source.zone] is source
            for nic in source.interfaces:
                for node in machines:
                    if node is not source:
                        for interface in node.interfaces:
                            thorough = chosen and last[node.zone] is node
                            yield source, nic, self._target(node, interface), thorough
                for target in self._devices() if chosen else ():
                    yield source, nic, target, True

    def _devices(self) -> Iterator[_Target]:
        for node in self._layout.of_kind("firewall"):
            yield from (self._target(node, interface) for interface in node.interfaces)
        for node in self._layout.of_kind("host"):
            for switch in node.switches:
                if switch.addresses:
                    addresses = tuple(str(ip_interface(text).ip) for text in switch.addresses)
                    yield _Target(node.name, switch.mac, addresses, node.kind)

    @staticmethod
    def _target(node: Node, interface: Interface) -> _Target:
        addresses = tuple(str(ip_interface(text).ip) for text in interface.addresses)
        return _Target(node.name, interface.mac, addresses, node.kind)

    def _next_hop(self, source: Node, nic: Interface, other: str, target: _Target) -> str | None:
        """Return the MAC address that a packet goes to, ``None`` where no route leads there."""
        there = ip_address(other)
        networks = [ip_interface(text).network for text in nic.addresses]
        if any(there in network for network in networks):
            return target.mac
        for gateway in source.gateways:
            if (":" in gateway) == (":" in other):
                way = any(ip_address(gateway) in network for network in networks)
                return self._gateways.get(gateway) if way else None
        return None


def _address_pairs(own: Iterable[str], others: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Yield an address of each of two places, of the same family."""
    theirs = tuple(others)
    for text in own:
        mine = str(ip_interface(text).ip)
        yield from ((mine, other) for other in theirs if (":" in mine) == (":" in other))


def _device(own: str, other: str) -> Iterator[Header]:
    yield from (_tcp(own, other, port) for port in (22, 80, 443))
    yield _udp(own, other, 161)
    yield _ping(own, other, 0)


def _services(way: _Way) -> Iterator[Header]:
    yield from _ports(way, PORTS)
    yield from (_ping(way.own, way.other, code) for code in (0, 1))


def _ports(way: _Way, ports: Iterable[int]) -> Iterator[Header]:
    for port in ports:
        yield _tcp(way.own, way.other, port)
        yield _udp(way.own, way.other, port)


def _from_ports(way: _Way, ports: Iterable[int]) -> Iterator[Header]:
    """Yield packets from ports that rules name as those of a source."""
    for port in ports:
        for header in (_tcp(way.own, way.other, 80), _udp(way.own, way.other, 80)):
            yield msgspec.structs.replace(header, source_port=port)


def _acknowledging(way: _Way) -> Iterator[Header]:
    yield from (_tcp(way.own, way.other, port, flags=_ACK) for port in _ODD_PORTS)


def _fragments(way: _Way) -> Iterator[Header]:
    """Yield a first fragment of each protocol, and a later one, which has no ports."""
    yield _tcp(way.own, way.other, 5432, fragment="first")
    yield _udp(way.own, way.other, 5432, fragment="first")
    for protocol in (TCP, UDP):
        yield Header(source=way.own, destination=way.other, protocol=protocol, fragment="later")


def _lying(way: _Way, sources: Iterable[str]) -> Iterator[Header]:
    """Yield packets from addresses that are not the sender's."""
    for address in sources:
        if (":" in address) == (":" in way.other) and address not in {way.own, way.other}:
            yield from (_tcp(address, way.other, port) for port in _ODD_PORTS)


def _tcp(
    source: str,
    destination: str,
    port: int,
    *,
    flags: int = _SYN,
    fragment: Literal["none", "first"] = "none",
) -> Header:
    return Header(
        source=source,
        destination=destination,
        protocol=TCP,
        source_port=0,
        destination_port=port,
        tcp_flags=flags,
        fragment=fragment,
    )


def _udp(
    source: str, destination: str, port: int, *, fragment: Literal["none", "first"] = "none"
) -> Header:
    return Header(
        source=source,
        destination=destination,
        protocol=UDP,
        source_port=0,
        destination_port=port,
        fragment=fragment,
    )


def _ping(source: str, destination: str, code: int) -> Header:
    protocol = ICMPV6 if ":" in source else ICMP
    return Header(
        source=source,
        destination=destination,
        protocol=protocol,
        icmp_type=_ECHO[protocol],
        icmp_code=code,
    )


def _numbered(header: Header, number: int) -> Header:
    """Return the header with a source port of its own: no packet answers another by chance.

    One that has a source port already keeps it.
    """
    if header.source_port != 0:
        return header
    port = _FIRST_SOURCE_PORT + number % _SOURCE_PORTS
    return msgspec.structs.replace(header, source_port=port)


def _edge_ports(rules: str) -> Iterator[int]:
    """Yield every port that rules name, the one before it and the one after it."""
    for named in re.findall(r"[sd]port (?:!= )?(\{[^}]*\}|\S+)", rules):
        for text in re.findall(r"\d+", named):
            yield from (port for port in range(int(text) - 1, int(text) + 2) if 0 < port < 65536)


def _edge_addresses(rules: str) -> Iterator[str]:
    """Yield the first and last address of every prefix that rules name, and those beside it."""
    for text in re.findall(r"\b(?:ip6?) [sd]addr (?:!= )?([0-9a-f:.]+/\d+)", rules):
        network = ip_network(text, strict=False)
        first, last = int(network[0]), int(network[-1])
        kind = type(network[0])
        yield from (str(kind(number)) for number in (first - 1, first, last, last + 1))


def every_way(layout: Layout, doubtful: Iterable[Probe], first: int) -> tuple[Probe, ...]:
    """Return packets again, numbered from ``first``, in every frame that a sender could make.

    To the MAC address of its gateways and of everything that is its destination's, without a tag,
    with any one of the lab's VLANs, and with its own outside of the destination's. Each says by
    its ``kind`` what the packet was.
    """
    vlans = sorted(
        {
            port.tag
            for node in layout.nodes
            for switch in node.switches
            for port in switch.ports
            if port.tag
        }
    )
    gateways = {one.mac for node in layout.of_kind("firewall") for one in node.interfaces}
    made = []
    number = first
    for one in doubtful:
        hops = {one.next_hop, *gateways, *_macs(layout.node(one.destination))}
        for hop in sorted(hops):
            for tags in ((), *((vlan,) for vlan in vlans)):
                header = one.header
                if header.source_port is not None and header.source_port >= _FIRST_SOURCE_PORT:
                    port = _FIRST_SOURCE_PORT + number % _SOURCE_PORTS
                    header = msgspec.structs.replace(header, source_port=port)
                made.append(
                    Probe(
                        number=number,
                        kind=one.kind,
                        source=one.source,
                        interface=one.interface,
                        destination=one.destination,
                        header=header,
                        next_hop=hop,
                        tags=tags,
                    )
                )
                number += 1
    return tuple(made)


def _macs(node: Node) -> Iterator[str]:
    """Yield every MAC address of a node."""
    yield from (one.mac for one in node.interfaces)
    for switch in node.switches:
        if switch.addresses:
            yield switch.mac
        yield from (own.interface.mac for own in switch.own)
