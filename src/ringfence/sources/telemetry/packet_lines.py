"""Log lines about packets: of the Linux kernel (iptables, nftables) and of NSX's firewall.

The kernel writes ``SRC=... DST=... PROTO=...`` after a prefix that the rule chose. NSX writes
``INET match PASS 3060 IN 60 TCP 10.1.1.1/40000->10.2.2.2/22 S``. Either stands in a line of syslog.
"""

from __future__ import annotations

import re
from functools import lru_cache
from ipaddress import ip_address
from typing import Final, Literal, NamedTuple

from ringfence.model.packet import (
    ICMP,
    ICMPV6,
    PROTOCOL_NAMES,
    PROTOCOLS_WITH_PORTS,
    TCP,
    Header,
)

Decision = Literal["allowed", "refused"]


class PacketLine(NamedTuple):
    """What a line tells of a packet."""

    header: Header
    decision: Decision | None
    rule: str
    at: str


class DamagedLineError(ValueError):
    """A line begins to tell of a packet and does not say what it was."""


_KERNEL: Final = re.compile(r"(?P<before>.*?)\bIN=(?P<in>\S*) OUT=(?P<out>\S*) (?P<fields>.*)$")
_NSX: Final = re.compile(
    r"(?P<before>.*?)\bINET6? match (?P<action>PASS|DROP|REJECT) (?P<rule>\S+) (?:IN|OUT) \d+ "
    r"(?P<rest>.*)$"
)
_NSX_ENDS: Final = re.compile(
    r"(?:PROTO )?(?P<protocol>\w+) (?:(?P<type>\d+) (?P<code>\d+) )?"
    r"(?P<source>[0-9a-fA-F.:]+)(?:/(?P<sport>\d+))?->"
    r"(?P<destination>[0-9a-fA-F.:]+)(?:/(?P<dport>\d+))?(?: (?P<flags>[A-Z]+)\b)?"
)
_REFUSED: Final = re.compile(r"drop|reject|den(y|ied)|block|refus|discard", re.IGNORECASE)
_ALLOWED: Final = re.compile(r"accept|allow|pass|permit", re.IGNORECASE)
_SYSLOG: Final = re.compile(
    r"^(?:<\d+>)?(?:1 )?(?:\w{3} +\d+ [\d:]+|\d{4}-\S+) (?P<host>\S+) (?P<rest>.*)$"
)
_KERNEL_HEAD: Final = re.compile(
    r"^(?:\S+ )?kernel\S*:? ?(?:- )*(?:\[ *[\d.]+\] ?)?|^\[ *[\d.]+\] ?"
)
_FLAGS: Final = {"FIN": 1, "SYN": 2, "RST": 4, "PSH": 8, "ACK": 16, "URG": 32}
_NSX_FLAGS: Final = {"F": 1, "S": 2, "R": 4, "P": 8, "A": 16, "U": 32}
_NUMBERS: Final = {name.upper(): number for number, name in PROTOCOL_NAMES.items()}
_MOST: Final = 65535
_LONGEST: Final = 4096


def packet_line(line: str) -> PacketLine | None:
    """Return what a line tells of a packet, ``None`` where it tells of none.

    Raises ``DamagedLineError`` where it begins to and is not whole, or longer than any log writes.
    """
    if len(line) > _LONGEST:
        if _is_one(line[:_LONGEST]):
            raise DamagedLineError
        return None
    if (kernel := _KERNEL.match(line) if "IN=" in line else None) is not None:
        return _of_kernel(kernel)
    if (nsx := _NSX.match(line) if "INET" in line else None) is not None:
        return _of_nsx(nsx)
    return None


def _is_one(line: str) -> bool:
    return _KERNEL.match(line) is not None or _NSX.match(line) is not None


