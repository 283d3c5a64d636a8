"""Logs of firewalls, read line by line, however long: what is kept of one is bounded."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Final

import msgspec

from ringfence.foundation.errors import SourceError
from ringfence.model.traffic import LogReading, Seen
from ringfence.sources.telemetry.packet_lines import DamagedLineError, packet_line

MOST_KINDS: Final = 100_000


def read_log(path: Path) -> LogReading:
    """Return the packets that a log tells of; raises ``SourceError`` where it cannot be read."""
    try:
        with path.open(encoding="utf-8", errors="replace") as file:
            return read_lines(file, path.name)
    except OSError as error:
        raise SourceError(f"The log {path} cannot be read: {error.strerror}.") from error


def read_lines(lines: Iterable[str], name: str, most: int = MOST_KINDS) -> LogReading:
    """Return the packets that some lines tell of, like ones together: of at most so many kinds."""
    kept: dict[tuple[object, ...], Seen] = {}
    counts: dict[tuple[object, ...], int] = {}
    number = understood = damaged = left_out = 0
    for number, line in enumerate(lines, 1):
        try:
            told = packet_line(line.rstrip("\r\n"))
        except DamagedLineError:
            damaged += 1
            continue
        if told is None:
            continue
        understood += 1
        header = told.header
        asked = msgspec.structs.replace(header, source_port=None)
        key = (asked, told.decision, told.rule, told.at)
        if key in counts:
            counts[key] += 1
        elif len(kept) < most:
            counts[key] = 1
            kept[key] = Seen(
                header=header,
                decision=told.decision,
                rule=told.rule,
                at=told.at,
                log=name,
                line=number,
            )
        else:
            left_out += 1
    seen = (msgspec.structs.replace(one, count=counts[key]) for key, one in kept.items())
    return LogReading(
        name=name,
        seen=tuple(seen),
        lines=number,
        understood=understood,
        damaged=damaged,
        left_out=left_out,
    )
