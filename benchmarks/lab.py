"""The lab: built, probed with real packets, and verified; only where it can be built, as root."""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from benchmarks.measure import Benchmark, Value, seconds

_NAME = "bench"
_CONFIGURATION = "full-collapse"
_TRIES = 3


@contextmanager
def _running() -> Iterator[None]:
    from ringfence.lab.building import build  # noqa: PLC0415 (its own process)
    from ringfence.lab.configurations import layout  # noqa: PLC0415
    from ringfence.lab.place import lab_place  # noqa: PLC0415
    from ringfence.lab.removing import remove  # noqa: PLC0415

    place = lab_place(_NAME)
    remove(place)
    build(place, layout(_CONFIGURATION))
    try:
        yield
    finally:
        remove(place)


def _up() -> list[Value]:
    from ringfence.lab.building import build  # noqa: PLC0415 (its own process)
    from ringfence.lab.configurations import layout  # noqa: PLC0415
    from ringfence.lab.place import lab_place  # noqa: PLC0415
    from ringfence.lab.removing import remove  # noqa: PLC0415

    place = lab_place(_NAME)
    took, gone = [], []
    for _ in range(_TRIES):
        remove(place)
        took.append(seconds(lambda: build(place, layout(_CONFIGURATION))))
        gone.append(seconds(lambda: remove(place)))
    return [Value("lab-up", min(took), "s", bar=1.0), Value("lab-down", min(gone), "s")]


def _probe() -> list[Value]:
    from ringfence.lab.place import lab_place  # noqa: PLC0415 (its own process)
    from ringfence.lab.probing import probe  # noqa: PLC0415

    place = lab_place(_NAME)
    with _running():
        layout = place.state().now
        took = min(
            seconds(lambda: probe(place, layout, secrets.randbits(31))) for _ in range(_TRIES)
        )
        packets = len(probe(place, layout, secrets.randbits(31)).probes)
    return [Value("lab-probe", took, "s", bar=2.0), Value("lab-probe-packets", packets, "packets")]


def _verify() -> list[Value]:
    from ringfence.foundation.progress import SilentProgress  # noqa: PLC0415 (its own process)
    from ringfence.operations.lab_verify import verify_lab  # noqa: PLC0415

    with _running():
        took = min(seconds(lambda: verify_lab(_NAME, SilentProgress())) for _ in range(_TRIES))
    return [Value("lab-verify", took, "s", bar=5.0)]


def _where_it_can(measured: Callable[[], list[Value]]) -> Callable[[], list[Value]]:
    """Return what measures nothing where there is no root, or no Open vSwitch."""

    def run() -> list[Value]:
        return measured() if os.geteuid() == 0 and shutil.which("ovs-vswitchd") else []

    return run


BENCHMARKS = (
    Benchmark("lab-up", "build the lab `full-collapse`, with its switches", _where_it_can(_up)),
    Benchmark(
        "lab-probe",
        "send some 5,000 packets through it, for every pair of zones",
        _where_it_can(_probe),
    ),
    Benchmark("lab-verify", "read it, prove it, probe it and compare", _where_it_can(_verify)),
)
