"""The statements of nftables that translate addresses: snat, dnat, masquerade, redirect."""

from __future__ import annotations

from typing import Any, Final, Literal

from ringfence.model.rules import NumberRange, Side, Translation
from ringfence.sources.rule_syntax.syntax import Family
from ringfence.sources.rule_syntax.values import address_range, number_range, single

_SIDES: Final[dict[str, Side]] = {
    "snat": "source",
    "masquerade": "source",
    "dnat": "destination",
    "redirect": "destination",
}
_FAMILIES: Final[dict[str, Family]] = {"ip": 4, "ip6": 6}
# They say which of several addresses or ports is taken: any may be.
_CHOOSING: Final = frozenset(("random", "fully-random", "persistent"))
_KNOWN: Final = frozenset(("addr", "family", "port", "flags"))


def translation_of(word: str, value: Any, table: Literal[0, 4, 6]) -> Translation | None:
    """Return what a statement translates, in a table of a family (0 is both).

    ``None`` where it is no such statement, or has a form that is not understood: a map, or a
    network for a network.
    """
    side = _SIDES.get(word)
    known = {} if value is None else value
    if side is None or not isinstance(known, dict) or not known.keys() <= _KNOWN:
        return None
    flags = known.get("flags", [])
    if not set(flags if isinstance(flags, list) else [flags]) <= _CHOOSING:
        return None
    ports: tuple[NumberRange, ...] = ()
    if "port" in known:
        found = number_range(known["port"], {}, 65535)
        if found is None:
            return None
        ports = (found,)
    if word in {"masquerade", "redirect"}:
        return None if "addr" in known else Translation(side=side, of_interface=True, ports=ports)
    if "addr" not in known:
        return Translation(side=side, ports=ports) if ports else None
    family = _FAMILIES.get(str(known.get("family")), table)
    address = None if family == 0 else _address(known["addr"], family)
    return None if address is None else Translation(side=side, addresses=(address,), ports=ports)


def _address(value: Any, family: Family) -> str | None:
    match value:
        case str():
            return single(value, family)
        case {"range": [first, last]}:
            return address_range(first, last, family)
        case _:
            return None
