"""What a firewall's rules name, and what stands beside it: where they begin and end to match."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cached_property
from ipaddress import ip_address, ip_network
from typing import Final, TypeVar

_Each = TypeVar("_Each")
_PORT: Final = re.compile(r"[sd]port (?:!= )?(\{[^}]*\}|\S+)")
_SOURCE_PORT: Final = re.compile(r"\bsport (\d+)")
_PREFIX: Final = re.compile(r"\bip6? [sd]addr (?:!= )?([0-9a-f:.]+/\d+)")
_NEW_DESTINATION: Final = re.compile(r"\bip6? daddr (\S+) (?:.* )?dnat (?:ip6? )?to (\S+)")


class RuleEdges:
    """The ends of what rules name, in the text of nft; ``most`` of each kind at most."""

    def __init__(self, rules: str, most: int = 24) -> None:
        self._rules, self._most = rules, most

    @cached_property
    def named_ports(self) -> tuple[int, ...]:
        """The ports that rules name, those of ranges by their ends."""
        return tuple(sorted(set(self._ports())))

    @cached_property
    def ports(self) -> tuple[int, ...]:
        """The ports that rules name, and those beside them."""
        beside = {near for port in self.named_ports for near in range(port - 1, port + 2)}
        return _spread(sorted(port for port in beside if 0 < port < 65536), self._most)

    @cached_property
    def source_ports(self) -> tuple[int, ...]:
        """The source ports that rules name."""
        return tuple(sorted(set(map(int, _SOURCE_PORT.findall(self._rules)))))

    @cached_property
    def addresses(self) -> tuple[str, ...]:
        """The first and last address of every prefix that rules name, and those beside it."""
        return _spread(sorted(set(self._ends())), self._most)

    @cached_property
    def translated(self) -> tuple[tuple[str, str], ...]:
        """Addresses in whose place rules put others as the destination, with what they put."""
        found = {(before, _address(text)) for before, text in _NEW_DESTINATION.findall(self._rules)}
        return tuple(sorted(found))

    def _ports(self) -> Iterator[int]:
        for named in _PORT.findall(self._rules):
            yield from (int(text) for text in re.findall(r"\d+", named) if int(text) < 65536)

    def _ends(self) -> Iterator[str]:
        for text in _PREFIX.findall(self._rules):
            network = ip_network(text, strict=False)
            first, last = int(network[0]), int(network[-1])
            kind = type(network[0])
            yield from (str(kind(number)) for number in (first - 1, first, last, last + 1))


def _address(text: str) -> str:
    """Return the address of ``10.0.0.1:80`` or ``[fd00::1]:80``, or of an address alone."""
    if text.startswith("["):
        return str(ip_address(text[1:].partition("]")[0]))
    return text.partition(":")[0] if "." in text else text


def _spread(all_of_them: Sequence[_Each], most: int) -> tuple[_Each, ...]:
    """Return all, or as many of them as there may be, evenly chosen with both ends."""
    if len(all_of_them) <= most:
        return tuple(all_of_them)
    last = len(all_of_them) - 1
    return tuple(all_of_them[place * last // (most - 1)] for place in range(most))
