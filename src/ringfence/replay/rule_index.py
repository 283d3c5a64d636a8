"""Which rules of a device are left to look at, once a packet's interfaces are known."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from itertools import chain as joined
from typing import Final

from ringfence.model.rules import Chain, InterfaceMatch, Rule

_KEPT: Final = 256  # a chain for a pair of interfaces each: packets of a witness cross a few


class RuleIndex:
    """The rules of a device's chains, by the interfaces that packets come in and leave by.

    Most rules of a large firewall name interfaces, and most name others than the packet's.
    """

    def __init__(self, chains: Mapping[str, Chain]) -> None:
        self._chains = chains
        self._naming: dict[str, Mapping[tuple[InterfaceMatch, ...], tuple[int, ...]]] = {}
        self._fitting = lru_cache(maxsize=_KEPT)(self._find)

    def rules(self, chain: str, incoming: str | None, outgoing: str | None) -> tuple[Rule, ...]:
        """Return the rules of a chain, in their order, of which every interface fits."""
        return self._fitting(chain, incoming, outgoing)

    def _find(self, chain: str, incoming: str | None, outgoing: str | None) -> tuple[Rule, ...]:
        rules = self._chains[chain].rules
        fitting = [
            positions
            for conditions, positions in self._by_interfaces(chain).items()
            if all(interface_holds(one, incoming, outgoing) for one in conditions)
        ]
        return tuple(rules[position] for position in sorted(joined(*fitting)))

    def _by_interfaces(self, chain: str) -> Mapping[tuple[InterfaceMatch, ...], tuple[int, ...]]:
        """Return the positions of a chain's rules, by all that a rule says of interfaces."""
        if chain not in self._naming:
            found: dict[tuple[InterfaceMatch, ...], list[int]] = {}
            for position, rule in enumerate(self._chains[chain].rules):
                said = tuple(one for one in rule.conditions if isinstance(one, InterfaceMatch))
                found.setdefault(said, []).append(position)
            self._naming[chain] = {said: tuple(some) for said, some in found.items()}
        return self._naming[chain]


def interface_holds(condition: InterfaceMatch, incoming: str | None, outgoing: str | None) -> bool:
    """Return whether a condition on an interface holds; a packet without one has no such name."""
    name = incoming if condition.direction == "in" else outgoing
    named = name is not None and any(_is_named(name, each) for each in condition.names)
    return named != condition.negated


def _is_named(name: str, pattern: str) -> bool:
    return name.startswith(pattern[:-1]) if pattern.endswith("*") else name == pattern
