"""Values that rules compare with: numbers, ranges of numbers, addresses as text."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from typing import Any

from ringfence.model.rules import NumberRange
from ringfence.sources.rule_syntax.syntax import Family


def number_range(value: Any, names: Mapping[str, int], most: int) -> NumberRange | None:
    """Return a number, name or ``{"range": [first, last]}``; ``None`` where it is none of these."""
    if isinstance(value, dict):
        ends = value.get("range")
        if not isinstance(ends, list) or len(ends) != 2:
            return None
        first, last = (number(end, names, most) for end in ends)
    else:
        first = last = number(value, names, most)
    if first is None or last is None or first > last:
        return None
    return NumberRange(first, last)


def number(value: Any, names: Mapping[str, int], most: int) -> int | None:
    """Return a number from 0 to ``most``, given as such, as digits or by name."""
    if isinstance(value, str):
        value = names.get(value, int(value) if value.isascii() and value.isdigit() else None)
    if isinstance(value, bool) or not isinstance(value, int):
        return None
    return value if 0 <= value <= most else None


def address_range(first: Any, last: Any, family: Family) -> str | None:
    """Return ``first-last`` where both are addresses of the family, in order."""
    ends = [_address(end, family) for end in (first, last)]
    if ends[0] is None or ends[1] is None or int(ends[0]) > int(ends[1]):
        return None
    return f"{ends[0]}-{ends[1]}"


def prefix(address: Any, length: Any, family: Family) -> str | None:
    """Return ``address/length`` with the host's bits cleared, where it is one of the family."""
    found = _address(address, family)
    if found is None or isinstance(length, bool) or not isinstance(length, int):
        return None
    if not 0 <= length <= found.max_prefixlen:
        return None
    return str(ipaddress.ip_network(f"{found}/{length}", strict=False))


def masked(address: Any, mask: Any, family: Family) -> str | None:
    """Return the prefix of an address and a mask (``255.255.0.0`` or ``ffff::``).

    ``None`` where the mask is not one block of ones: no range of addresses is the same then.
    """
    found = _address(mask, family)
    if found is None:
        return None
    bits = found.max_prefixlen
    length = int(found).bit_count()
    if int(found) != ((1 << length) - 1) << (bits - length):
        return None
    return prefix(address, length, family)


def single(address: Any, family: Family) -> str | None:
    """Return an address of the family."""
    found = _address(address, family)
    return None if found is None else str(found)


def _address(text: Any, family: Family) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    if not isinstance(text, str):
        return None
    try:
        found = ipaddress.ip_address(text)
    except ValueError:
        return None
    if found.version != family or (isinstance(found, ipaddress.IPv6Address) and found.scope_id):
        return None
    return found
