"""NetFlow version 5: flows of IPv4 in records of one form (Cisco, *Export Datagram Format*).

Nothing in a record says whether the packets were forwarded or dropped: they are undecided.
"""

from __future__ import annotations

from collections.abc import Iterator
from struct import Struct
from typing import Final

from ringfence.model.packet import ICMP
from ringfence.sources.telemetry.observed import Observed, Troubles, header_of

_HEAD: Final = Struct(">HH18xH")
_HEAD_LENGTH: Final = 24
# Addresses, ports of the exporter, packets; ports of the conversation, flags, protocol.
_RECORD: Final = Struct(">4s4s4xHHI12xHHxBB9x")
_MOST: Final = 30
_FORMAT: Final = "NetFlow 5"


def netflow_5(datagram: bytes, at: str, troubles: Troubles) -> Iterator[Observed]:
    """Yield what one datagram of an exporter tells; one whose lengths are wrong tells nothing."""
    if len(datagram) < _HEAD_LENGTH:
        troubles[_FORMAT, "cut short"] += 1
        return
    _, count, sampling = _HEAD.unpack_from(datagram)
    if not 1 <= count <= _MOST or len(datagram) != _HEAD_LENGTH + count * _RECORD.size:
        troubles[_FORMAT, "of a wrong length"] += 1
        return
    # The two upper bits say how samples are taken, the others one packet of how many.
    times = max(1, sampling & 0x3FFF)
    for source, destination, inward, outward, packets, *rest in _RECORD.iter_unpack(
        datagram[_HEAD_LENGTH:]
    ):
        from_port, to_port, flags, protocol = rest
        # Where ICMP's ports would be stand its type and code.
        icmp = divmod(to_port, 256) if protocol == ICMP else None
        header = header_of((source, destination), protocol, (from_port, to_port), icmp, flags)
        if header is None:
            troubles[_FORMAT, "without ports or types"] += 1
            continue
        counted = max(1, packets) * times
        yield Observed(header, None, f"port {inward} to {outward}", at, counted, "flow")
