"""Plants violations whose effect on the matrix is known.

Those of layer 2 are planted between networks that no firewall has an interface on, so that they
open the two zones to each other and nothing else.
"""

from __future__ import annotations

from dataclasses import replace
from random import Random

from benchmarks.generator.plan import Entry, Network, Plan, PlannedMachine, Violation
from benchmarks.generator.size import OUTSIDE

_UNUSED_PORT = 31337  # in no service of any flow


def plant(plan: Plan, chance: Random) -> Plan:
    """Return the plan with as many violations as it asks for, of every kind in turn."""
    networks, machines = list(plan.networks), list(plan.machines)
    entries = list(plan.entries)
    violations: list[Violation] = []
    quiet = [network for network in networks if not network.routed]
    chance.shuffle(quiet)
    for number in range(plan.size.violations):
        kind = number % 4
        if kind == 0:
            violation, entry = _undeclared_rule(plan, chance, number)
            entries.insert(0, entry)
        else:
            pair = _two_of_a_site(quiet)
            if pair is None:
                raise ValueError(f"There are not networks enough for {number + 1} violations.")
            one, other = pair
            both = ((one.zone, other.zone), (other.zone, one.zone))
            if kind == 1:
                at = _machine_in(machines, one)
                moved = replace(machines[at], networks=(other.number,), last=240)
                machines[at] = moved
                violation = Violation("misplaced-machine", moved.name, both)
            elif kind == 2:
                networks[one.number] = replace(one, vlan=other.vlan)
                violation = Violation("vlan-clash", one.name, both)
            else:
                trunk = (other.vlan, other.vlan)
                networks[one.number] = replace(one, trunk=trunk)
                violation = Violation("trunk-to-machine", one.name, both)
        violations.append(violation)
    return replace(
        plan,
        networks=tuple(networks),
        machines=tuple(machines),
        entries=tuple(entries),
        violations=tuple(violations),
    )


def _two_of_a_site(quiet: list[Network]) -> tuple[Network, Network] | None:
    """Take two networks of one site and of different zones out of the list."""
    for one in quiet:
        for other in quiet:
            if one.site == other.site and one.zone != other.zone:
                quiet.remove(one)
                quiet.remove(other)
                return one, other
    return None


def _machine_in(machines: list[PlannedMachine], network: Network) -> int:
    """Return the first machine of a network; every network was given one by its own number."""
    return next(
        number
        for number, machine in enumerate(machines)
        if machine.networks[0] == network.number and machine.zone == network.zone
    )


def _undeclared_rule(plan: Plan, chance: Random, number: int) -> tuple[Violation, Entry]:
    zones = [zone for device in plan.devices for zone in device.zones if zone != OUTSIDE]
    source, destination = chance.sample(zones, 2)
    there = plan.gateway_of
    port = _UNUSED_PORT + number
    entry = Entry(
        permits=True,
        source_zone=source,
        destination_zone=destination,
        source=there[source].prefix,
        destination=there[destination].prefix,
        ports=(port, port),
        bound=True,
    )
    pair = (source, destination)
    return Violation("undeclared-rule", f"tcp/{port}", (pair,)), entry
