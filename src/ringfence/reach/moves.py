"""Sets of headers through a device that translates, forwards and backwards.

A rule gives new values to a few fields of the headers that it matches, any of some. So a set goes
through it by freeing these fields and giving them the new values, and back by freeing them again
and keeping what the rule matched.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ringfence.reach.fields import Field
    from ringfence.reach.headers import HeaderSet, HeaderSpace


@dataclass(frozen=True, slots=True)
class Move:
    """Headers ``matched`` get any of the values of ``target`` in some fields."""

    matched: HeaderSet
    fields: tuple[Field, ...]
    target: HeaderSet

    def image(self, space: HeaderSpace, headers: HeaderSet) -> HeaderSet:
        """Return what headers become."""
        return space.freed(headers & self.matched, self.fields) & self.target

    def origin(self, space: HeaderSpace, headers: HeaderSet) -> HeaderSet:
        """Return what may become one of some headers."""
        return space.freed(headers & self.target, self.fields) & self.matched


@dataclass(frozen=True, slots=True)
class Step:
    """What the translating chains of a hook make of packets.

    ``straight`` are headers that start no connection and pass as they are, ``kept`` those that no
    rule translates, ``moves`` what rules do. ``exact`` are moves after which no source port may be
    exchanged by one of ``kinds`` besides.
    """

    space: HeaderSpace
    straight: HeaderSet
    kept: HeaderSet
    moves: tuple[Move, ...]
    exact: tuple[Move, ...]
    kinds: tuple[Move, ...]

    def image(self, headers: HeaderSet) -> HeaderSet:
        """Return what headers may become."""
        space = self.space
        moved = space.union(
            [headers & self.kept, *(move.image(space, headers) for move in self.moves)]
        )
        return space.union(
            [
                headers & self.straight,
                moved,
                *(kind.image(space, moved) for kind in self.kinds),
                *(move.image(space, headers) for move in self.exact),
            ]
        )

    def origin(self, headers: HeaderSet) -> HeaderSet:
        """Return what may become one of some headers."""
        space = self.space
        before = space.union([headers, *(kind.origin(space, headers) for kind in self.kinds)])
        return space.union(
            [
                headers & self.straight,
                before & self.kept,
                *(move.origin(space, before) for move in self.moves),
                *(move.origin(space, headers) for move in self.exact),
            ]
        )


@dataclass(frozen=True, slots=True)
class Way:
    """The way through a device that translates: what filters, and the steps that translate."""

    parts: tuple[HeaderSet | Step, ...]

    def image(self, headers: HeaderSet) -> HeaderSet:
        """Return what headers may become that come in."""
        for part in self.parts:
            headers = part.image(headers) if isinstance(part, Step) else headers & part
        return headers

    def origin(self, headers: HeaderSet) -> HeaderSet:
        """Return what may come in to become one of some headers."""
        for part in reversed(self.parts):
            headers = part.origin(headers) if isinstance(part, Step) else headers & part
        return headers
