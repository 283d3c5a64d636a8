"""The network namespaces of a host, and which interface of which is at the other end of a cable."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

from ringfence.model.facts import NotRead
from ringfence.sources.linux.bundle import Bundle
from ringfence.sources.linux.commands import part_name
from ringfence.sources.linux.links import CABLES, Link, Links, links

HOST: Final = ""
"""Stands for the namespace that the host's own commands ran in; others have names."""


@dataclass(frozen=True, slots=True)
class End:
    """An interface in a namespace."""

    space: str
    link: Link


@dataclass(frozen=True)
class Spaces:
    """The interfaces of a host by namespace, those that were read.

    ``names`` are what the host calls other namespaces by number. ``unread`` says of each namespace
    that was asked for why its interfaces are not known.
    """

    links: Mapping[str, Links]
    names: Mapping[int, str]
    unread: Mapping[str, NotRead]

    @staticmethod
    def of(bundle: Bundle) -> Spaces:
        """Read every namespace of a bundle."""
        found: dict[str, Links] = {}
        unread: dict[str, NotRead] = {}
        asked = [(HOST, "addresses"), *((of, name) for name, of in bundle.about("netns-addresses"))]
        for space, name in asked:
            read = links(bundle.json(name), name)
            if isinstance(read, NotRead):
                unread[space] = read
            else:
                found[space] = read
        return Spaces(found, dict(_numbers(bundle.json("namespaces"))), unread)

    @property
    def host(self) -> Links:
        """The host's own interfaces; none where they were not read."""
        return self.links.get(HOST, {})

    @cached_property
    def _by_index(self) -> Mapping[tuple[str, int], Link]:
        return {
            (space, link.index): link
            for space, all_ in self.links.items()
            for link in all_.values()
        }

    def inside(self) -> Iterator[End]:
        """Yield every interface in a named namespace, but those that lead to itself."""
        for space, all_ in self.links.items():
            if space != HOST:
                yield from (End(space, one) for one in all_.values() if one.kind != "loopback")

    def other_end(self, link: Link) -> End | None:
        """Return the other end of a cable of which the host has ``link``.

        ``None`` where it is in no namespace that was read. Numbers of interfaces are only unique in
        a namespace, so both ends have to name each other.
        """
        if link.kind not in CABLES or link.below_index is None:
            return None
        space = HOST if link.below_space is None else self.names.get(link.below_space)
        if space is None:
            return None
        other = self._by_index.get((space, link.below_index))
        if other is None or other.kind != link.kind or other.below_index != link.index:
            return None
        return End(space, other)

    @cached_property
    def cables(self) -> Mapping[tuple[str, str], End]:
        """The host's end of each cable, by namespace and name of the interface at the other."""
        found = {}
        for link in self.host.values():
            other = self.other_end(link)
            if other is not None:
                found[other.space, other.link.name] = End(HOST, link)
        return found


def _numbers(content: Any) -> Iterator[tuple[int, str]]:
    for item in content if isinstance(content, list) else ():
        if isinstance(item, dict):
            number, name = item.get("id"), item.get("name")
            if isinstance(number, int) and isinstance(name, str):
                yield number, name


def settings_name(space: str, kind: str) -> str:
    """Return the name of a command's answer for a namespace."""
    return kind if space == HOST else part_name(f"netns-{kind}", space)
