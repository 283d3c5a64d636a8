"""Makes a plan: zones over sites and firewalls, networks, machines, flows, rules, violations."""

from __future__ import annotations

from dataclasses import replace
from random import Random

from benchmarks.generator.plan import Network, Plan, PlannedDevice, PlannedMachine
from benchmarks.generator.planting import plant
from benchmarks.generator.rules import make_entries, make_flows
from benchmarks.generator.size import MANAGEMENT, OUTSIDE, Size


def make_plan(size: Size) -> Plan:
    """Return the plan of a network; the same size and seed give the same plan."""
    chance = Random(size.seed)  # noqa: S311 (the same network each time, not a secret)
    width = len(str(size.zones))
    internal = tuple(f"zone-{number:0{width}d}" for number in range(1, size.zones - 1))
    devices = _devices(size, internal)
    site_of = {zone: device.site for device in devices for zone in device.zones}
    networks = _networks(size, internal, site_of)
    machines = _machines(size, networks, chance)
    plan = Plan(
        size=size,
        zones=(OUTSIDE, *internal, MANAGEMENT),
        networks=networks,
        machines=machines,
        devices=devices,
        flows=(),
        entries=(),
        violations=(),
    )
    plan = replace(plan, flows=make_flows(plan, chance))
    undeclared = -(-size.violations // 4)
    plan = replace(plan, entries=make_entries(plan, size.rules - 2 * undeclared, chance))
    return plant(plan, chance)


def _devices(size: Size, internal: tuple[str, ...]) -> tuple[PlannedDevice, ...]:
    behind: list[list[str]] = [[] for _ in range(size.devices)]
    behind[0].append(OUTSIDE)
    for number, zone in enumerate(internal):
        behind[number % size.devices].append(zone)
    return tuple(
        PlannedDevice(f"firewall-{number + 1}", number + 1, number % size.sites, tuple(zones))
        for number, zones in enumerate(behind)
    )


def _networks(
    size: Size, internal: tuple[str, ...], site_of: dict[str, int]
) -> tuple[Network, ...]:
    next_vlan = [100] * size.sites
    networks: list[Network] = []
    for number in range(size.port_groups):
        zone = internal[number % len(internal)]
        site = site_of[zone]
        first = number < len(internal)
        name = f"{zone}-net-{number // len(internal) + 1:03d}"
        vlan = 2 + (next_vlan[site] - 2) % 4093
        networks.append(Network(name, number, site, zone, vlan, routed=first))
        next_vlan[site] += 1
    return tuple(networks)


def _machines(
    size: Size, networks: tuple[Network, ...], chance: Random
) -> tuple[PlannedMachine, ...]:
    """Give every network a machine, then go round again; some have a second NIC in their zone."""
    filled = [0] * len(networks)
    beside: dict[str, list[int]] = {}
    for network in networks:
        beside.setdefault(network.zone, []).append(network.number)
    machines: list[PlannedMachine] = []
    for number in range(size.machines):
        network = networks[number % len(networks)]
        attached = [network.number]
        if chance.random() < 0.1 * size.mess:
            attached.append(chance.choice(beside[network.zone]))
        filled[network.number] += 1
        hosts = range(network.site, size.hosts, size.sites)
        machines.append(
            PlannedMachine(
                number=number,
                zone=network.zone,
                host=chance.choice(hosts),
                networks=tuple(dict.fromkeys(attached)),
                last=9 + filled[network.number],
                on=chance.random() >= 0.1 * size.mess,
                reports=chance.random() >= 0.2 * size.mess,
            )
        )
    return tuple(machines)
