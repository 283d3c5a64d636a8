"""ICMP that begins no conversation, where a device translates it all the same.

What is translated in the model are packets that begin conversations, as netfilter does it. Other
firewalls translate single packets of ICMP, too: where rules may let such packets in, the rule that
translates them is told as not understood.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from ringfence.model.connections import STARTING_ICMP
from ringfence.model.packet import ICMP, ICMPV6
from ringfence.model.rules import (
    Condition,
    IcmpMatch,
    InterfaceMatch,
    PortMatch,
    ProtocolMatch,
    Rule,
    TcpFlagsMatch,
)

_BOTH: Final = frozenset((ICMP, ICMPV6))
ERRORS: Final = {ICMP: (3, 4, 5, 11, 12), ICMPV6: (1, 2, 3, 4, 137)}
"""The types that report an error in another packet, or another way for it."""


def may_be_stray(conditions: Iterable[Condition], *, errors: bool) -> bool:
    """Tell whether ICMP that begins nothing may meet all conditions; ``errors`` count if asked."""
    return all(_lets(condition, errors=errors) for condition in conditions)


def _lets(condition: Condition, *, errors: bool) -> bool:
    match condition:
        case ProtocolMatch(protocols=protocols, negated=negated):
            return not set(protocols) >= _BOTH if negated else bool(_BOTH & set(protocols))
        case IcmpMatch(family=family, types=types, negated=False):
            of = ICMP if family == 4 else ICMPV6
            begin = {*STARTING_ICMP[of], *(() if errors else ERRORS[of])}
            told = {number for one in types for number in range(one.first, one.last + 1)}
            return not told <= begin
        case PortMatch() | TcpFlagsMatch():
            return False
        case _:
            return True


def by_interfaces(conditions: Iterable[Condition]) -> frozenset[str] | None:
    """Return the interfaces that packets have to come in by, ``None`` for any."""
    for condition in conditions:
        match condition:
            case InterfaceMatch(direction="in", names=names, negated=False):
                return frozenset(names)
            case _:
                continue
    return None


def may_be_translated(translating: Rule, permitting: Iterable[Rule]) -> bool:
    """Tell whether stray ICMP may be let in that a rule translates."""
    if translating.action != "translate" or not may_be_stray(translating.conditions, errors=True):
        return False
    at = by_interfaces(translating.conditions)
    for rule in permitting:
        here = by_interfaces(rule.conditions)
        meets = at is None or here is None or bool(at & here)
        if rule.action == "accept" and meets and may_be_stray(rule.conditions, errors=True):
            return True
    return False
