"""What a device does with a packet that comes to it."""

from __future__ import annotations

from dataclasses import dataclass

from ringfence.replay.packet import Packet
from ringfence.replay.rules import Decision

Decisions = tuple[Decision, ...]


@dataclass(frozen=True, slots=True)
class Passed:
    """A packet that was let through, as it was left by what it met, and what decided."""

    packet: Packet
    decisions: Decisions = ()


@dataclass(frozen=True, slots=True)
class Arrival:
    """What a device may do with a packet: take it itself, send it on by interfaces, or neither.

    ``local`` is what it takes in, ``exits`` what leaves, with the interface's name. There are
    several where addresses may be translated in several ways.
    """

    local: tuple[Passed, ...]
    exits: tuple[tuple[str, Passed], ...]


@dataclass(frozen=True, slots=True)
class Branch:
    """One of the best routes of a packet: the interface (``None``: discarded) and the next hop.

    ``decisions`` are those that let it out there, ``None`` where the rules do not.
    """

    interface: str | None
    next_hop: str | None
    decisions: Decisions | None
