"""What a policy names and an inventory lacks: nothing may pass because it matched nothing."""

from __future__ import annotations

from collections.abc import Iterator

from ringfence.foundation.text import for_terminal, listed
from ringfence.model.facts import NotRead
from ringfence.model.inventory import Inventory
from ringfence.policy.document import Policy, Zone
from ringfence.policy.load import LoadedPolicy
from ringfence.policy.members import device_of
from ringfence.policy.networks import NetworkStatements
from ringfence.policy.problems import Problem
from ringfence.policy.selectors import matcher
from ringfence.policy.statements import machine_test, selector_text
from ringfence.policy.validation import Path, dotted


def unmatched(loaded: LoadedPolicy, inventory: Inventory) -> tuple[str, ...]:
    """Return a sentence, with its position, for each selector or name that nothing answers to.

    What was not read may still answer; only what is known not to is told.
    """
    policy = loaded.policy
    found = [
        *_zones(policy, inventory),
        *_devices(policy, inventory),
        *_domains(policy, inventory),
        *_clusters(policy, inventory),
    ]
    problems = [
        Problem(loaded.position(*path), f"{dotted(path)} {sentence}") for path, sentence in found
    ]
    return tuple(map(str, sorted(problems)))


def _zones(policy: Policy, inventory: Inventory) -> Iterator[tuple[Path, str]]:
    groups = [group for group in inventory.snapshot.port_groups if not group.uplink]
    for name, zone in policy.zones.items():
        for index, network in enumerate(zone.networks):
            if network.prefix is not None:
                continue  # addresses are of places, not of networks
            alone = Zone(trust=zone.trust, networks=(network,))
            only = policy.model_copy(update={"zones": {name: alone}})
            statements = NetworkStatements(only, inventory)
            answers = (statements.of(group.id, None, (), reported=False) for group in groups)
            if not any(answer.zones or answer.perhaps for answer in answers):
                text = selector_text(network)
                yield ("zones", name, "networks", index), f"({text}) matches no network."
        for index, selector in enumerate(zone.machines):
            test = machine_test(selector, inventory)
            if all(test(machine) is False for machine in inventory.snapshot.machines):
                text = selector_text(selector)
                yield ("zones", name, "machines", index), f"({text}) matches no machine."


def _devices(policy: Policy, inventory: Inventory) -> Iterator[tuple[Path, str]]:
    for name, test in device_of(policy).items():
        machines = [
            machine.name
            for machine in inventory.snapshot.machines
            if machine.template is not True and test(machine.name)
        ]
        path = ("devices", name, "machine")
        if not machines:
            yield path, "matches no machine; the device is not there."
        elif len(machines) > 1:
            names = listed(map(for_terminal, sorted(machines)))
            yield path, f"matches {len(machines)} machines, {names}; each counts as this device."


def _domains(policy: Policy, inventory: Inventory) -> Iterator[tuple[Path, str]]:
    if any(isinstance(host.physical_nics, NotRead) for host in inventory.snapshot.hosts):
        return
    uplinks = [f"{host.name}/{nic.name}" for host, nic in inventory.physical_nics.values()]
    for name, domain in policy.fabric.domains.items():
        for index, pattern in enumerate(domain.uplinks):
            if not any(map(matcher(pattern), uplinks)):
                path = ("fabric", "domains", name, "uplinks", index)
                yield path, "matches no physical NIC of any host."


def _clusters(policy: Policy, inventory: Inventory) -> Iterator[tuple[Path, str]]:
    snapshot = inventory.snapshot
    names = {cluster.name for cluster in snapshot.clusters}
    names |= {datacenter.name for datacenter in snapshot.datacenters}
    names |= {site.name for site in snapshot.sites}
    for name in policy.clusters:
        if name not in names:
            yield ("clusters", name), "is the name of no cluster, datacenter or site."
