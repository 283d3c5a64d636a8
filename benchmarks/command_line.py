"""How long a person waits for the first answer."""

from __future__ import annotations

import sys
from pathlib import Path

from benchmarks.measure import Benchmark, Value, command_seconds


def _help() -> list[Value]:
    script = Path(sys.executable).parent / "ringfence"
    return [Value("collect-help", command_seconds([str(script), "--help"]), "s", bar=0.3)]


BENCHMARKS = (Benchmark("collect-help", "ringfence --help", _help),)
