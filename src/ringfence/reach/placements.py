"""Where each machine may run, and what any placement of all machines together would let through.

The union of every machine on every one of its hosts is an upper bound for each joint placement:
what is isolated in the union is isolated wherever machines run. What is not is looked for in joint
placements of one machine, and of two, elsewhere; only a packet that was followed in one of them
makes a pair VIOLATED.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property
from itertools import combinations, islice
from typing import TYPE_CHECKING, Final

import msgspec

from ringfence.model.facts import NotRead
from ringfence.model.inventory import Inventory
from ringfence.reach.attachments import Place
from ringfence.reach.comparing import Comparison
from ringfence.reach.moving import moved
from ringfence.reach.places import find_places
from ringfence.reach.question import Question
from ringfence.reach.session import edited

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from ringfence.model.machines import Machine, VirtualNic
    from ringfence.model.places import PlacementRule
    from ringfence.model.snapshot import Snapshot
    from ringfence.reach.places import Places

Move = tuple[str, str]
"""A machine and a host, by id."""

_MOST_TRIED: Final = 400


def possible_hosts(inventory: Inventory, machine: Machine) -> tuple[str, ...]:
    """Return the ids of the hosts where a machine may run besides the one where it is.

    These are the hosts of its cluster that no mandatory rule between machines and hosts forbids;
    preferences bind nothing, since a restart or a person may ignore them. A machine with a
    physical device of its host stays, and so does one outside of a cluster. Rules that were not
    read forbid nothing.
    """
    if not isinstance(machine.host, str) or machine.template is True:
        return ()
    if isinstance(machine.passthrough, tuple) and machine.passthrough:
        return ()
    host = inventory.hosts.get(machine.host)
    cluster = inventory.clusters.get(host.cluster or "") if host is not None else None
    if cluster is None:
        return ()
    hosts = cluster.hosts or tuple(
        one.id for one in inventory.snapshot.hosts if one.cluster == cluster.id
    )
    rules = () if isinstance(cluster.rules, NotRead) else cluster.rules
    binding = [
        rule for rule in rules if rule.enabled and rule.mandatory and machine.id in rule.machines
    ]
    return tuple(
        one for one in hosts if one != machine.host and all(_allows(rule, one) for rule in binding)
    )


def _allows(rule: PlacementRule, host: str) -> bool:
    if rule.kind == "keep-on-hosts":
        return host in rule.hosts
    return rule.kind != "keep-off-hosts" or host not in rule.hosts


def rules_known(inventory: Inventory, machine: Machine) -> bool:
    """Tell whether the rules on where a machine runs were read: only then it surely may move."""
    host = inventory.hosts.get(machine.host) if isinstance(machine.host, str) else None
    cluster = inventory.clusters.get(host.cluster or "") if host is not None else None
    return cluster is not None and not isinstance(cluster.rules, NotRead)


class Mobile:
    """One question, and the same with machines on other hosts, zones as they are."""

    def __init__(self, question: Question) -> None:
        self.question = question
        self._inventory = question.inventory

    @cached_property
    def hosts(self) -> Mapping[str, tuple[str, ...]]:
        """The other hosts where each machine may run, by the machine's id; not those that stay."""
        found = {
            machine.id: possible_hosts(self._inventory, machine)
            for machine in self._inventory.snapshot.machines
        }
        return {machine: hosts for machine, hosts in found.items() if hosts}

    @cached_property
    def union(self) -> Question:
        """The question with every machine on every host at once: an upper bound of them all."""
        question = self.question
        together = Question(
            self._inventory.snapshot, question.policy, question.memberships.values()
        )
        together.places = self._places
        together.work_in(question.space)
        return together

    @cached_property
    def _places(self) -> Places:
        """Every place with what it may send into and hear on any of its machine's hosts."""
        by_id = dict(self.question.places.by_id)
        for round_ in range(max(map(len, self.hosts.values()), default=0)):
            moves = [
                (machine, hosts[round_])
                for machine, hosts in self.hosts.items()
                if round_ < len(hosts)
            ]
            there = find_places(Inventory(self._snapshot(moves)), self.question.policy)
            for identity, place in there.by_id.items():
                known = by_id.get(identity)
                by_id[identity] = place if known is None else _either(known, place)
        return replace(self.question.places, by_id=by_id)

    def placed(self, moves: Iterable[Move]) -> Question:
        """Return the question with machines on other hosts, in the same header space."""
        there = edited(self.question, self._snapshot(moves))
        return Comparison(self.question, there).after

    def _snapshot(self, moves: Iterable[Move]) -> Snapshot:
        where = dict(moves)
        inventory = self._inventory
        machines = tuple(
            moved(inventory, machine, where[machine.id]).machine if machine.id in where else machine
            for machine in inventory.snapshot.machines
        )
        return msgspec.structs.replace(inventory.snapshot, machines=machines)

    @cached_property
    def kinds(self) -> tuple[Move, ...]:
        """One move for all that are alike: same zones, same networks, same host to go to.

        Machines whose rules were not read are left out: they may not be allowed to move.
        """
        found: dict[object, Move] = {}
        devices = {device.machine for device in self._inventory.snapshot.devices}
        for identity, hosts in self.hosts.items():
            machine = self._inventory.machines[identity]
            if isinstance(machine.nics, NotRead) or not rules_known(self._inventory, machine):
                continue
            nics = tuple(map(self._kind_of_nic, machine.nics))
            alone = identity if identity in devices else None
            for host in hosts:
                found.setdefault((alone, nics, host), (identity, host))
        return tuple(found.values())

    def _kind_of_nic(self, nic: VirtualNic) -> object:
        """Return all that a virtual NIC's reach depends on besides the host where it is."""
        inventory = self._inventory
        member = self.question.memberships.get(nic.id)
        group = (
            inventory.port_groups.get(nic.port_group) if isinstance(nic.port_group, str) else None
        )
        port = inventory.ports.get(nic.port) if isinstance(nic.port, str) else None
        own = None
        if port is not None and port.overridden != ():
            own = (port.vlan, port.overridden, port.filters)
        return (
            None if member is None else (member.zone, member.standing),
            None if group is None else group.name if group.host else group.id,
            (own, None if port is None else port.blocked),
            (nic.connected, nic.start_connected),
            (nic.port_filters, nic.filters, nic.sriov),
        )

    def joint(self) -> Iterator[tuple[Move, ...]]:
        """Yield joint placements to look at: each move alone, then any two, a bounded number."""
        singles = [(one,) for one in self.kinds]
        pairs = ((one, other) for one, other in combinations(self.kinds, 2) if one[0] != other[0])
        yield from islice((*singles, *islice(pairs, _MOST_TRIED)), _MOST_TRIED)


def _either(one: Place, other: Place) -> Place:
    """Return a place that may be at either of two; what is certain is where it is now."""
    return Place(
        one.id,
        one.owner,
        one.kind,
        one.lower,
        one.upper | other.upper,
        one.certain,
        one.filterings | other.filterings,
        one.hops | other.hops,
    )
