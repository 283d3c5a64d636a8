"""Which station of a path should have stopped the packet, and which change would."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from ringfence.model.facts import NotRead
from ringfence.model.network import RENUMBERING, PortGroup, TrunkVlan, vlan_of
from ringfence.reach.fabric import FabricFacts
from ringfence.reach.joined_domains import Joined, joined_domains
from ringfence.reach.mending import (
    dropping,
    set_vlan,
    unused_vlan,
    without_filter_rule,
    without_passthrough,
    without_rule,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ringfence.model.change import Change
    from ringfence.model.network import SwitchMember, VirtualSwitch
    from ringfence.policy.membership import Membership
    from ringfence.reach.mending import Networks
    from ringfence.reach.question import Question
    from ringfence.replay.path import Step


@dataclass(frozen=True, slots=True)
class Blame:
    """The station at fault by its number, why in a phrase, and what would close the path."""

    station: int
    reason: str
    closing: str
    changes: tuple[Change, ...] = ()


def blame(
    question: Question, networks: Networks, source: str, destination: str, path: Sequence[Step]
) -> Blame:
    """Return what is at fault on the path of a packet from one place to another."""
    groups = [number for number, step in enumerate(path) if step.kind == "port-group"]
    for suspicion in (
        _misplaced(question, networks, source, path, groups[:1]),
        _misplaced(question, networks, destination, path, groups[-1:]),
        _joined(question, path),
        *(_odd_vlan(question, path, number) for number in groups),
        *(_rule(question, path, number) for number in reversed(range(len(path)))),
        *(_filter(question, path, number) for number in reversed(groups)),
        *(_trunk(question, path, number) for number in groups),
        _passthrough(question, source),
    ):
        if suspicion is not None:
            return suspicion
    return _shared(question, path, groups)


def _filter(question: Question, path: Sequence[Step], number: int) -> Blame | None:
    """Blame the rule of a filter at a port that lets the packet by."""
    step = path[number]
    _, found, decided = step.detail.partition(", its filter ")
    if step.kind != "port-group" or not found or " by rule " not in decided:
        return None
    name, _, rest = decided.rpartition(" lets it ")
    way, _, rule = rest.partition(" by rule ")
    return Blame(
        number,
        f"rule {rule} of the filter {name} lets it {way} at {step.label}: {step.rule}",
        f"Narrow or remove rule {rule} of the filter {name}: {step.rule}",
        without_filter_rule(question, step.object, name, int(rule), step.rule or ""),
    )


def _rule(question: Question, path: Sequence[Step], number: int) -> Blame | None:
    step = path[number]
    if step.kind != "device":
        return None
    way, *where = step.detail.split(", ")[1:]
    to = " to its own services" if way == "to itself" else ""
    reason = f"{step.label} lets it through{to}"
    if not step.rule:
        closing = f"Give {step.label} a rule that refuses it, or a default of drop."
        reason = f"{reason}: it meets no rule there" if way != "to itself" else reason
        return Blame(number, reason, closing, dropping(question, step.object, ", ".join(where)))
    chain, _, rule = ", ".join(where).rpartition(" ")
    name = f"rule {rule} of {chain}" if rule.isdigit() else "the rule"
    return Blame(
        number,
        f"{reason} by {name}: {step.rule}",
        f"Narrow or remove {name} on {step.label}: {step.rule}",
        without_rule(question, step.object, chain, int(rule), step.rule) if rule.isdigit() else (),
    )


def _misplaced(
    question: Question, networks: Networks, place: str, path: Sequence[Step], groups: Sequence[int]
) -> Blame | None:
    member: Membership | None = question.memberships.get(place)
    if member is None or member.standing != "misplaced" or not groups:
        return None
    name = question.name_of(place)
    network = path[groups[0]].label
    there = ", ".join(member.network_zones)
    home, changes = networks.reattach(place, member.zone or "")
    to = f"{home}, a network of {member.zone}" if home else f"a network of {member.zone}"
    return Blame(
        groups[0],
        f"{name} belongs to {member.zone} and is attached to {network}, a network of {there}",
        f"Attach {name} to {to}.",
        changes,
    )


def _odd_vlan(question: Question, path: Sequence[Step], number: int) -> Blame | None:
    """Blame a port group whose VLAN differs from that of its namesakes on other hosts."""
    group = question.inventory.port_groups.get(path[number].object)
    if group is None or group.host is None or isinstance(group.vlan, NotRead):
        return None
    switch = question.inventory.switches.get(group.switch)
    if switch is not None and switch.kind in RENUMBERING:
        # Linux has no port groups: their names are made of their VLANs.
        return None
    others = Counter(
        other.vlan for other in _namesakes(question, group) if not isinstance(other.vlan, NotRead)
    )
    if not others:
        return None
    usual, count = others.most_common(1)[0]
    if usual == group.vlan or count < 2:
        return None
    host = question.inventory.host_name(group.host)
    return Blame(
        number,
        f"port group {group.name} on host {host} has VLAN {vlan_of(group.vlan)}, "
        f"the others {vlan_of(usual)}",
        f"Set the VLAN of {group.name} on {host} to {vlan_of(usual)}.",
        set_vlan(group, usual),
    )


def _namesakes(question: Question, group: PortGroup) -> Iterator[PortGroup]:
    own = question.inventory.hosts.get(group.host or "")
    if own is None:
        return
    for other in question.inventory.snapshot.port_groups:
        if other.name == group.name and other.host not in (None, group.host):
            host = question.inventory.hosts.get(other.host or "")
            if host is not None and host.cluster == own.cluster:
                yield other


def _joined(question: Question, path: Sequence[Step]) -> Blame | None:
    """Blame a switch that joins physical networks, where a packet crosses it between them.

    A path draws no switch that frames only pass through: they step from one to a domain that no
    uplink of it leads to.
    """
    inventory = question.inventory
    fabric = FabricFacts.of(question.policy, inventory)
    for number, steps in enumerate(pairwise(path)):
        stations = {step.kind: (place, step) for place, step in enumerate(steps, number)}
        if stations.keys() not in ({"switch", "uplink"}, {"switch", "domain"}):
            continue
        place, outside = stations.get("uplink") or stations["domain"]
        nic = inventory.physical_nics.get(outside.object)
        for (identity, host), member in inventory.members.items():
            switch = inventory.switches[identity]
            if nic is not None and (identity, host) != (stations["switch"][1].object, nic[0].id):
                continue
            for joined in joined_domains(fabric, switch, member):
                if nic is not None or outside.object in joined.domains:
                    return _joining(question, place, switch, member, joined)
    return None


def _joining(
    question: Question, station: int, switch: VirtualSwitch, member: SwitchMember, joined: Joined
) -> Blame:
    uplinks = " and ".join(one.name for one in joined.uplinks)
    host = question.inventory.host_name(member.host)
    return Blame(
        station,
        f"switch {switch.name} on host {host} joins the physical networks "
        f"{' and '.join(joined.domains)} by {uplinks}",
        f"Take {uplinks} apart: give {switch.name} the uplinks of one physical network.",
    )


def _trunk(question: Question, path: Sequence[Step], number: int) -> Blame | None:
    group = question.inventory.port_groups.get(path[number].object)
    if group is None or not isinstance(group.vlan, TrunkVlan):
        return None
    numbers = vlan_of(group.vlan).removeprefix("trunk ")
    return Blame(
        number,
        f"port group {group.name} gives its machines the VLANs {numbers}",
        f"Give {group.name} the one VLAN that its machines need.",
    )


def _passthrough(question: Question, source: str) -> Blame | None:
    place = question.places.by_id.get(source)
    if place is None or place.kind != "passthrough":
        return None
    name = question.name_of(source)
    return Blame(
        0,
        f"{name} is a physical NIC, with every VLAN of its port",
        f"Remove {name}, and give the machine a virtual NIC.",
        without_passthrough(question, source),
    )


def _shared(question: Question, path: Sequence[Step], groups: Sequence[int]) -> Blame:
    names = list(
        dict.fromkeys(f"{path[number].label} ({path[number].detail})" for number in groups)
    )
    if not names:
        return Blame(len(path) - 1, "nothing stands between them", "Separate their networks.")
    if len(names) == 1:
        return Blame(
            groups[-1],
            f"both are attached to {names[0]}",
            "Attach one of them to another network.",
        )
    joined = " and ".join((names[0], names[-1]))
    label = path[groups[-1]].label
    group, free = question.inventory.port_groups.get(path[groups[-1]].object), unused_vlan(question)
    one = "" if free is None else f", such as {free.vlan}"
    return Blame(
        groups[-1],
        f"{joined} are one network",
        f"Give {label} a VLAN that no other zone uses{one}.",
        () if group is None or free is None else set_vlan(group, free),
    )
