"""A record of NetFlow 9 or IPFIX as what it tells of packets.

The numbers are those of the elements in IANA's *IPFIX Entities*; 40005 is what the first Cisco ASA
wrote for 233.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from ringfence.model.packet import ICMP, ICMPV6
from ringfence.sources.telemetry.observed import Observed, Trouble, header_of
from ringfence.sources.telemetry.packet_lines import Decision
from ringfence.sources.telemetry.templates import RULE, Exporter, Fields, Template, Templates

_EVENTS: Final[dict[int, Decision]] = {
    1: "allowed",  # created
    2: "allowed",  # deleted: it ended, having been there
    3: "refused",  # denied
    5: "allowed",  # updated
}
_STATUSES: Final[dict[int, Decision]] = {1: "allowed", 2: "refused"}
"""The upper two bits of a forwarding status: forwarded, and dropped (RFC 7270, section 4.12)."""
_COUNTS: Final = (2, 24, 86, 298)
"""Packets since the last report; after it; in all; of who began."""
_TYPES_AND_CODES: Final = ((32, None), (139, None), (176, 177), (178, 179), (11, None))
"""Elements that hold type and code of ICMP, together or apart; some take a port's place for it."""
_FLAGS: Final = {219: 1, 218: 2, 220: 4, 221: 8, 222: 16, 223: 32}
"""Elements that count the packets with a flag of TCP, and its bit."""
_WAYS: Final = {0: "on its way in", 1: "on its way out"}
_SAMPLING: Final = frozenset({34, 50, 305})
_ENDS: Final = ((8, 12), (27, 28))
_NO_IPV4: Final = bytes(4)
_MOST_PACKETS: Final = 1 << 40
"""What nobody sends between two reports; more is a lie."""


def told_by(
    template: Template, body: bytes, exporter: Exporter, templates: Templates
) -> Iterator[Observed | Trouble]:
    """Yield what the records of a set tell; of options, note how the exporter samples.

    Raises ``struct.error`` where a field is longer than what is left of the set.
    """
    # What could tell nothing is not walked through, however many records there are.
    if template.options:
        if _SAMPLING & {*template.elements}:
            for fields in template.records(body):
                templates.note_sampling(exporter, sampled(fields) or 1)
        return
    if not any({*pair} <= {*template.elements} for pair in _ENDS):
        yield "not of an IP packet"
        return
    for fields in template.records(body):
        yield _told(fields, exporter[1], templates.sampling(exporter))


def sampled(fields: Fields) -> int | None:
    """Return of how many packets one is taken, ``None`` where a record does not say."""
    times = _number(fields, 34, 50)
    if times is not None:
        return max(1, times)
    taken, left = _number(fields, 305), _number(fields, 306)
    if taken is None:
        return None
    # Where nothing is said of those left out, the first number is the interval itself.
    return max(1, taken) if left is None else max(1, (taken + left) // max(1, taken))


def _told(fields: Fields, at: str, sampling: int) -> Observed | Trouble:
    ends = _ends(fields)
    if ends is None:
        return "not of an IP packet"
    protocol = _number(fields, 4)
    if protocol is None:
        return "without ports or types"
    icmp = _icmp(fields) if protocol in (ICMP, ICMPV6) else None
    from_port, to_port = _number(fields, 7), _number(fields, 11)
    ports = None if from_port is None or to_port is None else (from_port & 0xFFFF, to_port & 0xFFFF)
    header = header_of(ends, protocol & 0xFF, ports, icmp, _flags(fields))
    if header is None:
        return "without ports or types"
    packets = max(1, _number(fields, *_COUNTS) or 1) * (sampled(fields) or sampling)
    return Observed(
        header, _decision(fields), _rule(fields), at, min(packets, _MOST_PACKETS), "flow"
    )


def _ends(fields: Fields) -> tuple[bytes, bytes] | None:
    """Return both addresses, of one family: of two families that of which something is said."""
    found = [
        (source, destination)
        for source, destination in ((fields.get(one), fields.get(other)) for one, other in _ENDS)
        if isinstance(source, bytes) and isinstance(destination, bytes)
    ]
    if len(found) == 2 and found[0] == (_NO_IPV4, _NO_IPV4):
        return found[1]
    return found[0] if found else None


def _icmp(fields: Fields) -> tuple[int, int] | None:
    for both_or_type, code in _TYPES_AND_CODES:
        first = _number(fields, both_or_type)
        if first is None:
            continue
        if code is None:
            return divmod(first & 0xFFFF, 256)
        return first & 0xFF, (_number(fields, code) or 0) & 0xFF
    return None


def _flags(fields: Fields) -> int | None:
    """Return the flags that any of the packets had, told at once or by counting each."""
    flags = _number(fields, 6)
    if flags is not None or not _FLAGS.keys() & fields.keys():
        return flags
    return sum(bit for element, bit in _FLAGS.items() if _number(fields, element))


def _decision(fields: Fields) -> Decision | None:
    """Return what became of it: a firewall's event says it best."""
    event = _number(fields, 233, 40005)
    if event is not None:
        return _EVENTS.get(event)
    status = _number(fields, 89)
    # What was dropped is counted too (133). Open vSwitch counts so what it forwards by its slow
    # path, as a test with a real one shows: that decides nothing.
    return None if status is None else _STATUSES.get(status >> 6)


def _rule(fields: Fields) -> str:
    rule = _number(fields, RULE)
    if rule is not None:
        return f"rule {rule}"
    inward, outward = _number(fields, 10), _number(fields, 14)
    if not inward and not outward:
        return _WAYS.get(_number(fields, 61) or 0, "flow")
    return f"port {inward or 0} to {outward or 0}"


def _number(fields: Fields, *elements: int) -> int | None:
    """Return the first of some elements that a record has."""
    for element in elements:
        value = fields.get(element)
        if isinstance(value, int):
            return value
    return None
