"""Changes of a network that change no verdict, and additions that never let less through."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from random import Random
from typing import Any

import msgspec

from generated.edits import add_uplink
from generated.network import Network
from generated.rules import a_rule
from ringfence.model.facts import Record
from ringfence.model.inventory import Inventory
from ringfence.model.machines import VirtualNic
from ringfence.model.network import (
    AccessVlan,
    PrivateVlan,
    PrivateVlanPair,
    Renumbering,
    TrunkVlan,
    VlanRange,
)
from ringfence.model.rules import Chain, PortMatch, Rule
from ringfence.model.snapshot import Snapshot
from ringfence.policy.document import Domain
from ringfence.policy.membership import Membership

SHIFT = 100
DECIDING = ("accept", "drop", "reject")
Change = Callable[[Network, Random], Network]


def rebuilt(record: Any, change: Callable[[Any], Any]) -> Any:
    """Return a record with all records, tuples and texts in it put through ``change``."""
    if isinstance(record, Record):
        fields = {
            name: rebuilt(value, change)
            for name in record.__struct_fields__
            if isinstance(value := getattr(record, name), Record | tuple | str)
        }
        return change(msgspec.structs.replace(record, **fields))
    if isinstance(record, tuple):
        return change(tuple(rebuilt(one, change) for one in record))
    return change(record)


def renamed(case: Network, chance: Random) -> Network:
    """Give machines, NICs, port groups, switches and ports other ids and names."""
    snapshot = case.snapshot
    machines, nics = snapshot.machines, [nic for _, nic in Inventory(snapshot).virtual_nics()]
    named = (*machines, *nics, *snapshot.port_groups, *snapshot.switches, *snapshot.ports)
    labels = [f"{chance.randrange(1 << 30):x}-{number}" for number in range(2 * len(named))]
    names: dict[str, str] = dict(zip((one.id for one in named), labels, strict=False))
    names.update(zip((one.name for one in machines), reversed(labels), strict=False))
    declared = {
        name: device.model_copy(update={"machine": names.get(str(device.machine), device.machine)})
        for name, device in case.policy.devices.items()
    }
    members = tuple(
        replace(
            one,
            attachment=names.get(one.attachment, one.attachment),
            owner=names.get(one.owner, one.owner),
        )
        for one in case.memberships
    )
    return replace(
        case,
        snapshot=rebuilt(snapshot, lambda one: names.get(one, one) if type(one) is str else one),
        policy=case.policy.model_copy(update={"devices": declared}),
        memberships=members,
    )


def reordered(case: Network, chance: Random) -> Network:
    """Put records in another order wherever their order says nothing."""

    def shuffled(record: Any) -> Any:
        names = {
            "Snapshot": ("hosts", "switches", "port_groups", "ports", "machines", "devices"),
            "Host": ("physical_nics", "kernel_interfaces"),
            "VirtualSwitch": ("members", "private_vlans"),
            "SwitchMember": ("uplinks",),
            "Machine": ("nics",),
            "Device": ("interfaces", "chains", "routes", "reverse_path"),
            "Rule": ("conditions",),
        }.get(type(record).__name__, ())
        return _with(record, {name: _shuffled(getattr(record, name), chance) for name in names})

    members = _shuffled(case.memberships, chance)
    return replace(case, snapshot=rebuilt(case.snapshot, shuffled), memberships=members)


def _shuffled(some: Any, chance: Random) -> Any:
    return tuple(chance.sample(some, len(some))) if isinstance(some, tuple) else some


def _with(record: Any, fields: Mapping[str, Any]) -> Any:
    return msgspec.structs.replace(record, **fields) if fields else record


def with_rules(case: Network, change: Callable[[tuple[Rule, ...]], Iterator[Rule]]) -> Network:
    """Change the rules of every chain of a device."""

    def changed(record: Any) -> Any:
        if isinstance(record, Chain):
            return msgspec.structs.replace(record, rules=tuple(change(record.rules)))
        return record

    return replace(case, snapshot=rebuilt(case.snapshot, changed))


def rules_split(case: Network, chance: Random) -> Network:
    """Put before rules what they do for some of their packets already."""

    def split(rules: tuple[Rule, ...]) -> Iterator[Rule]:
        for rule in rules:
            if chance.random() < 0.5:
                narrower = (*rule.conditions, *a_rule(chance, 0).conditions)
                yield msgspec.structs.replace(rule, conditions=narrower)
            yield rule

    return with_rules(case, split)


def ports_split(case: Network, chance: Random) -> Network:
    """Put two rules, with half of a port range each, in the place of one."""

    def split(rules: tuple[Rule, ...]) -> Iterator[Rule]:
        for rule in rules:
            ports = [one for one in rule.conditions if isinstance(one, PortMatch)]
            if not ports or ports[0].negated or rule.action not in DECIDING:
                yield rule
                continue
            for some in (ports[0].ranges[:1], ports[0].ranges[1:]):
                if some:
                    narrower = msgspec.structs.replace(ports[0], ranges=some)
                    others = (one for one in rule.conditions if one is not ports[0])
                    yield msgspec.structs.replace(rule, conditions=(narrower, *others))

    return with_rules(case, split)


def rules_shadowed(case: Network, chance: Random) -> Network:
    """Put behind rules that decide others that nothing can get to."""

    def shadowed(rules: tuple[Rule, ...]) -> Iterator[Rule]:
        for rule in rules:
            yield rule
            if rule.action in DECIDING and chance.random() < 0.5:
                narrower = (*rule.conditions, *a_rule(chance, 0).conditions)
                action = chance.choice(("accept", "drop", "return"))
                yield msgspec.structs.replace(rule, conditions=narrower, action=action)

    return with_rules(case, shadowed)


def rules_exchanged(case: Network, chance: Random) -> Network:
    """Exchange neighbouring rules that decide the same."""

    def exchanged(rules: tuple[Rule, ...]) -> Iterator[Rule]:
        run: list[Rule] = []
        for rule in rules:
            if run and (run[-1].action != rule.action or rule.action not in DECIDING):
                yield from chance.sample(run, len(run))
                run = []
            run.append(rule)
        yield from chance.sample(run, len(run)) if run and run[0].action in DECIDING else run

    return with_rules(case, exchanged)


def vlans_renumbered(case: Network, chance: Random) -> Network:
    """Add to every VLAN's number, wherever one is named."""

    def moved(number: int) -> int:
        return number + SHIFT if 0 < number < 4094 else number

    def changed(record: Any) -> Any:
        match record:
            case AccessVlan():
                return _with(record, {"vlan": moved(record.vlan)})
            case VlanRange():
                return VlanRange(moved(record.first), moved(record.last))
            case TrunkVlan():
                return TrunkVlan(ranges=record.ranges)
            case Renumbering():
                return Renumbering(moved(record.inside), moved(record.outside))
            case PrivateVlan() | PrivateVlanPair():
                secondary = moved(record.secondary)
                return _with(record, {"primary": moved(record.primary), "secondary": secondary})
        return record

    domains = {name: _moved_domain(one, moved) for name, one in case.policy.fabric.domains.items()}
    declared = {
        name: device.model_copy(
            update={
                "interfaces": {
                    each: one.model_copy(update={"vlan": one.vlan and moved(one.vlan)})
                    for each, one in device.interfaces.items()
                }
            }
        )
        for name, device in case.policy.devices.items()
    }
    fabric = case.policy.fabric.model_copy(update={"domains": domains})
    return replace(
        case,
        snapshot=rebuilt(case.snapshot, changed),
        policy=case.policy.model_copy(update={"fabric": fabric, "devices": declared}),
    )


