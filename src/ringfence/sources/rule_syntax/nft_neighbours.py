"""Rules that let a system find its IPv6 neighbours, as ARP does for IPv4 where no rule is asked.

A solicitation or advertisement with the hop limit 255 was sent on the link itself, and the kernel
takes in no other (RFC 4861, 7.1): it reaches no service. Where a rule at the hook ``input`` lets
in nothing else, it lets in nothing that the proof tells of; neither does ARP.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Final

import msgspec

from ringfence.model.rules import Rule

_HOP_LIMIT: Final = {"payload": {"protocol": "ip6", "field": "hoplimit"}}
_ON_THE_LINK: Final = 255
_TYPE: Final = {"payload": {"protocol": "icmpv6", "field": "type"}}
_NEIGHBOURS: Final = ("nd-neighbor-solicit", "nd-neighbor-advert", 135, 136)


def only_neighbours(statements: Iterable[Any]) -> bool:
    """Tell whether a rule accepts neighbour discovery of its own link, and nothing else."""
    matches = [one["match"] for one in statements if isinstance(one, dict) and "match" in one]
    verdicts = [one for one in statements if isinstance(one, dict) and "accept" in one]
    return (
        bool(verdicts)
        and any(_equals(one, _HOP_LIMIT, (_ON_THE_LINK,)) for one in matches)
        and any(_equals(one, _TYPE, _NEIGHBOURS) for one in matches)
    )


def _equals(match: Any, left: dict[str, Any], allowed: tuple[Any, ...]) -> bool:
    """Tell whether a match demands one of the allowed values."""
    if not isinstance(match, dict) or match.get("left") != left or match.get("op") != "==":
        return False
    right = match.get("right")
    values = right.get("set") if isinstance(right, dict) else [right]
    return isinstance(values, list) and bool(values) and all(one in allowed for one in values)


def counting(rules: Iterable[Rule]) -> Iterator[Rule]:
    """Yield what is left of such a rule for the proof: it counts packets."""
    for rule in list(rules)[:1]:
        yield msgspec.structs.replace(rule, action="continue", conditions=())
