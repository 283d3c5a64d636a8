"""A large management server: reading it, against pyvmomi's own reading, and loading what was read.

The server is the simulator of the tests, with a datacenter of the size that a vCenter Server
holds at most. Each reading has a process of its own, so that its memory can be told.
"""

from __future__ import annotations

import gc
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from benchmarks.measure import Benchmark, Value, peak_memory, seconds

ROOT = Path(__file__).resolve().parents[1]
SIZE = {"hosts": 2500, "machines": 45000, "portgroups": 2000}
FASTER_BY = 4
MOST_MB = 1500
LOAD_BAR = 3.0


def _collect() -> list[Value]:
    with _server() as server, tempfile.TemporaryDirectory() as folder:
        snapshot = Path(folder) / "large.snapshot"
        ours = _reading("ringfence", server, snapshot)
        theirs = _reading("pyvmomi", server, snapshot)
    if not ours["machines"] == theirs["machines"] == SIZE["machines"]:
        raise RuntimeError(f"Read {ours['machines']} and {theirs['machines']} machines.")
    return [
        Value(
            "collect-45000",
            ours["all_seconds"],
            "s",
            peak_mb=ours["peak_mb"],
            most_mb=MOST_MB,
            reference=theirs["all_seconds"],
            times=FASTER_BY,
        ),
        Value(
            "collect-45000-properties",
            ours["property_seconds"],
            "s",
            reference=theirs["property_seconds"],
            times=FASTER_BY,
        ),
        Value("collect-45000-pyvmomi", theirs["all_seconds"], "s", peak_mb=theirs["peak_mb"]),
    ]


def _load() -> list[Value]:
    from ringfence.model.snapshot_file import read_snapshot  # noqa: PLC0415 (its own process)

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "large.snapshot"
        with _server() as server:
            _reading("ringfence", server, path)
        read_snapshot(path)  # the file is then in the system's cache for every try
        gc.collect()
        took = min(seconds(lambda: read_snapshot(path)) for _ in range(3))
        size = path.stat().st_size / 1e6
    return [
        Value("collect-load", took, "s", bar=LOAD_BAR, peak_mb=peak_memory()),
        Value("collect-load-file", size, "MB"),
    ]


def _server() -> Any:
    sys.path.insert(0, str(ROOT / "tests"))
    from datacenter.simulator import serve  # noqa: PLC0415 (tests are no package of ours)

    return serve(generate=",".join(f"{name}={count}" for name, count in SIZE.items()))


def _reading(reader: str, server: Any, snapshot: Path) -> dict[str, Any]:
    told = {
        "reader": reader,
        "host": server.host,
        "port": server.port,
        "user": server.user,
        "password": server.password,
        "certificate": str(server.certificate),
        "snapshot": str(snapshot),
    }
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.collecting_process"],
        input=json.dumps(told),
        stdout=subprocess.PIPE,
        text=True,
        check=True,
        cwd=ROOT,
    )
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


BENCHMARKS = (
    Benchmark("collect-45000", "reading 45,000 machines from a vSphere server", _collect),
    Benchmark("collect-load", "loading a snapshot of 45,000 machines", _load),
)
