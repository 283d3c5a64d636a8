"""Traffic that a firewall logged: which conversations it let begin, and which it refused."""

from __future__ import annotations

from typing import Literal

from ringfence.model.facts import Record
from ringfence.model.packet import Header


class Seen(Record, frozen=True):
    """Packets of one kind in a log: the same ends, service, rule, and what became of them.

    ``header`` is that of the first, without the source port of its sender: the next conversation
    has another. ``decision`` is ``None`` where the log does not say. ``rule`` is what the log names
    it by, ``at`` the firewall or host that wrote the line, ``line`` the first of the ``count``.
    """

    header: Header
    decision: Literal["allowed", "refused"] | None
    rule: str
    at: str
    log: str
    line: int
    count: int = 1


class LogReading(Record, frozen=True):
    """What was read of a log.

    Of its ``lines``, those that tell of a packet are ``understood``; ``damaged`` look like one and
    are not whole. Packets of more kinds than are kept are ``left_out``.
    """

    name: str
    seen: tuple[Seen, ...]
    lines: int
    understood: int
    damaged: int = 0
    left_out: int = 0
