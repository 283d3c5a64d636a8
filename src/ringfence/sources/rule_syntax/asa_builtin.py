"""What a Cisco ASA does by itself: conversations it knows, and packets that it refuses anyway."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from ringfence.model.packet import ICMP, ICMPV6, TCP, UDP
from ringfence.model.rules import (
    AddressMatch,
    IcmpMatch,
    NumberRange,
    ProtocolMatch,
    Rule,
    StateMatch,
    TcpFlagsMatch,
    UnmodelledMatch,
)
from ringfence.sources.rule_syntax.asa_inspection import REFUSING_ACTIONS, inspections
from ringfence.sources.rule_syntax.asa_interfaces import AsaInterface
from ringfence.sources.rule_syntax.asa_text import Command
from ringfence.sources.rule_syntax.made_rules import by, rule
from ringfence.sources.rule_syntax.stray_icmp import ERRORS

_FIN, _SYN, _RST, _ACK = 1, 2, 4, 16
_NO_SOURCES: Final = ("0.0.0.0/8", "127.0.0.0/8", "224.0.0.0/3", "::/127", "ff00::/8")


def established(commands: list[Command]) -> Iterator[Rule]:
    """Yield what lets packets of known conversations by, past all access lists."""
    known = StateMatch(states=("established",))
    names = {one.name for one in inspections(commands)}
    kept = (TCP, UDP, ICMP, ICMPV6) if "icmp" in names else (TCP, UDP)
    yield rule("established conversations", (known, ProtocolMatch(protocols=kept)), "accept")
    others = ProtocolMatch(protocols=(TCP, UDP, ICMP, ICMPV6), negated=True)
    open_ = UnmodelledMatch(text="whether other protocols have conversations")
    yield rule("established, of other protocols", (known, others, open_), "accept")
    for of, types in ERRORS.items():
        told = tuple(NumberRange(number, number) for number in types)
        errors = IcmpMatch(family=4 if of == ICMP else 6, types=told)
        open_ = UnmodelledMatch(text="an error about no conversation")
        yield rule("ICMP errors", (ProtocolMatch(protocols=(of,)), errors, open_), "drop")
    if "icmp error" in names:
        related = StateMatch(states=("related",))
        yield rule("inspect icmp error", (related, ProtocolMatch(protocols=(1, 58))), "accept")


def without_beginning() -> Iterator[Rule]:
    """Yield what refuses packets of TCP that belong to no conversation and begin none."""
    tcp = ProtocolMatch(protocols=(TCP,))
    begins = TcpFlagsMatch(mask=_SYN | _ACK, value=_SYN, negated=True)
    yield rule("no conversation", (tcp, begins), "drop")
    ends = TcpFlagsMatch(mask=_FIN | _RST, value=0, negated=True)
    open_ = UnmodelledMatch(text="flags that contradict each other")
    yield rule("no conversation", (tcp, ends, open_), "drop")


def impossible(interfaces: Iterable[AsaInterface]) -> Iterator[Rule]:
    """Yield what may refuse sources that no packet has, and those of the device itself."""
    own = [text for one in interfaces for text in one.own_addresses or ()]
    ranges = (*_NO_SOURCES, *own)
    open_ = UnmodelledMatch(text="a source that no packet has")
    yield rule("spoofed source", (AddressMatch(side="source", ranges=ranges), open_), "drop")


def refusing(commands: Iterable[Command], interfaces: Iterable[AsaInterface]) -> Iterator[Rule]:
    """Yield what may refuse more than the rules do, and what surely does."""
    for one in interfaces:
        if one.managed:
            for direction in ("in", "out"):
                yield rule("management-only", (by(direction, one.name),), "drop", one.line)
    for command in commands:
        for line in (command, *command.below):
            policy = command.starts("policy-map") and line.words[0] in REFUSING_ACTIONS
            if policy or line.words[0] == "shun" or line.starts("ip", "audit", "interface"):
                open_ = UnmodelledMatch(text=f"{line.text} refuses it")
                yield rule(line.text, (open_,), "drop", line.line)
