"""Matches of nftables on TCP flags, which compare bits in several forms."""

from __future__ import annotations

from typing import Any

from ringfence.model.packet import TCP
from ringfence.model.rules import Condition, ProtocolMatch, TcpFlagsMatch, UnmodelledMatch
from ringfence.sources.rule_syntax.names import MODELLED_FLAGS, TCP_FLAGS

_FLAGS = {"payload": {"protocol": "tcp", "field": "flags"}}
_EVERY_BIT = 255


def about_flags(left: Any) -> bool:
    """Tell whether an expression looks at TCP flags."""
    return _mask(left) is not None


def flags_match(left: Any, operator: str, values: list[Any]) -> tuple[Condition, ...] | None:
    """Return the conditions of ``tcp flags`` or ``tcp flags & mask`` compared with values.

    ``None`` where it is not about flags, or in a form that is not known. A flag that is not
    modelled (congestion notification) is the sender's to choose: the match is open then.
    """
    mask = _mask(left)
    bits = [_bits(value) for value in values]
    if mask is None or not bits or None in bits:
        return None
    wanted = [value for value in bits if value is not None]
    alone = left == _FLAGS and len(wanted) == 1
    found: tuple[Condition, ...] | None = None
    if operator == "in" and alone:
        # "tcp flags syn, ack": any of them is set.
        found = _compared(wanted[0], 0, negated=True)
    elif operator == "!" and alone:
        found = _compared(wanted[0], 0, negated=False)
    elif operator == "!=":
        # Unequal to every one of a set.
        each = [_compared(mask, value, negated=True) for value in wanted]
        found = tuple(dict.fromkeys(condition for one in each for condition in one))
    elif operator in {"==", "in"} and len(wanted) == 1:
        found = _compared(mask, wanted[0], negated=False)
    return found


def _compared(mask: int, value: int, *, negated: bool) -> tuple[Condition, ...]:
    tcp = ProtocolMatch(protocols=(TCP,))
    modelled = TcpFlagsMatch(
        mask=mask & MODELLED_FLAGS, value=value & MODELLED_FLAGS, negated=negated
    )
    if value & ~mask:
        # No packet has a bit outside the mask: never equal, always unequal.
        return (tcp,) if negated else (tcp, TcpFlagsMatch(mask=0, value=1))
    if not mask & ~MODELLED_FLAGS:
        return (tcp, modelled)
    open_bits = UnmodelledMatch(text="tcp flags ecn, cwr")
    return (tcp, open_bits) if negated else (tcp, modelled, open_bits)


def _mask(left: Any) -> int | None:
    if left == _FLAGS:
        return _EVERY_BIT
    match left:
        case {"&": [flags, mask]} if flags == _FLAGS:
            return _bits(mask)
    return None


def _bits(value: Any) -> int | None:
    """Return the bits that a flag, a list of them, a union of them or a number stands for."""
    match value:
        case bool():
            return None
        case int():
            return value if 0 <= value <= _EVERY_BIT else None
        case str():
            return TCP_FLAGS.get(value)
        case list() | {"|": list()}:
            parts = [_bits(part) for part in (value if isinstance(value, list) else value["|"])]
            if None in parts:
                return None
            union = 0
            for part in parts:
                union |= part or 0
            return union
        case _:
            return None
