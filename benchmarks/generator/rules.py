"""Flows of the policy, and the rules of the firewalls that let them through."""

from __future__ import annotations

from itertools import permutations
from random import Random
from typing import Final, Literal

from benchmarks.generator.plan import Entry, Network, Plan, PlannedFlow
from benchmarks.generator.size import MANAGEMENT, OUTSIDE

OUTSIDE_PREFIX: Final = "198.18.0.0/15"
_PORTS: Final = (22, 25, 53, 80, 443, 445, 1433, 3306, 3389, 5432, 6379, 8080, 8443, 9092, 9200)
_RULES_PER_FLOW: Final = 40
_FLOWS_PER_ZONE: Final = 3


def make_flows(plan: Plan, chance: Random) -> tuple[PlannedFlow, ...]:
    """Return flows between zones, three for each zone or one for every 40 rules."""
    talking = [zone for zone in plan.zones if zone != MANAGEMENT]
    pairs = [pair for pair in permutations(talking, 2) if pair[1] != OUTSIDE]
    wanted = max(len(talking) * _FLOWS_PER_ZONE, plan.size.rules // _RULES_PER_FLOW)
    # A quarter of the pairs, at least, stays without any, so that there is something to keep apart.
    chosen = sorted(chance.sample(pairs, min(wanted, 1 + len(pairs) * 3 // 4)))
    device_of = plan.device_of
    return tuple(
        PlannedFlow(
            source,
            destination,
            ports=tuple(sorted(chance.sample(_PORTS, chance.randint(1, 4)))),
            through=(device_of[source].name,) if chance.random() < 0.5 else (),
        )
        for source, destination in chosen
    )


def make_entries(plan: Plan, rules: int, chance: Random) -> tuple[Entry, ...]:
    """Return entries that make this many rules, of every flow at least one where they suffice."""
    entries: list[Entry] = []
    left = rules
    number = 0
    while left > 0:
        flow = plan.flows[number % len(plan.flows)]
        number += 1
        if entries and chance.random() < 0.05 + 0.15 * plan.size.mess:
            entry = _refusal(plan, flow, chance)
        elif entries and chance.random() < 0.1 * plan.size.mess:
            entry = chance.choice(entries)  # a repeated rule, which never decides anything
        else:
            entry = _permission(plan, flow, chance)
        cost = rules_of(plan, entry)
        if cost > left:
            entry = _refusal(plan, flow, chance)
            cost = 1
        entries.append(entry)
        left -= cost
    return tuple(entries)


def rules_of(plan: Plan, entry: Entry) -> int:
    """Return how many rules an entry is: one on each firewall that it passes."""
    device_of = plan.device_of
    across = device_of[entry.source_zone] != device_of[entry.destination_zone]
    return 2 if entry.permits and across else 1


def _permission(plan: Plan, flow: PlannedFlow, chance: Random) -> Entry:
    port = chance.choice(flow.ports)
    family: Literal[4, 6] = 6 if flow.source != OUTSIDE and chance.random() < 0.1 else 4
    return Entry(
        permits=True,
        source_zone=flow.source,
        destination_zone=flow.destination,
        source=_object(plan, flow.source, family, chance),
        destination=_object(plan, flow.destination, family, chance),
        ports=(port, port),
        bound=chance.random() >= 0.5 * plan.size.mess,
        family=family,
    )


def _refusal(plan: Plan, flow: PlannedFlow, chance: Random) -> Entry:
    """Return a rule that keeps some addresses of a zone from another, whatever follows."""
    first = chance.randint(0, 65535)
    ports = (first, chance.randint(first, 65535)) if chance.random() < 0.5 else None
    return Entry(
        permits=False,
        source_zone=flow.source,
        destination_zone=flow.destination,
        source=_object(plan, flow.source, 4, chance),
        destination=_object(plan, flow.destination, 4, chance),
        ports=ports,
        bound=chance.random() >= 0.5 * plan.size.mess,
    )


def _object(plan: Plan, zone: str, family: Literal[4, 6], chance: Random) -> str:
    """Return addresses of a zone: a host, a smaller prefix, the network, or where messy a range."""
    if zone == OUTSIDE:
        third, prefix = chance.randint(0, 255), chance.choice((15, 24, 24, 32))
        return OUTSIDE_PREFIX if prefix == 15 else f"198.18.{third}.0/{prefix}"
    network = plan.gateway_of[zone]
    if family == 6:
        return chance.choice((network.prefix6, f"{network.address6(chance.randint(1, 250))}/128"))
    if chance.random() < 0.4 * plan.size.mess:
        return _range(network, chance)
    kind = chance.choice(("host", "host", "host", "smaller", "network"))
    if kind == "network":
        return network.prefix
    if kind == "smaller":
        length = chance.randint(25, 30)
        step = 1 << (32 - length)
        return f"{network.address(chance.randrange(0, 256, step))}/{length}"
    return f"{network.address(chance.randint(10, 250))}/32"


def _range(network: Network, chance: Random) -> str:
    """Return addresses that straddle blocks."""
    first = chance.randint(2, 240)
    return f"{network.address(first)}-{network.address(chance.randint(first, 250))}"
