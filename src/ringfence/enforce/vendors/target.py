"""What a firewall's rules are written for, and how they are cut into filters there."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from ringfence.enforce.gateway.description import Gateway, Permit, Side, pairs


@dataclass(frozen=True, slots=True)
class Filter:
    """Permits that stand together; all else is refused there, and logged.

    ``options`` are what aerleon has to know of the filter. Refused is everything, or what is
    ``between`` some sides where these are given.
    """

    options: str
    permits: tuple[Permit, ...]
    between: tuple[tuple[Side, Side], ...] = ()


@dataclass(frozen=True, slots=True)
class Target:
    """A kind of firewall; ``platform`` is aerleon's name of it.

    ``families`` are the IP families that are written for it, of others everything stays refused.
    ``filters`` cuts the rules of a gateway and raises ``EnforceError`` for a name that cannot be
    said there, ``finished`` makes of aerleon's text what is loaded.
    ``exchanged`` puts that in force in a configuration that was saved, where its reader reads such.
    ``writes`` are words that aerleon warns of and writes all the same, ``unwritten`` the numbers of
    protocols that it does not write there.
    """

    name: str
    label: str
    platform: str
    families: tuple[int, ...]
    filters: Callable[[Gateway], Iterable[Filter]]
    finished: Callable[[Gateway, str], str] = lambda _, text: text
    exchanged: Callable[[str, str], str] | None = None
    writes: frozenset[str] = field(default_factory=frozenset)
    unwritten: frozenset[int] = field(default_factory=frozenset)


def between_sides(gateway: Gateway, options: Callable[[Side, Side], str]) -> Iterable[Filter]:
    """Yield a filter for each ordered pair of sides."""
    for source, destination in pairs(gateway):
        ends = source.zone, destination.zone
        permits = (one for one in gateway.permits if (one.source, one.destination) == ends)
        yield Filter(options(source, destination), tuple(permits))
