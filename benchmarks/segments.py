"""How long it takes to find which places of the largest datacenter share a segment."""

from __future__ import annotations

import gc
from dataclasses import replace

from benchmarks.generator.declared import make_policy
from benchmarks.generator.making import make_plan
from benchmarks.generator.records import make_snapshot
from benchmarks.generator.size import Size
from benchmarks.measure import Benchmark, Value, peak_memory, seconds
from benchmarks.reach import MAXIMUM
from ringfence.model.inventory import Inventory
from ringfence.reach.places import find_places


def _segments(name: str, size: Size) -> list[Value]:
    plan = make_plan(size)
    snapshot, policy = make_snapshot(plan), make_policy(plan)
    # The snapshot's own millions of objects are not what is measured.
    gc.collect()
    gc.freeze()
    took = min(seconds(lambda: find_places(Inventory(snapshot), policy)) for _ in range(3))
    return [Value(name, took, "s", bar=1.0, peak_mb=peak_memory())]


def _of_the_collected() -> list[Value]:
    return _segments("collect-segments", replace(MAXIMUM, port_groups=2000))


def _of_the_maximum() -> list[Value]:
    return _segments("reach-segments", MAXIMUM)


BENCHMARKS = (
    Benchmark("collect-segments", "the segments of what collect-45000 reads", _of_the_collected),
    Benchmark("reach-segments", "the segments of the vCenter maximum", _of_the_maximum),
)
