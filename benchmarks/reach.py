"""The proof at the sizes that it has to stand at: many rules, and the largest vCenter Server.

What is proved is generated from a seed, with planted violations: a proof that does not find the
matrix that was planted counts as failed, however fast it was.
"""

from __future__ import annotations

import gc
import tempfile
import time
from pathlib import Path
from typing import Final

from benchmarks.generator.declared import make_policy
from benchmarks.generator.known import known_matrix
from benchmarks.generator.making import make_plan
from benchmarks.generator.plan import Plan
from benchmarks.generator.records import make_snapshot
from benchmarks.generator.size import Size
from benchmarks.measure import Benchmark, Value, peak_memory, seconds
from ringfence.model.inventory import Inventory
from ringfence.model.snapshot_file import read_snapshot, write_snapshot
from ringfence.policy.document import Policy
from ringfence.policy.members import memberships
from ringfence.reach.prove import prove
from ringfence.reach.results import Proof

MANY_RULES: Final = Size(
    hosts=200,
    machines=4000,
    port_groups=400,
    zones=40,
    devices=12,
    rules=100_000,
    mess=0.1,
    violations=20,
)
MAXIMUM: Final = Size(
    hosts=2500,
    machines=45_000,
    port_groups=10_000,
    zones=100,
    devices=12,
    rules=100_000,
    mess=0.1,
    violations=20,
)


def _many_rules() -> list[Value]:
    plan = make_plan(MANY_RULES)
    snapshot, policy = make_snapshot(plan), make_policy(plan)
    members = memberships(policy, Inventory(snapshot)).every
    gc.collect()
    gc.freeze()
    start = time.perf_counter()
    proof = prove(snapshot, policy, members)
    took = time.perf_counter() - start
    hold_against(plan, proof)
    return [Value("reach-100k", took, "s", bar=10.0, peak_mb=peak_memory(), most_mb=1500)]


def _maximum() -> list[Value]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "maximum.snapshot"
        plan, policy = _written(path)
        gc.collect()
        gc.freeze()
        start = time.perf_counter()
        snapshot = read_snapshot(path)
        loaded = time.perf_counter()
        members = memberships(policy, Inventory(snapshot)).every
        placed = time.perf_counter()
        proof = prove(snapshot, policy, members)
        took = time.perf_counter() - start
    hold_against(plan, proof)
    return [
        Value("reach-maximum", took, "s", bar=20.0, peak_mb=peak_memory(), most_mb=3000),
        Value("reach-maximum-loading", loaded - start, "s"),
        Value("reach-maximum-placing", placed - loaded, "s"),
    ]


def _load() -> list[Value]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "maximum.snapshot"
        _written(path)
        gc.collect()
        gc.freeze()
        took = min(seconds(lambda: read_snapshot(path)) for _ in range(3))
        size = path.stat().st_size / 1e6
    return [
        Value("reach-load", took, "s", bar=3.0, peak_mb=peak_memory()),
        Value("reach-load-file", size, "MB"),
    ]


def _written(path: Path) -> tuple[Plan, Policy]:
    plan = make_plan(MAXIMUM)
    write_snapshot(make_snapshot(plan), path)
    return plan, make_policy(plan)


def hold_against(plan: Plan, proof: Proof) -> None:
    """Raise ``RuntimeError`` where a proof does not find what was planted."""
    known = known_matrix(plan)
    wrong = [
        f"{pair.source} to {pair.destination} is {pair.verdict}"
        for pair in proof.pairs
        if pair.verdict != known[pair.source, pair.destination].verdict
    ]
    if wrong or len(proof.pairs) != len(known):
        raise RuntimeError(f"The proof is not what was planted: {wrong[:3]}, {len(wrong)} in all.")


BENCHMARKS = (
    Benchmark("reach-100k", "proving 100,000 rules in 12 firewalls, 40 zones", _many_rules),
    Benchmark("reach-maximum", "proving the vCenter maximum with 100 zones", _maximum),
    Benchmark("reach-load", "loading the vCenter maximum from its file", _load),
)
