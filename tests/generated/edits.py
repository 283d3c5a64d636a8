"""One edit of a generated network, of each kind that a what-if takes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from random import Random
from typing import Any

import msgspec

from generated.network import INTERNAL, Network
from generated.rules import a_rule, filter_rules
from generated.switching import VLANS
from ringfence.model.facts import NotRead
from ringfence.model.inventory import Inventory
from ringfence.model.network import AccessVlan, NoVlan, Teaming, UplinkBinding
from ringfence.model.rules import (
    AddressMatch,
    Chain,
    NumberRange,
    PortMatch,
    Route,
    Rule,
    SwitchFilterRule,
)
from ringfence.model.snapshot import Snapshot
from ringfence.policy.membership import Membership
from ringfence.reach.moving import group_on, moved

Edit = Callable[[Snapshot, Random], Snapshot | None]


def edited(case: Network, chance: Random) -> tuple[str, Network]:
    """Return the kind of an edit and the network after it."""
    kinds = list(KINDS)
    chance.shuffle(kinds)
    for kind in kinds:
        snapshot = KINDS[kind](case.snapshot, chance)
        if snapshot is not None and snapshot != case.snapshot:
            return kind, with_zones(replace(case, snapshot=snapshot), chance)
    return "none", case


def with_zones(case: Network, chance: Random) -> Network:
    """Say of every place that has a network that it is in some zone now, by chance.

    This may matter for what had no network before only: an edit changes nobody's zone.
    """
    known = {one.attachment: one for one in case.memberships}
    kernel = [one for one in case.memberships if one.kind == "kernel-interface"]
    members = [
        known.get(nic.id) or _unplaced(nic.id, machine.id)
        for machine, nic in Inventory(case.snapshot).virtual_nics()
    ]
    attached = {nic.id: nic.port_group for _, nic in Inventory(case.snapshot).virtual_nics()}
    placed = (
        replace(one, standing="agreed", zone=chance.choice(INTERNAL))
        if one.zone is not None or attached.get(one.attachment) is not None
        else one
        for one in (*kernel, *members)
    )
    return replace(case, memberships=tuple(sorted(placed, key=lambda one: one.attachment)))


def _unplaced(attachment: str, owner: str) -> Membership:
    return Membership(
        attachment=attachment,
        owner=owner,
        kind="virtual-nic",
        standing="detached",
        zone=None,
        network_zones=(),
        machine_zones=(),
    )


def _any_of(snapshot: Snapshot, table: str, chance: Random) -> Any:
    records = getattr(snapshot, table)
    return chance.choice(records) if records else None


def _put(snapshot: Snapshot, table: str, record: Any) -> Snapshot:
    records = getattr(snapshot, table)
    changed = tuple(record if one.id == record.id else one for one in records)
    return msgspec.structs.replace(snapshot, **{table: changed})


def _with(record: Any, **fields: Any) -> Any:
    return msgspec.structs.replace(record, **fields)


def set_vlan(snapshot: Snapshot, chance: Random) -> Snapshot | None:
    """Give a port group another VLAN."""
    group = _any_of(snapshot, "port_groups", chance)
    if group is None:
        return None
    vlan = chance.choice((NoVlan(), *(AccessVlan(vlan=number) for number in VLANS)))
    return _put(snapshot, "port_groups", _with(group, vlan=vlan))


def _with_nic(snapshot: Snapshot, chance: Random, change: Callable[[Any], Any]) -> Snapshot | None:
    machine = _any_of(snapshot, "machines", chance)
    if machine is None or isinstance(machine.nics, NotRead) or not machine.nics:
        return None
    which = chance.randrange(len(machine.nics))
    nics = tuple(change(nic) if number == which else nic for number, nic in enumerate(machine.nics))
    return _put(snapshot, "machines", _with(machine, nics=nics))


def attach(snapshot: Snapshot, chance: Random) -> Snapshot | None:
    """Attach a virtual NIC to another port group of its host, not on a known port of it."""
    machine = _any_of(snapshot, "machines", chance)
    if machine is None or not machine.nics:
        return None
    groups = [
        there.id
        for group in snapshot.port_groups
        if (there := group_on(Inventory(snapshot), group, machine.host)) is group
    ]
    if not groups:
        return None
    which, group = chance.randrange(len(machine.nics)), chance.choice(groups)
    nics = list(machine.nics)
    nics[which] = _with(nics[which], port_group=group, port=None)
    return _put(snapshot, "machines", _with(machine, nics=tuple(nics)))


def connect(snapshot: Snapshot, chance: Random) -> Snapshot | None:
    """Flip whether a virtual NIC is connected."""

    def flipped(nic: Any) -> Any:
        connected = nic.connected is not True
        return _with(nic, connected=connected, start_connected=connected)

    return _with_nic(snapshot, chance, flipped)


def move(snapshot: Snapshot, chance: Random) -> Snapshot | None:
    """Let a machine run on another host."""
    machine = _any_of(snapshot, "machines", chance)
    if machine is None:
        return None
    host = _any_of(snapshot, "hosts", chance).id
    return _put(snapshot, "machines", moved(Inventory(snapshot), machine, host).machine)


def _with_rules(
    snapshot: Snapshot, chance: Random, change: Callable[[tuple[Rule, ...]], Iterator[Rule]]
) -> Snapshot | None:
    device = _any_of(snapshot, "devices", chance)
    if device is None or isinstance(device.chains, NotRead) or not device.chains:
        return None
    which = chance.randrange(len(device.chains))
    chains: list[Chain] = list(device.chains)
    chains[which] = _with(chains[which], rules=tuple(change(chains[which].rules)))
    return _put(snapshot, "devices", _with(device, chains=tuple(chains)))


def remove_rule(snapshot: Snapshot, chance: Random) -> Snapshot | None:
    """Delete a rule of a device."""

    def fewer(rules: tuple[Rule, ...]) -> Iterator[Rule]:
        which = chance.randrange(max(1, len(rules)))
        yield from (*rules[:which], *rules[which + 1 :])

    return _with_rules(snapshot, chance, fewer)


def insert_rule(snapshot: Snapshot, chance: Random) -> Snapshot | None:
    """Put a rule somewhere into a chain."""

    def more(rules: tuple[Rule, ...]) -> Iterator[Rule]:
        which = chance.randint(0, len(rules))
        rule = a_rule(chance, len(rules) + 1)
        yield from (*rules[:which], rule, *rules[which:])

    return _with_rules(snapshot, chance, more)


def _with_filter(
    snapshot: Snapshot,
    chance: Random,
    change: Callable[[tuple[SwitchFilterRule, ...]], tuple[SwitchFilterRule, ...]],
) -> Snapshot | None:
    table, field = chance.choice((("port_filters", "rules"), ("port_groups", "filters")))
    at = _any_of(snapshot, table, chance)
    rules = None if at is None else getattr(at, field)
    if rules is None or isinstance(rules, NotRead):
        return None
    return _put(snapshot, table, _with(at, **{field: change(rules)}))


def remove_filter_rule(snapshot: Snapshot, chance: Random) -> Snapshot | None:
    """Delete a rule of a filter at a port or virtual NIC."""
    return _with_filter(snapshot, chance, lambda rules: rules[1:])


def insert_filter_rule(snapshot: Snapshot, chance: Random) -> Snapshot | None:
    """Put a rule before the others of a filter."""
    rule = filter_rules(chance, modelled=True)[0]
    return _with_filter(snapshot, chance, lambda rules: (_with(rule, number=99), *rules))


def change_rule(snapshot: Snapshot, chance: Random) -> Snapshot | None:
    """Put another rule in the place of one, or give one another action."""

    def changed(rules: tuple[Rule, ...]) -> Iterator[Rule]:
        which = chance.randrange(max(1, len(rules)))
        for index, rule in enumerate(rules):
            if index != which:
                yield rule
            elif chance.random() < 0.5 and rule.action in ("accept", "drop"):
                yield _with(rule, action="drop" if rule.action == "accept" else "accept")
            else:
                yield a_rule(chance, rule.number)

    return _with_rules(snapshot, chance, changed)


def move_rule(snapshot: Snapshot, chance: Random) -> Snapshot | None:
    """Put a rule in another place of its chain."""

    def moved_rules(rules: tuple[Rule, ...]) -> Iterator[Rule]:
        order = list(rules)
        if order:
            rule = order.pop(chance.randrange(len(order)))
            order.insert(chance.randint(0, len(order)), rule)
        yield from order

    return _with_rules(snapshot, chance, moved_rules)


def new_endpoint(snapshot: Snapshot, chance: Random) -> Snapshot | None:
    """Put a rule first that compares an address or a port with what nothing else names."""

    def more(rules: tuple[Rule, ...]) -> Iterator[Rule]:
        side: Any = chance.choice(("source", "destination"))
        first = chance.randrange(1 << 16)
        address = f"10.{chance.choice((1, 2))}.{chance.randrange(256)}.{chance.randrange(256)}"
        condition = chance.choice(
            (
                AddressMatch(side=side, ranges=(address,)),
                AddressMatch(side=side, ranges=(f"2001:db8::{first:x}",)),
                PortMatch(side=side, ranges=(NumberRange(first, min(65535, first + 7)),)),
            )
        )
        action: Any = chance.choice(("accept", "drop"))
        yield Rule(number=len(rules) + 1, text=action, conditions=(condition,), action=action)
        yield from rules

    return _with_rules(snapshot, chance, more)


def set_route(snapshot: Snapshot, chance: Random) -> Snapshot | None:
    """Take a route away, send it elsewhere, or add a more exact one."""
    device = _any_of(snapshot, "devices", chance)
    if device is None or isinstance(device.routes, NotRead) or not device.routes:
        return None
    routes: list[Route] = list(device.routes)
    which = chance.randrange(len(routes))
    other = chance.choice([one.interface for one in routes])
    match chance.randrange(3):
        case 0:
            routes.pop(which)
        case 1:
            routes[which] = _with(routes[which], interface=other)
        case _:
            destination = f"10.{chance.choice((1, 2))}.{chance.randrange(256)}.0/24"
            routes.append(Route(destination=destination, interface=other))
    return _put(snapshot, "devices", _with(device, routes=tuple(routes)))


def set_teaming(snapshot: Snapshot, chance: Random) -> Snapshot | None:
    """Let a port group use some of its switch's uplinks only."""
    group = _any_of(snapshot, "port_groups", chance)
    if group is None:
        return None
    switch = next((one for one in snapshot.switches if one.id == group.switch), None)
    members = () if switch is None or isinstance(switch.members, NotRead) else switch.members
    names = sorted(
        {
            uplink.name
            for member in members
            if not isinstance(member.uplinks, NotRead)
            for uplink in member.uplinks
        }
    )
    active = tuple(name for name in names if chance.random() < 0.5)
    teaming = Teaming(policy="failover_explicit", active=active)
    return _put(snapshot, "port_groups", _with(group, teaming=teaming))


