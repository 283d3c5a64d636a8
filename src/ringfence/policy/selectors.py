"""The small languages inside a policy: patterns, VLAN numbers, address prefixes, paths."""

from __future__ import annotations

import fnmatch
import ipaddress
import re
from collections.abc import Callable
from typing import Final

from ringfence.foundation.errors import PolicyError
from ringfence.model.network import VlanRange

Matcher = Callable[[str], bool]
Prefix = ipaddress.IPv4Network | ipaddress.IPv6Network
_WILDCARDS: Final = re.compile(r"([*?[])")
_LAST_VLAN: Final = 4094


def matcher(pattern: str) -> Matcher:
    """Return a test for names: ``*`` is any text, ``?`` one character, ``[ab]`` one of some.

    Letters match in their own case only.
    """
    if _WILDCARDS.search(pattern) is None:
        return pattern.__eq__
    match = re.compile(fnmatch.translate(pattern)).match
    return lambda name: match(name) is not None


def path_matcher(pattern: str) -> Matcher:
    """Return a test for paths: the path itself and everything below it."""
    matches = matcher(pattern.rstrip("/") or "/")
    return lambda path: matches("/") or any(map(matches, _ancestry(path)))


def literal(name: str) -> str:
    """Return the pattern that matches ``name`` and nothing else."""
    return _WILDCARDS.sub(r"[\1]", name)


def _ancestry(path: str) -> list[str]:
    """Return a path and the paths above it: ``/a/b`` gives ``/a/b`` and ``/a``."""
    parts = path.rstrip("/").split("/")
    return ["/".join(parts[:count]) for count in range(len(parts), 0, -1)]


def vlan_ranges(text: str) -> tuple[VlanRange, ...]:
    """Return the VLANs of ``100-109,120``. Raises ``PolicyError`` for what is not 0 to 4094."""
    ranges = []
    for part in text.split(","):
        first, dash, last = part.partition("-")
        try:
            low, high = int(first), int(last if dash else first)
        except ValueError:
            message = f'"{part.strip()}" is not a VLAN number or a range as 100-109'
            raise PolicyError(message) from None
        if max(low, high) > _LAST_VLAN:
            raise PolicyError(f"VLAN {max(low, high)} does not exist, the highest is {_LAST_VLAN}")
        if low > high:
            raise PolicyError(f"the range {low}-{high} is the wrong way round; write {high}-{low}")
        ranges.append(VlanRange(low, high))
    return tuple(ranges)


def in_ranges(vlan: int, ranges: tuple[VlanRange, ...]) -> bool:
    """Tell whether a VLAN number is in any of the ranges."""
    return any(part.first <= vlan <= part.last for part in ranges)


def address_prefix(text: str) -> Prefix:
    """Return the prefix ``10.0.0.0/8``, or one address as a prefix of its full length.

    Raises ``PolicyError`` where it is no address, or has bits set after the prefix.
    """
    try:
        return ipaddress.ip_network(text)
    except ValueError:
        pass
    try:
        wide = ipaddress.ip_network(text, strict=False)
    except ValueError:
        message = f'"{text}" is not an address or a prefix such as 10.1.0.0/16 or fd00:1::/32'
        raise PolicyError(message) from None
    raise PolicyError(f'"{text}" has bits set after its prefix length; write {wide}')


def interface_address(text: str) -> ipaddress.IPv4Interface | ipaddress.IPv6Interface | None:
    """Return an address with or without prefix length, ``None`` where it is none."""
    try:
        return ipaddress.ip_interface(text)
    except ValueError:
        return None
