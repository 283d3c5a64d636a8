"""Packets in the middle of nothing, which netfilter calls invalid: rules on states may miss them.

A TCP packet without an entry that is neither a beginning nor an acknowledgement alone, and ICMP
that asks nothing, is not in the state new (nf_conntrack_proto_tcp.c, nf_conntrack_proto_icmp.c): a
rule that stops new packets does not stop it. It is new where whoever sends it began a connection
before, so that both are possible. Some ICMPv6 is not tracked at all, and counted with them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final, Literal

import msgspec

from ringfence.model.packet import ICMP, ICMPV6, TCP
from ringfence.model.rules import (
    Chain,
    Condition,
    IcmpMatch,
    NumberRange,
    ProtocolMatch,
    Rule,
    StateMatch,
    TcpFlagsMatch,
    UnmodelledMatch,
)

State = Literal["new", "established", "invalid", "untracked"]
_MASK: Final = 0x17  # FIN, SYN, RST and ACK
_SYN, _ACK = 0x02, 0x10
_ASKS_4: Final = tuple(NumberRange(kind, kind) for kind in (8, 13, 15, 17))
_ASKS_6: Final = (NumberRange(128, 128), NumberRange(139, 139))
_ODD: Final[tuple[tuple[tuple[Condition, ...], frozenset[State]], ...]] = (
    (
        tuple(TcpFlagsMatch(mask=_MASK, value=value, negated=True) for value in (_SYN, _ACK)),
        frozenset({"invalid"}),
    ),
    ((IcmpMatch(family=4, types=_ASKS_4, negated=True),), frozenset({"invalid"})),
    ((IcmpMatch(family=6, types=_ASKS_6, negated=True),), frozenset({"invalid", "untracked"})),
)
"""What is met by packets that need not be new, and by no others, with what else they may be."""
_BEGINNING: Final[tuple[Condition, ...]] = (
    ProtocolMatch(protocols=(ICMP, TCP, ICMPV6), negated=True),
    TcpFlagsMatch(mask=_MASK, value=_SYN),
    TcpFlagsMatch(mask=_MASK, value=_ACK),
    IcmpMatch(family=4, types=_ASKS_4),
    IcmpMatch(family=6, types=_ASKS_6),
)
"""What is met by packets that are surely new where they have no entry: any of these."""
_TRACKED: Final[tuple[Condition, ...]] = (
    ProtocolMatch(protocols=(ICMPV6,), negated=True),
    IcmpMatch(family=6, types=_ASKS_6),
)
"""What is met by packets that are surely new or invalid where they have no entry."""
_LETS_BY: Final = frozenset(("accept", "continue", "translate"))
_STOPS: Final = frozenset(("drop", "reject", "continue", "translate"))


def with_odd_packets(chains: Iterable[Chain]) -> tuple[Chain, ...]:
    """Return chains in which rules on states are open for packets that may be new or invalid.

    Only where that could let more through than the rules as they read: nothing is open where an
    odd packet that is not met would only be stopped.
    """
    return tuple(
        msgspec.structs.replace(
            chain, rules=tuple(part for rule in chain.rules for part in _parts(rule))
        )
        for chain in chains
    )


def _parts(rule: Rule) -> Iterator[Rule]:
    new, odd = _holds(rule, "new"), {_holds(rule, "invalid"), _holds(rule, "untracked")}
    if odd == {new} or (new and rule.action in _LETS_BY) or (not new and rule.action in _STOPS):
        yield rule
        return
    doubt = UnmodelledMatch(text=f"{rule.text} (what begins no connection may be invalid)")
    others = tuple(one for one in rule.conditions if not isinstance(one, StateMatch))
    if not new:
        yield rule
        for conditions, states in _ODD:
            if any(_holds(rule, state) for state in states):
                yield _with(rule, (*others, StateMatch(states=("new",)), *conditions, doubt))
        return
    if _holds(rule, "established"):
        yield _with(rule, (*others, StateMatch(states=("established", "related"))))
    for condition in _TRACKED if _holds(rule, "invalid") else _BEGINNING:
        yield _with(rule, (*rule.conditions, condition))
    yield _with(rule, (*rule.conditions, doubt))


def _holds(rule: Rule, state: State) -> bool:
    """Tell whether a rule's conditions on states hold for a packet in a state."""
    return all(
        (state in one.states) != one.negated
        for one in rule.conditions
        if isinstance(one, StateMatch)
    )


def _with(rule: Rule, conditions: tuple[Condition, ...]) -> Rule:
    return msgspec.structs.replace(rule, conditions=conditions)
