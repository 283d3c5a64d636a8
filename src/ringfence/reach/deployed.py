"""Which of the three configurations is really deployed, for the whole and for each cluster."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ringfence.foundation.errors import BudgetExceededError
from ringfence.foundation.text import counted, listed
from ringfence.reach.diagrams import budgeted
from ringfence.reach.results import DeployedConfiguration

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ringfence.reach.attachments import Bound
    from ringfence.reach.question import Question

_UNDECIDED: Final = "whether"


def deployed_configurations(question: Question) -> tuple[DeployedConfiguration, ...]:
    """Return what is declared and what is deployed, the whole first, then clusters of their own."""
    policy, inventory = question.policy, question.inventory
    hosts = {host.id: host.name for host in inventory.snapshot.hosts}
    found = [_judge(question, "all hosts", policy.configuration, hosts)]
    for cluster in inventory.snapshot.clusters:
        if cluster.name in policy.clusters:
            inside = {one: hosts[one] for one in cluster.hosts if one in hosts}
            declared = policy.clusters[cluster.name].configuration
            found.append(_judge(question, cluster.name, declared, inside))
    return tuple(found)


def _judge(
    question: Question, scope: str, declared: str, hosts: Mapping[str, str]
) -> DeployedConfiguration:
    try:
        with budgeted():
            deployed, why = _deployed(question, hosts)
    except BudgetExceededError:
        deployed, why = None, f"{_UNDECIDED} zones are apart took more memory than was given"
    if deployed == declared:
        sentence = f"{declared} is declared and deployed: {why}."
    elif deployed is None and why.startswith(_UNDECIDED):
        sentence = f"{declared} is declared, and what is deployed is not known: {why}."
    elif deployed is None:
        sentence = f"{declared} is declared, and none of the three is deployed: {why}."
    else:
        sentence = f"{declared} is declared, but {deployed} is deployed: {why}."
    return DeployedConfiguration(
        scope=scope, declared=declared, deployed=deployed, sentence=sentence
    )


def _deployed(question: Question, hosts: Mapping[str, str]) -> tuple[str | None, str]:
    zones_on = _zones_on_hosts(question, hosts)
    shared = sorted(hosts[host] for host, zones in zones_on.items() if len(zones) > 1)
    gates = sorted(
        device.name
        for device in question.inventory.snapshot.devices
        if (machine := question.inventory.machines.get(device.machine or "")) is not None
        and machine.host in hosts
    )
    zones = sorted({zone for found in zones_on.values() for zone in found})
    physical = _closed(question, physical_only=True)
    if not zones:
        return None, "no machine of a zone runs on these hosts"
    if not shared and not gates:
        return "physical-separation", "no host carries machines of two zones"
    declared = _closed(question, physical_only=False)
    for one, other in _joined(question, zones, declared, "lower"):
        return None, f"{one} reaches {other} without crossing any declared device"
    for one, other in _joined(question, zones, declared, "upper"):
        return None, f"{_UNDECIDED} {one} reaches {other} past the declared devices is not known"
    inside = list(_joined(question, zones, physical, "upper"))
    on_shared = f"{counted(len(shared), 'host')} of {len(hosts)} carry machines of several zones"
    if inside and gates:
        return "full-collapse", f"{on_shared}, and {listed(gates)} joins zones as a machine"
    return (
        "virtual-separation",
        f"{on_shared}, and no path between zones avoids a physical device",
    )


def _zones_on_hosts(question: Question, hosts: Mapping[str, str]) -> dict[str, set[str]]:
    """Return the zones of the machines on each host; networks of the hosts' own do not count."""
    found: dict[str, set[str]] = {}
    machines = question.inventory.machines
    roles = {name for name, zone in question.policy.zones.items() if zone.role is not None}
    for member in question.memberships.values():
        machine = machines.get(member.owner)
        if machine is None or member.zone is None or member.zone in roles:
            continue
        if isinstance(machine.host, str) and machine.host in hosts:
            found.setdefault(machine.host, set()).add(member.zone)
    return found


def _closed(question: Question, *, physical_only: bool) -> frozenset[str]:
    return frozenset(
        name
        for name, device in question.policy.devices.items()
        if device.physical or not physical_only
    )


def _joined(
    question: Question, zones: list[str], closed: frozenset[str], bound: Bound
) -> Iterator[tuple[str, str]]:
    for one in zones:
        for other in zones:
            if one != other:
                delivered = question.matrix(bound).delivered(one, other, closed)
                if delivered != question.space.nothing:
                    yield one, other
