"""Whether a value lies between two others: numbers, or addresses of one family as texts."""

from __future__ import annotations

from functools import lru_cache
from ipaddress import ip_address


def within(value: int | str, first: int | str, last: int | str) -> bool:
    """Tell whether a value lies between two others, both included."""
    if isinstance(value, int) and isinstance(first, int) and isinstance(last, int):
        return first <= value <= last
    one, low, high = (_address(text) for text in (value, first, last))
    return low <= one <= high


@lru_cache(maxsize=1 << 12)
def _address(text: int | str) -> tuple[int, int]:
    address = ip_address(text)
    return address.version, int(address)
