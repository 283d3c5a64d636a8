"""How fast logs of firewalls are read."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Final

from benchmarks.measure import Benchmark, Value, peak_memory
from ringfence.sources.telemetry.logs import read_lines

_LINES: Final = 200_000
_LINE: Final = (
    "Nov  2 08:00:00 fw-1 kernel: [ 4711.123456] default-drop: IN=eth1 OUT=eth2 MAC= "
    "SRC=10.1.{host}.{end} DST=10.2.{end}.{host} LEN=60 TOS=0x00 PREC=0x00 TTL=63 ID=1 DF "
    "PROTO=TCP SPT={port} DPT={service} WINDOW=64240 RES=0x00 SYN URGP=0"
)


def _logs() -> Sequence[Value]:
    """Read lines of ever other packets: more kinds than are kept."""
    lines = [
        _LINE.format(
            host=number % 250, end=number // 250 % 250, port=number % 60000, service=number % 7919
        )
        for number in range(_LINES)
    ]
    start = time.perf_counter()
    reading = read_lines(lines, "fw.log")
    took = time.perf_counter() - start
    if (reading.understood, reading.damaged) != (_LINES, 0):
        message = f"{reading.understood} of {_LINES} lines were understood"
        raise ValueError(message)
    # A bar is the most that a value may be: the time for 20,000 lines is to be under a second.
    each = took / _LINES * 20_000
    return [Value("devices-flows", each, "s per 20,000 lines", bar=1.0, peak_mb=peak_memory())]


BENCHMARKS = (Benchmark("devices-flows", f"reading {_LINES:,} log lines of a firewall", _logs),)
