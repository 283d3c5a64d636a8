"""The header of one packet."""

from __future__ import annotations

from typing import Final, Literal

from ringfence.model.facts import Record

ICMP: Final = 1
TCP: Final = 6
UDP: Final = 17
DCCP: Final = 33
ICMPV6: Final = 58
SCTP: Final = 132
UDP_LITE: Final = 136
PROTOCOLS_WITH_PORTS: Final = frozenset({TCP, UDP, DCCP, SCTP, UDP_LITE})
PROTOCOL_NAMES: Final = {
    ICMP: "icmp",
    TCP: "tcp",
    UDP: "udp",
    DCCP: "dccp",
    47: "gre",
    50: "esp",
    51: "ah",
    ICMPV6: "icmpv6",
    89: "ospf",
    112: "vrrp",
    SCTP: "sctp",
    UDP_LITE: "udplite",
}


Fragment = Literal["none", "first", "later"]
"""A whole packet, the first fragment of one, or a later one, which has no ports, types or flags.

A packet that a device puts together from its fragments is a whole one; ``first`` and ``later`` are
fragments that come alone.
"""
FRAGMENTS: Final[tuple[Fragment, ...]] = ("none", "first", "later")


class Header(Record, frozen=True):
    """The header of an IPv4 or IPv6 packet; source and destination are of one family.

    Ports, ICMP type and code, and TCP flags are ``None`` where the protocol or a later fragment has
    none. Bits of the flags: FIN 1, SYN 2, RST 4, PSH 8, ACK 16, URG 32 (RFC 9293).
    """

    source: str
    destination: str
    protocol: int
    source_port: int | None = None
    destination_port: int | None = None
    icmp_type: int | None = None
    icmp_code: int | None = None
    tcp_flags: int | None = None
    fragment: Fragment = "none"
