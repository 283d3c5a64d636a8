"""Which rules of a device are left to look at, once a packet's interfaces are known."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Final

from ringfence.model.rules import Chain, InterfaceMatch, Rule

_KEPT: Final = 256  # a chain for a pair of interfaces each: packets of a witness cross a few


class RuleIndex:
    """The rules of a device's chains, by the interfaces that packets come in and leave by.

    Most rules of a large firewall name interfaces, and most name others than the packet's.
    """

    def __init__(self, chains: Mapping[str, Chain]) -> None:
        self._chains = chains
        self._fitting = lru_cache(maxsize=_KEPT)(self._find)

    def rules(self, chain: str, incoming: str | None, outgoing: str | None) -> tuple[Rule, ...]:
        """Return the rules of a chain, in their order, of which every interface fits."""
        return self._fitting(chain, incoming, outgoing)

    def _find(self, chain: str, incoming: str | None, outgoing: str | None) -> tuple[Rule, ...]:
        return tuple(
            rule
            for rule in self._chains[chain].rules
            if all(
                interface_holds(condition, incoming, outgoing)
                for condition in rule.conditions
                if isinstance(condition, InterfaceMatch)
            )
        )


def interface_holds(condition: InterfaceMatch, incoming: str | None, outgoing: str | None) -> bool:
    """Return whether a condition on an interface holds; a packet without one has no such name."""
    name = incoming if condition.direction == "in" else outgoing
    named = name is not None and any(_is_named(name, each) for each in condition.names)
    return named != condition.negated


def _is_named(name: str, pattern: str) -> bool:
    return name.startswith(pattern[:-1]) if pattern.endswith("*") else name == pattern
