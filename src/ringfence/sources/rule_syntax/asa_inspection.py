"""What a Cisco ASA inspects: inspections that open further ports for a conversation.

An inspection of FTP, SIP and the like lets more in than the rules say, for two machines of which
one was let through to the other's control port. Between two interfaces where that may have been, it
may let anything of TCP or UDP pass, both ways; nothing is opened between others.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from ringfence.model.packet import TCP, UDP
from ringfence.model.rules import (
    Condition,
    NumberRange,
    PortMatch,
    ProtocolMatch,
    Rule,
)
from ringfence.sources.rule_syntax.asa_text import Command
from ringfence.sources.rule_syntax.made_rules import by, open_to, rule

_GRE: Final = 47
# The protocols and ports by which a conversation starts that opens others.
_CONTROL: Final[Mapping[str, tuple[tuple[int, ...], tuple[NumberRange, ...]]]] = {
    "ctiqbe": ((TCP,), (NumberRange(2748, 2748),)),
    "dcerpc": ((TCP,), (NumberRange(135, 135),)),
    "ftp": ((TCP,), (NumberRange(21, 21),)),
    "gtp": ((UDP,), (NumberRange(0, 65535),)),
    "h323": ((TCP, UDP), (NumberRange(1718, 1720),)),
    "ils": ((TCP,), (NumberRange(389, 389),)),
    "mgcp": ((UDP,), (NumberRange(2427, 2427), NumberRange(2727, 2727))),
    "pptp": ((TCP,), (NumberRange(1723, 1723),)),
    "rsh": ((TCP,), (NumberRange(514, 514),)),
    "rtsp": ((TCP,), (NumberRange(554, 554),)),
    "sip": ((TCP, UDP), (NumberRange(5060, 5061),)),
    "skinny": ((TCP,), (NumberRange(2000, 2000),)),
    "sqlnet": ((TCP,), (NumberRange(1521, 1521),)),
    "sunrpc": ((TCP, UDP), (NumberRange(111, 111),)),
    "tftp": ((UDP,), (NumberRange(69, 69),)),
    "xdmcp": ((UDP,), (NumberRange(177, 177),)),
}
# They only refuse more, which the rule for what refuses stands for.
REFUSING: Final = frozenset(
    ("dns", "esmtp", "http", "im", "ip-options", "ipv6", "snmp", "netbios", "waas", "scansafe")
)
REFUSING_ACTIONS: Final = frozenset(("police", "ips", "sfr", "cxsc"))
_USUAL: Final = ("match", "default-inspection-traffic")


@dataclass(frozen=True, slots=True)
class Inspection:
    """``inspect NAME`` in a class of a policy; of a ``usual`` class, ports are the usual ones."""

    command: Command
    name: str
    usual: bool


def inspections(commands: Sequence[Command]) -> Iterator[Inspection]:
    """Yield every ``inspect`` of policies that may be applied."""
    usual = {
        command.words[-1]
        for command in commands
        if command.starts("class-map")
        and [line.words for line in command.below if line.words[0] == "match"] == [_USUAL]
    }
    for command in commands:
        if not command.starts("policy-map") or command.starts("policy-map", "type"):
            continue
        of_class = ""
        for line in command.below:
            if line.words[0] == "class":
                of_class = line.words[-1]
            elif line.words[0] == "inspect" and len(line.words) > 1:
                name = " ".join(line.words[1:3]) if line.starts("inspect", "icmp", "error") else ""
                yield Inspection(line, name or line.words[1], of_class in usual)


def opens(one: Inspection) -> bool:
    """Tell whether an inspection opens further ports."""
    return one.name in _CONTROL or one.name not in REFUSING | {"icmp", "icmp error"}


def may_start(one: Inspection, conditions: tuple[Condition, ...]) -> bool:
    """Tell whether packets that conditions match may start such a conversation."""
    protocols, ports = _CONTROL.get(one.name, ((), ()))
    for condition in conditions:
        match condition:
            case ProtocolMatch(protocols=told, negated=False) if protocols:
                if not set(told) & set(protocols):
                    return False
            case PortMatch(side="destination", ranges=told, negated=False) if one.usual and ports:
                if not any(a.first <= b.last and b.first <= a.last for a in told for b in ports):
                    return False
            case _:
                continue
    return True


def opened(one: Inspection, incoming: str, outgoing: str) -> Iterator[Rule]:
    """Yield what an inspection may let through between two interfaces, both ways."""
    protocols = (TCP, UDP, _GRE) if one.name == "pptp" else (TCP, UDP)
    # Of one that is not known (ipsec-pass-thru, sctp, …) it is not known what it opens.
    of = (ProtocolMatch(protocols=protocols),) if one.name in _CONTROL else ()
    for here, there in ((incoming, outgoing), (outgoing, incoming)):
        text = one.command.text
        between = by("in", here), by("out", there)
        yield rule(text, (*between, *of, *open_to(f"{text} opened it")), "accept", one.command.line)
