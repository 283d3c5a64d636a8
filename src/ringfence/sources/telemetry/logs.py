"""Logs of firewalls, read line by line, however long: what is kept of one is bounded."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from ringfence.foundation.errors import SourceError
from ringfence.model.traffic import LogReading
from ringfence.sources.telemetry.kept import MOST_KINDS, Kept, observed_in
from ringfence.sources.telemetry.packet_lines import DamagedLineError, packet_line


def read_log(path: Path) -> LogReading:
    """Return the packets that a log tells of; raises ``SourceError`` where it cannot be read."""
    try:
        with path.open(encoding="utf-8", errors="replace") as file:
            return read_lines(file, path.name)
    except OSError as error:
        raise SourceError(f"The log {path} cannot be read: {error.strerror}.") from error


def read_lines(lines: Iterable[str], name: str, most: int = MOST_KINDS) -> LogReading:
    """Return the packets that some lines tell of, like ones together: of at most so many kinds."""
    kept = Kept(name, most)
    number = understood = damaged = 0
    for number, line in enumerate(lines, 1):
        try:
            told = packet_line(line.rstrip("\r\n"))
        except DamagedLineError:
            damaged += 1
            continue
        if told is None:
            continue
        understood += 1
        kept.add(observed_in(told), number)
    return LogReading(
        name=name,
        seen=kept.seen(),
        lines=number,
        understood=understood,
        damaged=damaged,
        left_out=kept.left_out,
    )
