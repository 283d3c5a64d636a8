"""What an exporter tells of packets: the header, what became of them, and how many they were."""

from __future__ import annotations

from collections import Counter
from functools import lru_cache
from ipaddress import ip_address
from typing import Final, Literal, NamedTuple

from ringfence.model.packet import ICMP, ICMPV6, PROTOCOLS_WITH_PORTS, TCP, Header
from ringfence.model.traffic import Observation
from ringfence.sources.telemetry.packet_lines import Decision

Trouble = Literal[
    "cut short",  # it ends before what it announces
    "of a wrong length",  # its lengths contradict each other
    "of no known format",  # it begins as none of the formats
    "without its template",  # what it holds cannot be known before the template comes
    "with a template that was refused",  # longer than any that is kept, or of fields without length
    "not of an IP packet",  # a frame that holds something else
    "without ports or types",  # it does not say of what service it is
]
"""What keeps a datagram, or a record in it, from telling of a packet."""

Troubles = Counter[tuple[str, Trouble]]
"""How often something was dropped, by the format that it came in and what was wrong."""

ANY_FLAGS: Final = 63
"""The flags of packets of which any may have had any."""


class Observed(NamedTuple):
    """Packets of one kind that an exporter saw; ``packets`` is an estimate where it samples.

    ``at`` is the exporter's address, ``rule`` its rule, or between which of its ports they passed.
    ``came_from`` is the zone behind the interface that they came by, where that is known.
    """

    header: Header
    decision: Decision | None
    rule: str
    at: str
    packets: int
    observation: Observation
    came_from: str | None = None


# Hosts come again and again; four or sixteen bytes always mean the same address.
@lru_cache(maxsize=1 << 14)
def address(raw: bytes) -> str:
    """Return an address of 4 or 16 bytes in its shortest form."""
    return str(ip_address(raw))


def header_of(
    ends: tuple[bytes, bytes],
    protocol: int,
    ports: tuple[int, int] | None,
    icmp: tuple[int, int] | None,
    flags: int | None,
) -> Header | None:
    """Return the header of a flow, ``None`` where ports or ICMP types are needed and not told.

    Both ports zero are those of later fragments, which have none. Where the flags of TCP are not
    told, any may have been there. Both ends are of one family.
    """
    source, destination = address(ends[0]), address(ends[1])
    if protocol in PROTOCOLS_WITH_PORTS:
        if ports is None:
            return None
        if ports == (0, 0):
            return Header(
                source=source, destination=destination, protocol=protocol, fragment="later"
            )
        return Header(
            source=source,
            destination=destination,
            protocol=protocol,
            source_port=ports[0],
            destination_port=ports[1],
            tcp_flags=(ANY_FLAGS if flags is None else flags & 63) if protocol == TCP else None,
        )
    if protocol in (ICMP, ICMPV6):
        if icmp is None:
            return None
        return Header(
            source=source,
            destination=destination,
            protocol=protocol,
            icmp_type=icmp[0],
            icmp_code=icmp[1],
        )
    return Header(source=source, destination=destination, protocol=protocol)