def _moved_domain(domain: Domain, moved: Callable[[int], int]) -> Domain:
    native = moved(domain.native) if isinstance(domain.native, int) else domain.native
    vlans = domain.vlans
    if vlans is not None:
        vlans = ",".join(
            "-".join(str(moved(int(end))) for end in part.split("-")) for part in vlans.split(",")
        )
    return domain.model_copy(update={"native": native, "vlans": vlans})


SAME: dict[str, Change] = {
    "renamed": renamed,
    "records reordered": reordered,
    "rules split": rules_split,
    "ports split": ports_split,
    "shadowed rules": rules_shadowed,
    "rules exchanged": rules_exchanged,
    "VLANs renumbered": vlans_renumbered,
}


def _snapshot_changed(change: Callable[[Snapshot, Random], Snapshot | None]) -> Change:
    def changed(case: Network, chance: Random) -> Network:
        return replace(case, snapshot=change(case.snapshot, chance) or case.snapshot)

    return changed


def nic_added(case: Network, chance: Random) -> Network:
    """Give a machine that is no device one more NIC, on a network of its host, in a zone of it."""
    snapshot = case.snapshot
    of_zone = {one.owner: one.zone for one in case.memberships if one.zone is not None}
    machines = [one for one in snapshot.machines if one.id in of_zone and not one.template]
    if not machines:
        return case
    machine = chance.choice(machines)
    members = Inventory(snapshot).members
    groups = [
        group.id
        for group in snapshot.port_groups
        if group.host in (None, machine.host) and (group.switch, machine.host) in members
    ]
    if not groups:
        return case
    nic = VirtualNic(
        id=f"{machine.id}/added",
        label="NIC added",
        port_group=chance.choice(groups),
        connected=True,
        start_connected=True,
    )
    zone = of_zone[machine.id]
    member = Membership(
        attachment=nic.id,
        owner=machine.id,
        kind="virtual-nic",
        standing="agreed",
        zone=zone,
        network_zones=(zone,) if zone else (),
        machine_zones=(zone,) if zone else (),
    )
    richer = msgspec.structs.replace(machine, nics=(*machine.nics, nic))
    machines = [richer if one is machine else one for one in snapshot.machines]
    return replace(
        case,
        snapshot=msgspec.structs.replace(snapshot, machines=tuple(machines)),
        memberships=(*case.memberships, member),
    )


def capability_added(case: Network, chance: Random) -> Network:
    """Unblock ports, connect NICs, widen trunks, let devices forward."""

    richer: dict[str, dict[str, Any]] = {
        "PortGroup": {"blocked": False},
        "Port": {"blocked": False},
        "VirtualNic": {"connected": True, "start_connected": True},
        "Device": {"forwards": True},
        "Chain": {"policy": "accept"},
    }

    def more(record: Any) -> Any:
        if chance.random() < 0.5:
            return record
        if isinstance(record, TrunkVlan):
            return TrunkVlan(ranges=(*record.ranges, VlanRange(11, 12)))
        return _with(record, richer.get(type(record).__name__, {}))

    return replace(case, snapshot=rebuilt(case.snapshot, more))


MORE: dict[str, Change] = {
    "an uplink": _snapshot_changed(add_uplink),
    "a NIC": nic_added,
    "a capability": capability_added,
}
