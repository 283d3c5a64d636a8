"""The headers of the packets that are sent, made from addresses and ports."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final, Literal

import msgspec

from ringfence.lab.probe import FIRST_SOURCE_PORT, SOURCE_PORTS
from ringfence.model.packet import ICMP, ICMPV6, TCP, UDP, Header

PORTS: Final = (
    *(22, 25, 53, 80, 111, 123, 139, 161, 389, 443, 445, 514),
    *(1433, 3306, 3389, 5432, 6379, 8080, 8443, 9200),
)
"""What is tried between machines, over TCP and over UDP."""
ODD_PORTS: Final = (22, 5432, 8443)
_ECHO: Final = {ICMP: 8, ICMPV6: 128}
_ECHO_REPLY: Final = {ICMP: 0, ICMPV6: 129}
_SYN, _RESET, _ACK, _END, _SYN_ACK = 2, 4, 16, 17, 18


def own_services(own: str, other: str) -> Iterator[Header]:
    """Yield packets to what a device or a host may offer itself."""
    yield from (tcp(own, other, port) for port in (22, 80, 443))
    yield udp(own, other, 161)
    yield ping(own, other)


def services(own: str, other: str) -> Iterator[Header]:
    """Yield the first packets of conversations on many ports, and echo requests."""
    yield from to_ports(own, other, PORTS)
    yield from (ping(own, other, code) for code in (0, 1))


def to_ports(own: str, other: str, ports: Iterable[int]) -> Iterator[Header]:
    """Yield a packet of TCP and of UDP to each port."""
    for port in ports:
        yield tcp(own, other, port)
        yield udp(own, other, port)


def from_ports(own: str, other: str, ports: Iterable[int]) -> Iterator[Header]:
    """Yield packets from ports, as those of who answers would be."""
    for port in ports:
        for header in (tcp(own, other, 80), udp(own, other, 80)):
            yield msgspec.structs.replace(header, source_port=port)


def out_of_nowhere(own: str, other: str) -> Iterator[Header]:
    """Yield packets in the middle of a TCP connection that nobody began."""
    yield from (tcp(own, other, port, flags=_ACK) for port in ODD_PORTS)
    yield from (tcp(own, other, ODD_PORTS[0], flags=flags) for flags in (_SYN_ACK, _RESET, _END))


def fragments(own: str, other: str) -> Iterator[Header]:
    """Yield a first fragment of each protocol, and a later one, which has no ports."""
    yield tcp(own, other, 5432, fragment="first")
    yield udp(own, other, 5432, fragment="first")
    for protocol in (TCP, UDP):
        yield Header(source=own, destination=other, protocol=protocol, fragment="later")


def lying(own: str, other: str, sources: Iterable[str]) -> Iterator[Header]:
    """Yield packets from addresses that are not the sender's."""
    for address in sources:
        if (":" in address) == (":" in other) and address not in {own, other}:
            yield from (tcp(address, other, port) for port in ODD_PORTS)


def answering(own: str, other: str, ports: Iterable[int]) -> Iterator[tuple[Header, Header]]:
    """Yield packets that look like an answer, each with the packet that it would answer.

    The latter is from ``other`` to ``own``, on each port, as one began it there.
    """
    for port in ports:
        asked = tcp(other, own, port)
        yield asked, msgspec.structs.replace(_back(asked), tcp_flags=_SYN_ACK)
        asked = udp(other, own, port)
        yield asked, _back(asked)
    asked = ping(other, own)
    yield asked, msgspec.structs.replace(_back(asked), icmp_type=_ECHO_REPLY[asked.protocol])


def _back(header: Header) -> Header:
    return msgspec.structs.replace(
        header,
        source=header.destination,
        destination=header.source,
        source_port=header.destination_port,
        destination_port=header.source_port,
    )


def tcp(
    source: str,
    destination: str,
    port: int,
    *,
    flags: int = _SYN,
    fragment: Literal["none", "first"] = "none",
) -> Header:
    """Return a packet of TCP, the first one of a connection; its source port is still to be had."""
    return Header(
        source=source,
        destination=destination,
        protocol=TCP,
        source_port=0,
        destination_port=port,
        tcp_flags=flags,
        fragment=fragment,
    )


def udp(
    source: str, destination: str, port: int, *, fragment: Literal["none", "first"] = "none"
) -> Header:
    """Return a packet of UDP; its source port is still to be had."""
    return Header(
        source=source,
        destination=destination,
        protocol=UDP,
        source_port=0,
        destination_port=port,
        fragment=fragment,
    )


def ping(source: str, destination: str, code: int = 0) -> Header:
    """Return an echo request."""
    protocol = ICMPV6 if ":" in source else ICMP
    return Header(
        source=source,
        destination=destination,
        protocol=protocol,
        icmp_type=_ECHO[protocol],
        icmp_code=code,
    )


def numbered(header: Header, number: int) -> Header:
    """Return the header with a source port of its own: no packet answers another by chance.

    A port that is 0 is still to be had, any other is kept. In what looks like an answer it is that
    of the destination.
    """
    port = FIRST_SOURCE_PORT + number % SOURCE_PORTS
    if header.source_port == 0:
        return msgspec.structs.replace(header, source_port=port)
    if header.destination_port == 0:
        return msgspec.structs.replace(header, destination_port=port)
    return header
