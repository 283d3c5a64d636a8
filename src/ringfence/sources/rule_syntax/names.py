"""Names that Linux tools print for numbers: protocols, ICMP types and codes, TCP flags, states.

Numbers are from the IANA registries "Assigned Internet Protocol Numbers" and "ICMP(v6)
Parameters", and RFC 9293; the names are those of nftables and of Debian's /etc/protocols.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, Literal, get_args

PROTOCOLS: Final[Mapping[str, int]] = MappingProxyType(
    {
        "icmp": 1,
        "igmp": 2,
        "ipencap": 4,
        "tcp": 6,
        "egp": 8,
        "igp": 9,
        "pup": 12,
        "udp": 17,
        "hmp": 20,
        "xns-idp": 22,
        "rdp": 27,
        "iso-tp4": 29,
        "dccp": 33,
        "xtp": 36,
        "ddp": 37,
        "idpr-cmtp": 38,
        "ipv6": 41,
        "ipv6-route": 43,
        "ipv6-frag": 44,
        "idrp": 45,
        "rsvp": 46,
        "gre": 47,
        "esp": 50,
        "ipv6-crypt": 50,
        "ah": 51,
        "ipv6-auth": 51,
        "skip": 57,
        "ipv6-icmp": 58,
        "icmpv6": 58,
        "ipv6-nonxt": 59,
        "ipv6-opts": 60,
        "rspf": 73,
        "vmtp": 81,
        "eigrp": 88,
        "ospf": 89,
        "ospfigp": 89,
        "ax.25": 93,
        "ipip": 94,
        "etherip": 97,
        "encap": 98,
        "pim": 103,
        "ipcomp": 108,
        "comp": 108,
        "vrrp": 112,
        "l2tp": 115,
        "isis": 124,
        "sctp": 132,
        "fc": 133,
        "mobility-header": 135,
        "udplite": 136,
        "mpls-in-ip": 137,
        "manet": 138,
        "hip": 139,
        "shim6": 140,
        "wesp": 141,
        "rohc": 142,
    }
)
EXTENSION_HEADERS: Final = frozenset((0, 43, 44, 51, 60, 135, 139, 140))
"""IPv6 next headers after which the real protocol follows (RFC 8200, RFC 7045)."""

ICMP_TYPES: Final[Mapping[str, int]] = MappingProxyType(
    {
        "echo-reply": 0,
        "destination-unreachable": 3,
        "source-quench": 4,
        "redirect": 5,
        "echo-request": 8,
        "router-advertisement": 9,
        "router-solicitation": 10,
        "time-exceeded": 11,
        "parameter-problem": 12,
        "timestamp-request": 13,
        "timestamp-reply": 14,
        "info-request": 15,
        "info-reply": 16,
        "address-mask-request": 17,
        "address-mask-reply": 18,
    }
)
ICMP_CODES: Final[Mapping[str, int]] = MappingProxyType(
    {
        "net-unreachable": 0,
        "host-unreachable": 1,
        "prot-unreachable": 2,
        "port-unreachable": 3,
        "frag-needed": 4,
        "net-prohibited": 9,
        "host-prohibited": 10,
        "admin-prohibited": 13,
    }
)
ICMPV6_TYPES: Final[Mapping[str, int]] = MappingProxyType(
    {
        "destination-unreachable": 1,
        "packet-too-big": 2,
        "time-exceeded": 3,
        "parameter-problem": 4,
        "echo-request": 128,
        "echo-reply": 129,
        "mld-listener-query": 130,
        "mld-listener-report": 131,
        "mld-listener-done": 132,
        "mld-listener-reduction": 132,
        "nd-router-solicit": 133,
        "nd-router-advert": 134,
        "nd-neighbor-solicit": 135,
        "nd-neighbor-advert": 136,
        "nd-redirect": 137,
        "router-renumbering": 138,
        "ind-neighbor-solicit": 141,
        "ind-neighbor-advert": 142,
        "mld2-listener-report": 143,
    }
)
ICMPV6_CODES: Final[Mapping[str, int]] = MappingProxyType(
    {
        "no-route": 0,
        "admin-prohibited": 1,
        "addr-unreachable": 3,
        "port-unreachable": 4,
        "policy-fail": 5,
        "reject-route": 6,
    }
)
TCP_FLAGS: Final[Mapping[str, int]] = MappingProxyType(
    {"fin": 1, "syn": 2, "rst": 4, "psh": 8, "ack": 16, "urg": 32, "ecn": 64, "cwr": 128}
)
MODELLED_FLAGS: Final = 63
"""The six flags that a header has; the two of explicit congestion notification are not."""

State = Literal["new", "established", "related", "invalid", "untracked"]
STATES: Final[tuple[State, ...]] = get_args(State)


def state(word: object) -> State | None:
    """Return the state of a connection that a word names, in any case."""
    return next((each for each in STATES if each == str(word).lower()), None)
