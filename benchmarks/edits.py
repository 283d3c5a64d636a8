"""How long the verdicts take after one edit, and after one machine moved, under 100,000 rules."""

from __future__ import annotations

import gc
import random
import statistics
import time
from collections.abc import Iterator

import msgspec

from benchmarks.generator.declared import make_policy
from benchmarks.generator.making import make_plan
from benchmarks.generator.records import make_snapshot
from benchmarks.measure import Benchmark, Value, peak_memory
from benchmarks.reach import MANY_RULES
from ringfence.model.facts import NotRead
from ringfence.model.inventory import Inventory
from ringfence.model.network import AccessVlan
from ringfence.model.snapshot import Snapshot
from ringfence.policy.document import Policy
from ringfence.policy.members import memberships
from ringfence.reach.comparing import Comparison
from ringfence.reach.leaks import Leaks
from ringfence.reach.moving import moved
from ringfence.reach.question import Question

_TIMES = 6  # edits of each kind


def _put(snapshot: Snapshot, table: str, record: msgspec.Struct, identity: str) -> Snapshot:
    records = tuple(record if one.id == identity else one for one in getattr(snapshot, table))
    return msgspec.structs.replace(snapshot, **{table: records})


def _rules_deleted(snapshot: Snapshot, chance: random.Random) -> Iterator[Snapshot]:
    for _ in range(_TIMES):
        device = chance.choice([one for one in snapshot.devices if one.chains])
        chains = () if isinstance(device.chains, NotRead) else device.chains
        longest = max(chains, key=lambda chain: len(chain.rules))
        index = chance.randrange(len(longest.rules))
        rules = (*longest.rules[:index], *longest.rules[index + 1 :])
        shorter = msgspec.structs.replace(longest, rules=rules)
        together = tuple(shorter if one is longest else one for one in chains)
        changed = msgspec.structs.replace(device, chains=together)
        yield _put(snapshot, "devices", changed, device.id)


def _vlans_set(snapshot: Snapshot, chance: random.Random) -> Iterator[Snapshot]:
    used = [one.vlan for one in snapshot.port_groups if isinstance(one.vlan, AccessVlan)]
    for _ in range(_TIMES):
        group = chance.choice(snapshot.port_groups)
        changed = msgspec.structs.replace(group, vlan=chance.choice(used))
        yield _put(snapshot, "port_groups", changed, group.id)


def _machines_moved(snapshot: Snapshot, chance: random.Random) -> Iterator[Snapshot]:
    inventory = Inventory(snapshot)
    for _ in range(_TIMES):
        machine = chance.choice(snapshot.machines)
        there = moved(inventory, machine, chance.choice(snapshot.hosts).id).machine
        yield _put(snapshot, "machines", there, machine.id)


def _judge(question: Question, policy: Policy) -> int:
    """Judge every pair of zones by what is delivered; return how many leak."""
    leaks = Leaks(question)
    return sum(
        leaks.undeclared(source, destination, bound) != question.space.nothing
        for source in policy.zones
        for destination in policy.zones
        for bound in ("lower", "upper")
        if source != destination
    )


def _milliseconds(before: Question, edits: Iterator[Snapshot]) -> list[float]:
    policy, members = before.policy, before.memberships.values()
    took = []
    for snapshot in edits:
        start = time.perf_counter()
        _judge(Comparison(before, Question(snapshot, policy, members)).after, policy)
        took.append((time.perf_counter() - start) * 1000)
    return took


def _edits() -> list[Value]:
    plan = make_plan(MANY_RULES)
    snapshot, policy = make_snapshot(plan), make_policy(plan)
    before = Question(snapshot, policy, memberships(policy, Inventory(snapshot)).every)
    _judge(before, policy)
    gc.collect()
    gc.freeze()
    chance = random.Random(1)  # noqa: S311 (the same edits each time, not a secret)
    edits = sorted(
        (
            *_milliseconds(before, _rules_deleted(snapshot, chance)),
            *_milliseconds(before, _vlans_set(snapshot, chance)),
        )
    )
    moves = sorted(_milliseconds(before, _machines_moved(snapshot, chance)))
    last = edits[min(len(edits) - 1, int(len(edits) * 0.99))]
    return [
        Value("reach-edit", statistics.median(edits), "ms", bar=2.0, peak_mb=peak_memory()),
        Value("reach-edit-p99", last, "ms", bar=50.0),
        Value("reach-edit-max", edits[-1], "ms", bar=250.0),
        Value("reach-move", statistics.median(moves), "ms", bar=10.0),
    ]


BENCHMARKS = (
    Benchmark("reach-edit", "verdicts after one edit, and after one machine moved", _edits),
)