def add_machine(snapshot: Snapshot, chance: Random) -> Snapshot | None:
    """Let there be one more machine, like another."""
    machine = _any_of(snapshot, "machines", chance)
    if machine is None or isinstance(machine.nics, NotRead):
        return None
    identity = f"{machine.id}-copy{chance.randrange(1000)}"
    nics = tuple(
        _with(nic, id=f"{identity}/{number}", mac=f"00:50:56:ff:{number:02x}:01", port=None)
        for number, nic in enumerate(machine.nics)
    )
    passthrough = () if isinstance(machine.passthrough, tuple) else machine.passthrough
    copy = _with(machine, id=identity, name=identity, nics=nics, passthrough=passthrough)
    machines = tuple(sorted((*snapshot.machines, copy), key=lambda one: one.id))
    return _with(snapshot, machines=machines)


def remove_machine(snapshot: Snapshot, chance: Random) -> Snapshot | None:
    """Take a machine away that is no device."""
    machine = _any_of(snapshot, "machines", chance)
    if machine is None or machine.id in {device.machine for device in snapshot.devices}:
        return None
    rest = tuple(one for one in snapshot.machines if one is not machine)
    return _with(snapshot, machines=rest)


def candidate(snapshot: Snapshot, chance: Random) -> Snapshot | None:
    """Make several edits at once, as another whole snapshot may hold them."""
    kinds = [kind for name, kind in KINDS.items() if name != "candidate"]
    for kind in chance.sample(kinds, 3):
        snapshot = kind(snapshot, chance) or snapshot
    # What is read anew is made of other records, equal or not.
    return msgspec.json.decode(msgspec.json.encode(snapshot), type=Snapshot)


