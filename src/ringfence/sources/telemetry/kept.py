"""Packets of one kind together, of at most so many kinds: the memory for them is bounded."""

from __future__ import annotations

from typing import Final

from ringfence.model.traffic import Seen, seems_an_answer
from ringfence.sources.telemetry.observed import Observed
from ringfence.sources.telemetry.packet_lines import PacketLine

MOST_KINDS: Final = 100_000


def observed_in(line: PacketLine) -> Observed:
    """Return the one packet that a line of a log tells of."""
    return Observed(line.header, line.decision, line.rule, line.at, 1, "packet")


class Kept:
    """Counts packets by kind: by all but the port that the end has which asks.

    Packets of more than ``most`` kinds are counted in ``left_out`` and not kept.
    """

    def __init__(self, name: str, most: int = MOST_KINDS) -> None:
        self._name = name
        self._most = most
        self._first: dict[tuple[object, ...], tuple[Observed, int]] = {}
        self._counts: dict[tuple[object, ...], int] = {}
        self.left_out = 0

    def __len__(self) -> int:
        return len(self._first)

    def add(self, one: Observed, number: int) -> bool:
        """Count one more of its kind, and tell whether it is the first of it that is kept.

        ``number`` is where in its source it stands.
        """
        header = one.header
        if seems_an_answer(header, one.observation):
            asked = (header.destination, header.source, header.source_port, "answer")
        else:
            asked = (header.source, header.destination, header.destination_port, "")
        key = (
            *asked,
            header.protocol,
            header.icmp_type,
            header.icmp_code,
            header.tcp_flags,
            header.fragment,
            *one[1:4],
            one.observation,
            one.came_from,
        )
        if key in self._counts:
            self._counts[key] += one.packets
        elif len(self._first) < self._most:
            self._counts[key] = one.packets
            self._first[key] = (one, number)
            return True
        else:
            self.left_out += one.packets
        return False

    def seen(self) -> tuple[Seen, ...]:
        """Return what was counted, each kind with the header that came first."""
        return tuple(
            self.as_seen(one, number, self._counts[key])
            for key, (one, number) in self._first.items()
        )

    def as_seen(self, one: Observed, number: int, count: int = 1) -> Seen:
        """Return so many packets of a kind, as they are judged."""
        return Seen(
            header=one.header,
            decision=one.decision,
            rule=one.rule,
            at=one.at,
            log=self._name,
            line=number,
            count=count,
            observation=one.observation,
            came_from=one.came_from,
        )
