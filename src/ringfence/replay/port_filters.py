"""The filters between a place and its switch, met by one packet.

What a machine sends goes into the switch, what it gets comes out of it; it passes every filter that
stands there, that of its port and those of its virtual NIC.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from ringfence.model.facts import Fact, NotRead
from ringfence.model.inventory import Inventory
from ringfence.model.machines import VirtualNic
from ringfence.model.network import Port, PortGroup
from ringfence.model.rules import Chain, PortFilter, Rule, SwitchFilterRule
from ringfence.replay.packet import Packet, Spans, stays
from ringfence.replay.rules import ChainWalk, Decision, Passage
from ringfence.replay.wiring import Bound

Way = Literal["in", "out"]
"""Into the switch or out of it."""


@dataclass(frozen=True, slots=True)
class Guard:
    """A filter at a place; ``known`` is ``None`` where it, or its rules, were not read.

    It is ``sure`` where it is known to be applied there.
    """

    known: PortFilter | None
    sure: bool = True

    def decide(self, packet: Packet, way: Way, bound: Bound, spans: Spans) -> Decision | None:
        """Return what lets the packet through, ``None`` where the filter may stop it."""
        upper = bound == "upper"
        if self.known is None:
            return Decision("", 0, "its filter was not read") if upper else None
        if upper and not self.sure:
            return Decision(self.known.name, 0, "its filter may not be applied")
        if stays(packet, self.known.reassembles, bound):
            return None
        chain = _chain(self.known, way)
        outcomes = ChainWalk({}, Passage(packet, None, None), spans).base(chain)
        if "accept" not in outcomes or ("drop" in outcomes and not upper):
            return None
        return outcomes["accept"]


def let_through(
    guards: tuple[Guard, ...], packet: Packet, way: Way, bound: Bound, spans: Spans
) -> tuple[Decision, ...] | None:
    """Return what each filter decided, ``None`` where one of them may stop the packet."""
    decisions = []
    for guard in guards:
        decision = guard.decide(packet, way, bound, spans)
        if decision is None:
            return None
        decisions.append(decision)
    return tuple(decisions)


def _chain(known: PortFilter, way: Way) -> Chain:
    rules = () if isinstance(known.rules, NotRead) else known.rules
    return Chain(
        id=known.id,
        name=known.name,
        rules=tuple(
            Rule(number=each.number, text=each.text, conditions=each.conditions, action=each.action)
            for each in rules
            if each.direction in {way, "both"}
        ),
        policy=known.sending if way == "in" else known.receiving,
    )


def of_port(
    inventory: Inventory, group_id: Fact[str | None], port_id: Fact[str | None], *, sure: bool
) -> tuple[Guard, ...]:
    """Return the filter of a switch at the port of a place, if there is any."""
    group = inventory.port_groups.get(group_id) if isinstance(group_id, str) else None
    if group is None:
        return ()
    port = inventory.ports.get(port_id) if isinstance(port_id, str) else None
    if port is None:
        may_differ = isinstance(group.overrides, NotRead) or (
            group.overrides is not None and group.overrides.filters
        )
        if port_id is not None and may_differ:
            return (Guard(None),)
        return _of_rules(group, group.name, group.filters, sure=sure)
    if isinstance(port.overridden, NotRead) or "filters" in port.overridden:
        return _of_rules(port, group.name, port.filters, sure=sure)
    return _of_rules(group, group.name, group.filters, sure=sure)


def _of_rules(
    at: PortGroup | Port, name: str, rules: Fact[tuple[SwitchFilterRule, ...]], *, sure: bool
) -> tuple[Guard, ...]:
    if isinstance(rules, NotRead):
        return (Guard(None),)
    return (
        (Guard(PortFilter(id=at.id, name=name, rules=rules, reassembles=()), sure),)
        if rules
        else ()
    )


def of_nic(inventory: Inventory, nic: VirtualNic, host: Fact[str | None]) -> tuple[Guard, ...]:
    """Return the filters that a virtual NIC has itself, on the host where its machine is."""
    if isinstance(nic.port_filters, NotRead):
        return (Guard(None),)
    guards: list[Guard] = []
    named = set()
    for identity in nic.port_filters:
        known = inventory.port_filters.get(identity)
        if known is None:
            guards.append(Guard(None))
            continue
        named.add(known.name)
        where = known.hosts
        if where is None:
            here: bool | None = True
        elif isinstance(where, NotRead) or not isinstance(host, str):
            here = None if where != () else False
        else:
            here = host in where
        if here is not False:
            read = None if isinstance(known.rules, NotRead) else known
            guards.append(Guard(read, sure=here is True and not nic.sriov))
    guards.extend(Guard(None) for name in nic.filters if name not in named)
    return tuple(guards)
