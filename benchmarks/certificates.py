"""How long it takes to check a certificate, beside the proof that it was made of."""

from __future__ import annotations

import gc
import tempfile
import time
from pathlib import Path
from typing import Final

from benchmarks.generator.declared import make_policy
from benchmarks.generator.making import make_plan
from benchmarks.generator.records import make_snapshot
from benchmarks.generator.size import Size
from benchmarks.measure import Benchmark, Value, peak_memory
from ringfence.certificate.check import check
from ringfence.model.certificate import read_certificate, write_certificate
from ringfence.model.inventory import Inventory
from ringfence.policy.members import memberships
from ringfence.reach.certifying import certificate
from ringfence.reach.prove import prove
from ringfence.reach.question import Question

NETWORK: Final = Size(
    hosts=50,
    machines=1000,
    port_groups=100,
    zones=20,
    devices=4,
    rules=2000,
    mess=0.1,
    violations=5,
)
_TIMES: Final = 3
"""Checking may take this many times as long as proving."""


def _certificate() -> list[Value]:
    plan = make_plan(NETWORK)
    snapshot, policy = make_snapshot(plan), make_policy(plan)
    members = memberships(policy, Inventory(snapshot)).every
    gc.collect()
    gc.freeze()
    start = time.perf_counter()
    question = Question(snapshot, policy, members)
    proof = prove(snapshot, policy, members, question=question)
    proved = time.perf_counter()
    made = certificate(question, snapshot, proof)
    if made is None:
        raise RuntimeError("Nothing is proved of the generated network.")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.certificate"
        write_certificate(made, path)
        size = path.stat().st_size / 1e6
        written = time.perf_counter()
        check(read_certificate(path), snapshot, policy, members)
    checked = time.perf_counter()
    proving = proved - start
    return [
        Value(
            "reach-certificate",
            checked - written,
            "s",
            bar=_TIMES * proving,
            peak_mb=peak_memory(),
            reference=proving,
        ),
        Value("reach-certificate-making", written - proved, "s"),
        Value("reach-certificate-size", size, "MB"),
        Value("reach-certificate-pairs", len(made.pairs), "pairs"),
    ]


BENCHMARKS = (
    Benchmark("reach-certificate", "checking a certificate of 2,000 rules", _certificate),
)
