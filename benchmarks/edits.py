"""How long the verdicts take after one edit, and after one machine moved, under 100,000 rules.

A session holds the network with every verdict known. Each edit is given as an edited snapshot; what
is timed ends when the verdict of every ordered pair of zones is known again, without the witnesses
of those that are VIOLATED. Then the edit is taken back, which is not timed.
"""

from __future__ import annotations

import gc
import random
import statistics
import time
from collections.abc import Callable, Iterator, Sequence

import msgspec

from benchmarks.generator.declared import make_policy
from benchmarks.generator.making import make_plan
from benchmarks.generator.records import make_snapshot
from benchmarks.measure import Benchmark, Value, peak_memory
from benchmarks.reach import MANY_RULES
from ringfence.model.facts import NotRead
from ringfence.model.inventory import Inventory
from ringfence.model.network import AccessVlan
from ringfence.model.rules import Rule
from ringfence.model.snapshot import Snapshot
from ringfence.policy.members import memberships
from ringfence.reach.moving import moved
from ringfence.reach.question import Question
from ringfence.reach.session import Session

_TIMES = 8  # edits of each kind

Rules = tuple[Rule, ...]
Edit = Callable[[Snapshot, random.Random], Snapshot]


def _put(snapshot: Snapshot, table: str, record: msgspec.Struct, identity: str) -> Snapshot:
    records = tuple(record if one.id == identity else one for one in getattr(snapshot, table))
    return msgspec.structs.replace(snapshot, **{table: records})


def _with_rules(change: Callable[[Rules, random.Random], Sequence[Rule]]) -> Edit:
    def edit(snapshot: Snapshot, chance: random.Random) -> Snapshot:
        device = chance.choice([one for one in snapshot.devices if one.chains])
        chains = () if isinstance(device.chains, NotRead) else device.chains
        longest = max(chains, key=lambda chain: len(chain.rules))
        rules = tuple(change(longest.rules, chance))
        changed = msgspec.structs.replace(longest, rules=rules)
        together = tuple(changed if one is longest else one for one in chains)
        return _put(
            snapshot, "devices", msgspec.structs.replace(device, chains=together), device.id
        )

    return edit


def _deleted(rules: Rules, chance: random.Random) -> Sequence[Rule]:
    index = chance.randrange(1, len(rules))
    return (*rules[:index], *rules[index + 1 :])


def _turned(rules: Rules, chance: random.Random) -> Sequence[Rule]:
    """Let a rule drop what it accepted, or the other way round."""
    index = chance.randrange(1, len(rules))
    action = "drop" if rules[index].action == "accept" else "accept"
    changed = msgspec.structs.replace(rules[index], action=action)
    return (*rules[:index], changed, *rules[index + 1 :])


def _brought_forward(rules: Rules, chance: random.Random) -> Sequence[Rule]:
    index = chance.randrange(2, len(rules))
    return (rules[0], rules[index], *rules[1:index], *rules[index + 1 :])


def _copied(rules: Rules, chance: random.Random) -> Sequence[Rule]:
    """Add a rule with the addresses of one and the services of another."""
    one, other = chance.choice(rules[1:]), chance.choice(rules[1:])
    added = msgspec.structs.replace(one, conditions=(*one.conditions[:-1], other.conditions[-1]))
    index = chance.randrange(1, len(rules))
    return (*rules[:index], added, *rules[index:])


def _vlan_set(snapshot: Snapshot, chance: random.Random) -> Snapshot:
    used = [one.vlan for one in snapshot.port_groups if isinstance(one.vlan, AccessVlan)]
    group = chance.choice(snapshot.port_groups)
    changed = msgspec.structs.replace(group, vlan=chance.choice(used))
    return _put(snapshot, "port_groups", changed, group.id)


def _nic_attached(snapshot: Snapshot, chance: random.Random) -> Snapshot:
    machine = chance.choice([one for one in snapshot.machines if one.nics])
    nics = () if isinstance(machine.nics, NotRead) else machine.nics
    groups = [one for one in snapshot.port_groups if one.host is None]
    there = msgspec.structs.replace(nics[0], port_group=chance.choice(groups).id, port=None)
    changed = msgspec.structs.replace(machine, nics=(there, *nics[1:]))
    return _put(snapshot, "machines", changed, machine.id)


def _machine_moved(snapshot: Snapshot, chance: random.Random) -> Snapshot:
    machine = chance.choice(snapshot.machines)
    host = chance.choice(snapshot.hosts).id
    there = moved(Inventory(snapshot), machine, host).machine
    return _put(snapshot, "machines", there, machine.id)


def _route_sent_elsewhere(snapshot: Snapshot, chance: random.Random) -> Snapshot:
    device = chance.choice(snapshot.devices)
    routes = () if isinstance(device.routes, NotRead) else device.routes
    index = chance.randrange(len(routes))
    other = chance.choice(routes).interface
    changed = msgspec.structs.replace(routes[index], interface=other)
    together = (*routes[:index], changed, *routes[index + 1 :])
    return _put(snapshot, "devices", msgspec.structs.replace(device, routes=together), device.id)


_EDITS: tuple[Edit, ...] = (
    _with_rules(_deleted),
    _with_rules(_turned),
    _with_rules(_brought_forward),
    _with_rules(_copied),
    _vlan_set,
    _nic_attached,
    _machine_moved,
    _route_sent_elsewhere,
)


def _milliseconds(session: Session, edit: Edit, chance: random.Random) -> Iterator[float]:
    for _ in range(_TIMES):
        snapshot = edit(session.snapshot, chance)
        start = time.perf_counter()
        session.edit(snapshot)
        yield (time.perf_counter() - start) * 1000
        session.undo()


def _edits() -> list[Value]:
    plan = make_plan(MANY_RULES)
    snapshot, policy = make_snapshot(plan), make_policy(plan)
    members = memberships(policy, Inventory(snapshot)).every
    session = Session(Question(snapshot, policy, members))
    gc.collect()
    gc.freeze()
    chance = random.Random(1)  # noqa: S311 (the same edits each time, not a secret)
    # The first edit of a device's rules makes an index that later ones find.
    for _ in range(3 * len(snapshot.devices)):
        session.edit(_with_rules(_deleted)(session.snapshot, chance))
        session.undo()
    edits = sorted(took for edit in _EDITS for took in _milliseconds(session, edit, chance))
    moves = sorted(_milliseconds(session, _machine_moved, chance))
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
