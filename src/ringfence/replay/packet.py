"""One packet, and addresses as numbers."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass, field
from typing import Literal

import msgspec

from ringfence.foundation.errors import DefectError, UsageError
from ringfence.model.facts import Fact, NotRead
from ringfence.model.packet import Header

Family = Literal[4, 6]


@dataclass(frozen=True, slots=True)
class Span:
    """Addresses ``first`` to ``last`` of one family, both included."""

    family: Family
    first: int
    last: int

    def holds(self, family: Family, address: int) -> bool:
        """Tell whether the address is one of these."""
        return family == self.family and self.first <= address <= self.last


@dataclass(frozen=True, slots=True)
class Packet:
    """A header with its addresses as numbers."""

    family: Family
    source: int
    destination: int
    header: Header


@dataclass(frozen=True, slots=True)
class Spans:
    """Ranges of addresses and headers read from text, each only once."""

    _known: dict[str, Span] = field(default_factory=dict)
    _packets: dict[Header, Packet] = field(default_factory=dict)

    def packet(self, header: Header) -> Packet:
        """Return the packet with this header; raises as ``packet_of``."""
        packet = self._packets.get(header)
        if packet is None:
            packet = self._packets[header] = packet_of(header)
        return packet

    def of(self, text: str) -> Span:
        """Return the addresses of ``10.0.0.0/8``, ``10.1.1.1/24`` (its network), ``::1``, ``a-b``.

        Raises ``DefectError`` for anything else: readers hand over only what they understood.
        """
        span = self._known.get(text)
        if span is None:
            span = self._known[text] = _span(text)
        return span


def packet_of(header: Header) -> Packet:
    """Return the packet with this header.

    Raises ``UsageError`` where an address is none, or where the two are of different families.
    """
    try:
        source = ipaddress.ip_address(header.source)
        destination = ipaddress.ip_address(header.destination)
    except ValueError as error:
        message = f"The packet from {header.source!r} to {header.destination!r}: {error}."
        raise UsageError(message, "Give two IPv4 or two IPv6 addresses.") from error
    if source.version != destination.version:
        message = f"A packet from {source} to {destination} would be of two families."
        raise UsageError(message, "Give two IPv4 or two IPv6 addresses.")
    if header.fragment == "later":
        header = msgspec.structs.replace(
            header,
            source_port=None,
            destination_port=None,
            icmp_type=None,
            icmp_code=None,
            tcp_flags=None,
        )
    return Packet(_family(source), int(source), int(destination), header)


def stays(
    packet: Packet, reassembles: Fact[tuple[Family, ...]], bound: Literal["lower", "upper"]
) -> bool:
    """Tell whether a packet is a fragment alone that waits in vain to be put together."""
    if packet.header.fragment == "none":
        return False
    if isinstance(reassembles, NotRead):
        return bound == "lower"
    return packet.family in reassembles


def interface_address(text: str) -> Span:
    """Return the address itself of an interface's ``10.1.100.1/24``.

    Raises ``DefectError`` where it is none.
    """
    return _span(text.partition("/")[0])


def _span(text: str) -> Span:
    try:
        if "-" in text:
            first, last = (ipaddress.ip_address(part.strip()) for part in text.split("-", 1))
            return Span(_family(first), int(first), int(last))
        network = ipaddress.ip_network(text, strict=False)
    except ValueError as error:
        message = (
            f"The address range {text!r} of a rule, route or interface cannot be read: {error}."
        )
        raise DefectError(message, "Collect again; if it stays, report it.") from error
    first, last = network.network_address, network.broadcast_address
    return Span(_family(first), int(first), int(last))


def _family(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> Family:
    return 4 if address.version == 4 else 6
