"""Every placement of small generated networks, one by one, compared with what is said of all."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import islice, product
from random import Random

import msgspec

from generated.brute_force import brute_force
from generated.compare import case_of
from generated.network import Network
from ringfence.model.inventory import Inventory
from ringfence.model.machines import Machine
from ringfence.model.places import Cluster, PlacementRule
from ringfence.model.snapshot import Snapshot
from ringfence.reach.mobility import every_placement
from ringfence.reach.question import Question

MOST = 40  # placements of one network


def problem(seed: int) -> str | None:
    """Return where the verdicts over all placements of a seed's network are wrong."""
    case = clustered(case_of(2 * seed), Random(f"placements {seed}"))
    found = next(differences(case), None)
    return None if found is None else f"seed {seed}: {found}"


def clustered(case: Network, chance: Random) -> Network:
    """Put all hosts into one cluster, with a rule, and name standard port groups alike on each."""
    snapshot = case.snapshot
    hosts = tuple(msgspec.structs.replace(host, cluster="c") for host in snapshot.hosts)
    machines = tuple(machine.id for machine in snapshot.machines)
    rule = PlacementRule(
        name="rule",
        kind=chance.choice(("keep-on-hosts", "keep-off-hosts")),
        enabled=chance.random() < 0.8,
        mandatory=chance.random() < 0.6,
        machines=machines[: chance.randint(0, 2)],
        hosts=tuple(host.id for host in hosts[: chance.randint(1, len(hosts))]),
    )
    cluster = Cluster(id="c", name="c", hosts=tuple(host.id for host in hosts), rules=(rule,))
    groups = tuple(
        group
        if group.host is None
        else msgspec.structs.replace(group, name=group.id.partition("/")[2])
        for group in snapshot.port_groups
    )
    together = msgspec.structs.replace(
        snapshot, hosts=hosts, clusters=(cluster,), port_groups=groups
    )
    return replace(case, snapshot=together)


def differences(case: Network) -> Iterator[str]:
    """Yield verdicts that some placement contradicts, or that one machine elsewhere decides."""
    question = Question(case.snapshot, case.policy, case.memberships)
    verdicts = {(one.source, one.destination): one for one in every_placement(question).pairs}
    for snapshot, elsewhere in islice(placements(case.snapshot), MOST):
        there = replace(case, snapshot=snapshot)
        delivered = brute_force(there, "lower")
        alone = Question(snapshot, case.policy, case.memberships)
        for pair, headers in delivered.items():
            exact = alone.lower.delivered_with_local(*pair) != alone.space.nothing
            if (headers or exact) and verdicts[pair].verdict == "PROVED":
                yield f"{pair} is PROVED, and not where {elsewhere} run elsewhere"
            if exact and len(elsewhere) <= 1 and verdicts[pair].verdict != "VIOLATED":
                yield f"{pair} is {verdicts[pair]}, and {elsewhere} shows it"
    for one in verdicts.values():
        if one.verdict == "VIOLATED" and (one.witness is None or not one.witness.replayed):
            yield f"{one} has no witness"


def placements(snapshot: Snapshot) -> Iterator[tuple[Snapshot, tuple[str, ...]]]:
    """Yield every joint placement, and which machines are not where they are now."""
    options = [[machine, *_elsewhere(snapshot, machine)] for machine in snapshot.machines]
    by_moves = sorted(
        product(*options),
        key=lambda chosen: sum(a is not b for a, b in zip(chosen, snapshot.machines, strict=True)),
    )
    for chosen in by_moves:
        moved = tuple(
            one.id for one, now in zip(chosen, snapshot.machines, strict=True) if one is not now
        )
        yield msgspec.structs.replace(snapshot, machines=chosen), moved


def _elsewhere(snapshot: Snapshot, machine: Machine) -> Iterator[Machine]:
    """Yield a machine on each other host where it may run, told apart from the engine's way."""
    (cluster,) = snapshot.clusters
    (rule,) = cluster.rules
    if machine.passthrough or machine.template or machine.host is None:
        return
    for host in snapshot.hosts:
        bound = rule.enabled and rule.mandatory and machine.id in rule.machines
        if host.id == machine.host or (
            bound and (host.id in rule.hosts) != (rule.kind == "keep-on-hosts")
        ):
            continue
        nics = tuple(_there(snapshot, nic, host.id) for nic in machine.nics)
        yield msgspec.structs.replace(machine, host=host.id, nics=nics)


def _there(snapshot: Snapshot, nic, host: str):
    inventory = Inventory(snapshot)
    group = inventory.port_groups.get(nic.port_group)
    if group is None:
        return nic
    if group.host is None:
        members = {member.host for member in inventory.switches[group.switch].members}
        return nic if host in members else msgspec.structs.replace(nic, port_group=None, port=None)
    named = [one.id for one in snapshot.port_groups if (one.host, one.name) == (host, group.name)]
    found = named[0] if named else None
    return msgspec.structs.replace(nic, port_group=found, port=None)
