"""How long it takes to find which places of a large datacenter share a segment."""

from __future__ import annotations

import gc

from benchmarks.large_network import large_policy, large_snapshot
from benchmarks.measure import Benchmark, Value, peak_memory, seconds
from ringfence.model.inventory import Inventory
from ringfence.reach.places import find_places


def _segments() -> list[Value]:
    snapshot = large_snapshot(hosts=2500, machines=45000, port_groups=2000)
    policy = large_policy(zones=40)
    # The snapshot's own millions of objects are not what is measured.
    gc.collect()
    gc.freeze()
    took = min(seconds(lambda: find_places(Inventory(snapshot), policy)) for _ in range(3))
    return [Value("collect-segments", took, "s", bar=1.0, peak_mb=peak_memory())]


BENCHMARKS = (Benchmark("collect-segments", "the segments of 45,000 machines", _segments),)
