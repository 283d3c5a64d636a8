"""What a connection table makes of packets, as far as translation depends on it (Linux: netfilter).

Only the first packet of a connection meets the chains that translate. A packet that belongs to no
connection and can start none passes untranslated. Where two connections would become the same
once translated, the later one gets another source port: any packet through a device that
translates may, since an attacker can bring that about.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ringfence.model.packet import DCCP, ICMP, ICMPV6, SCTP

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ringfence.model.rules import Hook

TRANSLATES_AT: Final[Mapping[Hook, int]] = {
    "prerouting": -100,
    "input": 100,
    "output": -100,
    "postrouting": 100,
}
"""The priority at which packets are translated at each hook (NF_IP_PRI_NAT_DST, _SRC).

Other chains of that very priority are met before."""

SOURCE_PORT_KINDS: Final = (
    ((0, 511), (1, 511)),
    ((512, 1023), (600, 1023)),
    ((1024, 65535), (1024, 65535)),
)
"""Source ports, and what one of them may become where no rule says (nf_nat_l4proto_unique_tuple).
"""

STARTING_FLAGS: Final = frozenset(
    flags for flags in range(64) if flags & ~8 in (0b000010, 0b100010, 0b010000, 0b110000)
)
"""TCP flags that start a connection: SYN, or ACK alone, with URG or PSH or not (tcp_new)."""

STARTING_ICMP: Final[Mapping[int, tuple[int, ...]]] = {ICMP: (8, 13, 15, 17), ICMPV6: (128, 139)}
"""The ICMP types that start a connection: requests. Each protocol is for its own family only."""

EITHER_WAY: Final = (DCCP, SCTP)
"""Protocols whose packets start a connection or not by what is not in a header."""
