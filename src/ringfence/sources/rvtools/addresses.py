"""Addresses in the cells of a workbook, where anything may stand."""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import ip_interface

from ringfence.model.facts import Fact, NotRead


def addresses_of(words: Iterable[str]) -> Fact[tuple[str, ...]]:
    """Return the words, if each is an address, with or without the length of its prefix."""
    found = tuple(words)
    for word in found:
        try:
            ip_interface(word)
        except ValueError:
            return NotRead(reason="not-understood", detail=f"the address {word[:40]}")
    return found
