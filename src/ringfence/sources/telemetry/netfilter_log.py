"""What netfilter tells of packets: what rules log (NFLOG), and which connections begin (conntrack).

Messages are those of ``linux/netfilter/nfnetlink_log.h`` and ``nfnetlink_conntrack.h``.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from ipaddress import ip_address
from typing import Final, NamedTuple

from ringfence.model.packet import ICMP, ICMPV6, PROTOCOLS_WITH_PORTS, TCP, Header
from ringfence.sources.telemetry.frames import header_of_packet
from ringfence.sources.telemetry.netlink import (
    DamagedMessageError,
    Message,
    NetlinkSocket,
    attributes,
    of_netfilter,
)

CONNECTIONS: Final = 1
"""The mask of the group of events for connections that begin (NFNLGRP_CONNTRACK_NEW)."""
_PACKET: Final = 4 << 8  # NFNL_SUBSYS_ULOG, NFULNL_MSG_PACKET
_CONFIG: Final = 4 << 8 | 1  # NFULNL_MSG_CONFIG
_NEW: Final = 1 << 8  # NFNL_SUBSYS_CTNETLINK, IPCTNL_MSG_CT_NEW
_COMMAND, _MODE, _TIMEOUT, _FLAGS = 1, 2, 4, 6  # NFULA_CFG_*
_BIND: Final = b"\1"
_BEGINNING: Final = struct.pack("!IBx", 160, 2)
"""Of each packet its first bytes (NFULNL_COPY_PACKET): more than any header and its options."""
_SOON: Final = struct.pack("!I", 10)
"""Hundredths of a second after which the kernel sends what it gathered."""
_NUMBERED: Final = struct.pack("!H", 1)  # NFULNL_CFG_F_SEQ
_CAME_BY, _PAYLOAD, _PREFIX, _NUMBER = 4, 9, 10, 12  # NFULA_*
_SYN: Final = 2


class Told(NamedTuple):
    """What a message tells of a packet: the prefix that its rule logs, the interface it came by.

    ``number`` counts the messages of one listener from 0, without a gap where none was lost.
    """

    header: Header
    prefix: str
    came_by: int | None
    number: int | None


def listen(to: NetlinkSocket, group: int) -> None:
    """Have the messages of one group of NFLOG sent to a socket; raises ``SourceError``."""
    to.ask(_CONFIG, group, {_COMMAND: _BIND})
    to.ask(_CONFIG, group, {_MODE: _BEGINNING, _TIMEOUT: _SOON, _FLAGS: _NUMBERED})


def logged(message: Message) -> Told | None:
    """Return what a rule logged, ``None`` where a message is something else.

    Raises ``DamagedMessageError`` where it is damaged, or the packet in it is.
    """
    if message.kind != _PACKET:
        return None
    found = of_netfilter(message)
    header = header_of_packet(found.get(_PAYLOAD, b""))
    if isinstance(header, str):
        raise DamagedMessageError(header)
    prefix = found.get(_PREFIX, b"").rstrip(b"\0").decode(errors="replace")
    return Told(header, prefix.strip(), _integer(found, _CAME_BY), _integer(found, _NUMBER))


def _integer(found: Mapping[int, bytes], kind: int) -> int | None:
    if kind not in found:
        return None
    if len(found[kind]) != 4:
        raise DamagedMessageError
    return int.from_bytes(found[kind], "big")


def begun(message: Message) -> Header | None:
    """Return the first packet of a connection that was let by, ``None`` where none began.

    Flags are those of any beginning; a type of ICMP is told, ports only of protocols that have
    any. Raises ``DamagedMessageError`` where it is damaged.
    """
    if message.kind != _NEW:
        return None
    original = attributes(of_netfilter(message).get(1, b""))  # CTA_TUPLE_ORIG
    ends, kind = attributes(original.get(1, b"")), attributes(original.get(2, b""))
    source, destination = (_address(ends, four, six) for four, six in ((1, 3), (2, 4)))
    if (":" in source) != (":" in destination):
        raise DamagedMessageError
    protocol = _byte(kind, 1)
    ports = protocol in PROTOCOLS_WITH_PORTS
    icmp = {ICMP: 5, ICMPV6: 8}.get(protocol)
    return Header(
        source=source,
        destination=destination,
        protocol=protocol,
        source_port=_port(kind, 2) if ports else None,
        destination_port=_port(kind, 3) if ports else None,
        icmp_type=None if icmp is None else _byte(kind, icmp),
        icmp_code=None if icmp is None else _byte(kind, icmp + 1),
        tcp_flags=_SYN if protocol == TCP else None,
    )


def _address(found: Mapping[int, bytes], four: int, six: int) -> str:
    data = found.get(four) or found.get(six) or b""
    if len(data) not in {4, 16}:
        raise DamagedMessageError
    return str(ip_address(data))


def _byte(found: Mapping[int, bytes], kind: int) -> int:
    data = found.get(kind, b"")
    if len(data) != 1:
        raise DamagedMessageError
    return data[0]


def _port(found: Mapping[int, bytes], kind: int) -> int:
    data = found.get(kind, b"")
    if len(data) != 2:
        raise DamagedMessageError
    return int.from_bytes(data, "big")
