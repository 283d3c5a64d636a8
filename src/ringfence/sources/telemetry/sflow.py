"""sFlow version 5 (sFlow.org, *sFlow Version 5*, and *sFlow Dropped Packet Notification*).

A packet in so many is taken; each stands for so many. A packet that the switch says it discarded
is refused, another undecided: a switch that passes it on does not know what a firewall does.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Final

from ringfence.model.packet import Header
from ringfence.sources.telemetry.frames import header_of_frame, header_of_packet
from ringfence.sources.telemetry.observed import Observed, Trouble, Troubles, header_of
from ringfence.sources.telemetry.packet_lines import Decision

_FORMAT: Final = "sFlow"
_ADDRESS_LENGTHS: Final = {1: 4, 2: 16}
_BEFORE_ADDRESS: Final = 8
_HEAD: Final = struct.Struct(">12xI")
_PART: Final = struct.Struct(">II")
_FLOW: Final = struct.Struct(">8xI8xIII")
_EXPANDED_FLOW: Final = struct.Struct(">12xI8xIIIII")
_DISCARDED: Final = struct.Struct(">16xIIII")
_RAW: Final = struct.Struct(">I8xI")
_ETHERNET: Final = 1
_PACKETS: Final = (11, 12)
_SAMPLED: Final = {3: struct.Struct(">4xI4s4sIII"), 4: struct.Struct(">4xI16s16sIII")}
_MOST_PACKETS: Final = 1 << 32


def sflow(datagram: bytes, at: str, troubles: Troubles) -> Iterator[Observed]:
    """Yield what the samples of one datagram tell; counters of interfaces are passed over."""
    try:
        yield from _told(datagram, at, troubles)
    except struct.error:
        troubles[_FORMAT, "cut short"] += 1


def _told(datagram: bytes, at: str, troubles: Troubles) -> Iterator[Observed]:
    length = _ADDRESS_LENGTHS.get(int.from_bytes(datagram[4:_BEFORE_ADDRESS]))
    if length is None:
        troubles[_FORMAT, "of no known format"] += 1
        return
    offset = _BEFORE_ADDRESS + length
    (count,) = _HEAD.unpack_from(datagram, offset)
    for kind, body in _parts(datagram, offset + _HEAD.size, count):
        sample = _sample(kind, body)
        if sample is None:
            continue
        rate, ports, decision, records = sample
        for what, record in _parts(body, *records):
            header = _header(what, record)
            if header is None:
                continue
            if isinstance(header, Header):
                yield Observed(header, decision, ports, at, min(rate, _MOST_PACKETS), "sample")
            else:
                troubles[_FORMAT, header] += 1
            break  # what follows tells the same packet in another way


def _parts(body: bytes, offset: int, count: int) -> Iterator[tuple[int, bytes]]:
    """Yield the format and the content of parts; raises ``struct.error`` where one is not whole."""
    for _ in range(count):
        kind, length = _PART.unpack_from(body, offset)
        offset += _PART.size
        if offset + length > len(body):
            raise struct.error
        yield kind, body[offset : offset + length]
        offset += length


def _sample(kind: int, body: bytes) -> tuple[int, str, Decision | None, tuple[int, int]] | None:
    """Return the rate, the ports, what became of it, and where how many records of it begin."""
    if kind == 1:
        rate, inward, outward, count = _FLOW.unpack_from(body)
        way, outward = outward >> 30, outward & 0x3FFFFFFF
        size = _FLOW.size
    elif kind == 3:
        rate, _, inward, way, outward, count = _EXPANDED_FLOW.unpack_from(body)
        size = _EXPANDED_FLOW.size
    elif kind == 5:
        inward, outward, _, count = _DISCARDED.unpack_from(body)
        rate, way, size = 1, 1, _DISCARDED.size
    else:
        return None
    decision: Decision | None = "refused" if way == 1 else None
    ports = f"port {inward} to {'several' if way == 2 else outward}"
    return max(1, rate), ports if way != 1 else f"port {inward}, discarded", decision, (size, count)


def _header(kind: int, record: bytes) -> Header | Trouble | None:
    """Return the header of a sampled packet, ``None`` where a record tells of something else."""
    if kind == 1:
        protocol, length = _RAW.unpack_from(record)
        content = record[_RAW.size : _RAW.size + length]
        if protocol == _ETHERNET:
            return header_of_frame(content)
        return header_of_packet(content) if protocol in _PACKETS else "not of an IP packet"
    form = _SAMPLED.get(kind)
    if form is None:
        return None
    protocol, source, destination, from_port, to_port, flags = form.unpack_from(record)
    ports = (from_port & 0xFFFF, to_port & 0xFFFF)
    told = header_of((source, destination), protocol & 0xFF, ports, None, flags)
    return "without ports or types" if told is None else told
