"""Switches that do forward from uplink to uplink carry frames on between layer-2 domains."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ringfence.model.facts import NotRead
from ringfence.reach.attachments import Bound, Group, Hearing, node_group
from ringfence.reach.layer2 import worst_if_undeclared

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ringfence.model.inventory import Inventory
    from ringfence.reach.layer2 import LayerTwo


@dataclass(frozen=True)
class Joining:
    """For each group, those that a Linux bridge or Open vSwitch carries its frames on to."""

    lower: Mapping[Group, frozenset[Group]]
    upper: Mapping[Group, frozenset[Group]]

    @staticmethod
    def of(inventory: Inventory, layer2: LayerTwo) -> Joining:
        """Follow every switch that forwards between its uplinks, VLAN by VLAN."""
        return Joining(
            lower=_onward(inventory, layer2, "lower"), upper=_onward(inventory, layer2, "upper")
        )

    def hearing(self, hearing: Hearing, bound: Bound) -> Hearing:
        """Return a hearing that also sends into the groups that frames are carried on to."""
        onward = self.lower if bound == "lower" else self.upper
        if not onward or not hearing.sends:
            return hearing
        reached = set(hearing.sends)
        waiting = list(reached)
        while waiting:
            fresh = onward.get(waiting.pop(), frozenset()) - reached
            reached |= fresh
            waiting.extend(fresh)
        return Hearing(frozenset(reached), hearing.hears)


def _onward(
    inventory: Inventory, layer2: LayerTwo, bound: Bound
) -> Mapping[Group, frozenset[Group]]:
    onward: defaultdict[Group, set[Group]] = defaultdict(set)
    for switch in inventory.snapshot.switches:
        if not switch.forwards_between_uplinks:
            continue
        members = () if isinstance(switch.members, NotRead) else switch.members
        # Where its hosts were not read, it may be on any, with whatever behind its uplinks.
        for host in [member.host for member in members] or inventory.hosts:
            for wire in layer2.wires(switch.id, host, None, bound):
                domain = worst_if_undeclared(layer2.fabric, wire.domain)
                for vlan in layer2.vlans.numbers:
                    node = node_group(host, switch.id, vlan)
                    outside = wire.tags.outside((vlan,), layer2.vlans.numbers)
                    onward[node].update(layer2.on_wire(domain, outside, bound, hears=False))
                    for group in layer2.on_wire(domain, outside, bound, hears=True):
                        onward[group].add(node)
    return {group: frozenset(others) for group, others in onward.items()}