def _of_kernel(found: re.Match[str]) -> PacketLine:
    # An ICMP error holds the packet that it is about in brackets: that one was not here.
    words = found["fields"].partition("[")[0].split()
    values = dict(word.split("=", 1) for word in words if "=" in word)
    flags = sum(_FLAGS[word] for word in words if word in _FLAGS)
    host, prefix = _without_head(found["before"])
    header = _header(
        (values.get("SRC", ""), values.get("DST", "")),
        values.get("PROTO", ""),
        (values.get("SPT"), values.get("DPT")),
        (values.get("TYPE"), values.get("CODE")),
        flags,
    )
    rule = prefix.strip(" :-")
    return PacketLine(header, _decision(prefix), rule or f"{found['in']} to {found['out']}", host)


def _of_nsx(found: re.Match[str]) -> PacketLine:
    ends = _NSX_ENDS.match(found["rest"])
    if ends is None:
        raise DamagedLineError
    flags = sum(_NSX_FLAGS.get(letter, 0) for letter in ends["flags"] or "")
    header = _header(
        (ends["source"], ends["destination"]),
        ends["protocol"],
        (ends["sport"], ends["dport"]),
        (ends["type"], ends["code"]),
        flags or _FLAGS["SYN"],
    )
    host, _ = _without_head(found["before"])
    decision: Decision = "allowed" if found["action"] == "PASS" else "refused"
    return PacketLine(header, decision, f"rule {found['rule']}", host)


def _without_head(before: str) -> tuple[str, str]:
    """Return who wrote a line, and what stands after the head of syslog and the kernel's clock."""
    head = _SYSLOG.match(before)
    host, rest = ("", before) if head is None else (head["host"], head["rest"])
    return host, _KERNEL_HEAD.sub("", rest, count=1)


def _decision(prefix: str) -> Decision | None:
    """Return what a rule decides, as far as the prefix that it logs says so."""
    if _REFUSED.search(prefix):
        return "refused"
    return "allowed" if _ALLOWED.search(prefix) else None


def _header(
    ends: tuple[str, str],
    protocol: str,
    ports: tuple[str | None, str | None],
    icmp: tuple[str | None, str | None],
    flags: int,
) -> Header:
    number = _NUMBERS.get(protocol.upper().replace("ICMP6", "ICMPV6"))
    if number is None:
        if not protocol.isdecimal() or int(protocol) > 255:
            raise DamagedLineError
        number = int(protocol)
    source, destination = map(_address, ends)
    version_6 = ":" in source
    if version_6 != (":" in destination):
        raise DamagedLineError
    if number == ICMP and version_6:
        number = ICMPV6  # NSX says ICMP of both
    ported, is_icmp = number in PROTOCOLS_WITH_PORTS, number in (ICMP, ICMPV6)
    found = [_number(text, _MOST) if ported else None for text in ports]
    if ported and None in found:
        return _later(source, destination, number, ports)
    kinds = [_number(text, 255) if is_icmp else None for text in icmp]
    if is_icmp and None in kinds:
        raise DamagedLineError
    return Header(
        source=source,
        destination=destination,
        protocol=number,
        source_port=found[0],
        destination_port=found[1],
        icmp_type=kinds[0],
        icmp_code=kinds[1],
        tcp_flags=flags if number == TCP else None,
    )


# The same addresses come again and again; a text always means the same one.
@lru_cache(maxsize=1 << 14)
def _address(text: str) -> str:
    """Return an address in its shortest form."""
    try:
        return str(ip_address(text))
    except ValueError as error:
        raise DamagedLineError from error


def _later(
    source: str, destination: str, number: int, ports: tuple[str | None, str | None]
) -> Header:
    """Return the header of a later fragment, which is logged without ports."""
    if ports != (None, None):
        raise DamagedLineError
    return Header(source=source, destination=destination, protocol=number, fragment="later")


def _number(text: str | None, most: int) -> int | None:
    if text is None or not text.isdecimal() or int(text) > most:
        return None
    return int(text)