def add_uplink(snapshot: Snapshot, chance: Random) -> Snapshot | None:
    """Give a switch one more uplink on a host, with any physical NIC of the host, in use."""
    switch = _any_of(snapshot, "switches", chance)
    if switch is None or isinstance(switch.members, NotRead) or not switch.members:
        return None
    which = chance.randrange(len(switch.members))
    member = switch.members[which]
    host = next(one for one in snapshot.hosts if one.id == member.host)
    if isinstance(host.physical_nics, NotRead) or isinstance(member.uplinks, NotRead):
        return None
    nic = chance.choice(host.physical_nics)
    binding = UplinkBinding(name="uplink9", physical_nics=(nic.id,))
    members = list(switch.members)
    members[which] = _with(member, uplinks=(*member.uplinks, binding))
    snapshot = _put(snapshot, "switches", _with(switch, members=tuple(members)))
    for group in snapshot.port_groups:
        if group.switch == switch.id and isinstance(group.teaming, Teaming):
            teaming = _with(group.teaming, standby=(*group.teaming.standby, "uplink9"))
            snapshot = _put(snapshot, "port_groups", _with(group, teaming=teaming))
    return snapshot


KINDS: dict[str, Edit] = {
    "set-vlan": set_vlan,
    "attach": attach,
    "connect": connect,
    "move": move,
    "remove-rule": remove_rule,
    "insert-rule": insert_rule,
    "add-uplink": add_uplink,
    "remove-filter-rule": remove_filter_rule,
    "insert-filter-rule": insert_filter_rule,
    "change-rule": change_rule,
    "move-rule": move_rule,
    "new-endpoint": new_endpoint,
    "set-route": set_route,
    "set-teaming": set_teaming,
    "add-machine": add_machine,
    "remove-machine": remove_machine,
    "candidate": candidate,
}
WHOLE = frozenset({"add-machine", "remove-machine", "candidate"})
"""The kinds that bring or take whole objects: a certificate's core names properties of objects."""
