"""The slips that may happen to a configuration: a fixed grammar, each an edit of one thing.

An existing VLAN or network is put in the place of another; a virtual NIC is connected; a port
group becomes a trunk; a rule of a device or of a filter at a port is deleted, exchanged with the
next, or widened; an uplink is added.
Anybody could write a rule that permits everything: that is no slip.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from ipaddress import ip_network
from typing import TYPE_CHECKING, Final, Literal, get_args

import msgspec

from ringfence.model.facts import NotRead
from ringfence.model.network import (
    AccessVlan,
    Teaming,
    TrunkVlan,
    UplinkBinding,
    VlanRange,
    vlan_of,
)
from ringfence.model.rules import AddressMatch
from ringfence.reach.moving import group_on

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from ringfence.model.facts import Record
    from ringfence.model.hosts import PhysicalNic
    from ringfence.model.inventory import Inventory
    from ringfence.model.machines import Machine, VirtualNic
    from ringfence.model.network import PortGroup, SwitchMember, VirtualSwitch
    from ringfence.model.rules import Chain, Condition, Device, Rule, SwitchFilterRule
    from ringfence.model.snapshot import Snapshot
    from ringfence.policy.membership import Membership

SlipKind = Literal[
    "vlan",  # a port group gets the VLAN of another
    "trunk",  # a port group carries every VLAN
    "network",  # a virtual NIC is attached to another network of its host
    "connected",  # a virtual NIC that is disconnected is connected
    "rule-deleted",
    "rule-moved",  # a rule changes places with the next
    "rule-widened",  # an address of a rule becomes the next larger one of its device, or any
    "uplink",  # a physical NIC that no switch uses becomes an uplink
]
KINDS: Final[tuple[SlipKind, ...]] = get_args(SlipKind)


@dataclass(frozen=True)
class Slip:
    """One slip: what an operator would say of it, and one record put in the place of another.

    ``along`` are records of the same kind of thing that change with it: port groups that inherit.

    ``count`` says for how many alike it stands: machines of one zone on one network of one host.
    """

    kind: SlipKind
    says: str
    table: str
    record: Record
    count: int = 1
    along: tuple[PortGroup, ...] = ()

    def applied(self, snapshot: Snapshot) -> Snapshot:
        """Return the snapshot after the slip."""
        changed = _put(snapshot, self.table, (self.record,))
        return _put(changed, "port_groups", self.along) if self.along else changed


def _put(snapshot: Snapshot, table: str, changed: Iterable[Record]) -> Snapshot:
    new = {identity_of(one): one for one in changed}
    records = tuple(new.get(one.id, one) for one in getattr(snapshot, table))
    return msgspec.structs.replace(snapshot, **{table: records})


def identity_of(record: Record) -> str:
    """Return the id of a record of a table; every one of them has one."""
    return str(getattr(record, "id"))  # noqa: B009 (the base of records declares none)


def slips(inventory: Inventory, memberships: Mapping[str, Membership]) -> tuple[Slip, ...]:
    """Return every slip of the grammar, those that are alike as one."""
    return (
        *_vlans(inventory),
        *_nics(inventory, memberships),
        *(one for device in inventory.snapshot.devices for one in _rules(device)),
        *_filter_rules(inventory),
        *_uplinks(inventory),
    )


def _vlans(inventory: Inventory) -> Iterator[Slip]:
    groups = [one for one in inventory.snapshot.port_groups if not one.uplink]
    used = sorted({one.vlan.vlan for one in groups if isinstance(one.vlan, AccessVlan)})
    every = TrunkVlan(ranges=(VlanRange(0, 4094),))
    for group in groups:
        host = inventory.hosts.get(group.host or "")
        name = group.name if host is None else f"{group.name} on {host.name}"
        for vlan in used:
            if group.vlan != AccessVlan(vlan=vlan):
                changed = msgspec.structs.replace(group, vlan=AccessVlan(vlan=vlan))
                says = f"{name} gets VLAN {vlan} in place of {vlan_of(group.vlan)}"
                yield Slip("vlan", says, "port_groups", changed)
        if group.vlan != every:
            changed = msgspec.structs.replace(group, vlan=every)
            yield Slip("trunk", f"{name} carries every VLAN", "port_groups", changed)


def _nics(inventory: Inventory, memberships: Mapping[str, Membership]) -> Iterator[Slip]:
    alike: defaultdict[object, list[tuple[Machine, VirtualNic]]] = defaultdict(list)
    devices = {device.machine for device in inventory.snapshot.devices}
    for machine, nic in inventory.virtual_nics():
        if machine.template is True or not isinstance(machine.host, str):
            continue
        member = memberships.get(nic.id)
        zone = None if member is None else member.zone
        alone = nic.id if machine.id in devices or len(machine.nics) > 1 else None  # type: ignore[arg-type]  # it was read
        connected = True in (nic.connected, nic.start_connected)
        key = (machine.host, str(nic.port_group), zone, alone, connected)
        alike[key].append((machine, nic))
    for same in alike.values():
        machine, nic = same[0]
        yield from _of_nic(inventory, machine, nic, len(same))


def _of_nic(inventory: Inventory, machine: Machine, nic: VirtualNic, count: int) -> Iterator[Slip]:
    name = f"{nic.label} of {machine.name}"
    for group in inventory.snapshot.port_groups:
        here = group_on(inventory, group, str(machine.host)) is group
        if here and not group.uplink and group.id != nic.port_group:
            changed = msgspec.structs.replace(
                nic, port_group=group.id, port=None, connected=True, start_connected=True
            )
            says = f"{name} is attached to {group.name}"
            yield Slip("network", says, "machines", _with_nic(machine, changed), count)
    if nic.connected is False and nic.start_connected is not True:
        changed = msgspec.structs.replace(nic, connected=True, start_connected=True)
        says = f"{name} is connected"
        yield Slip("connected", says, "machines", _with_nic(machine, changed), count)


def _with_nic(machine: Machine, nic: VirtualNic) -> Machine:
    nics = () if isinstance(machine.nics, NotRead) else machine.nics
    changed = tuple(nic if one.id == nic.id else one for one in nics)
    return msgspec.structs.replace(machine, nics=changed)


def _rules(device: Device) -> Iterator[Slip]:
    chains = () if isinstance(device.chains, NotRead) else device.chains
    ranges = {
        text
        for chain in chains
        for rule in chain.rules
        for one in rule.conditions
        if isinstance(one, AddressMatch)
        for text in one.ranges
    }
    for chain in chains:
        rules = chain.rules
        for index, rule in enumerate(rules):
            name = f"rule {rule.number} of {device.name} {chain.name}"
            deleted = (*rules[:index], *rules[index + 1 :])
            yield _ruled(device, chain, "rule-deleted", f"{name} is deleted", deleted)
            if index + 1 < len(rules):
                moved = (*rules[:index], rules[index + 1], rule, *rules[index + 2 :])
                says = f"{name} changes places with the next"
                yield _ruled(device, chain, "rule-moved", says, moved)
            for conditions, says in _widened(rule.conditions, ranges):
                wider = msgspec.structs.replace(rule, conditions=conditions)
                changed = (*rules[:index], wider, *rules[index + 1 :])
                yield _ruled(device, chain, "rule-widened", f"{name} holds for {says}", changed)


def _filter_rules(inventory: Inventory) -> Iterator[Slip]:
    """Yield the slips of the rules of filters at virtual NICs and distributed port groups."""
    snapshot = inventory.snapshot
    for table, field, records in (
        ("port_filters", "rules", snapshot.port_filters),
        ("port_groups", "filters", snapshot.port_groups),
    ):
        for record in records:
            rules = getattr(record, field)
            for kind, says, changed in () if isinstance(rules, NotRead) else _of_filter(rules):
                text = f"rule {says[0]} of the filter {record.name} {says[1]}"
                yield Slip(kind, text, table, msgspec.structs.replace(record, **{field: changed}))


def _of_filter(
    rules: tuple[SwitchFilterRule, ...],
) -> Iterator[tuple[SlipKind, tuple[int, str], tuple[SwitchFilterRule, ...]]]:
    ranges = {
        text
        for rule in rules
        for one in rule.conditions
        if isinstance(one, AddressMatch)
        for text in one.ranges
    }
    for index, rule in enumerate(rules):
        before, after = rules[:index], rules[index + 1 :]
        yield "rule-deleted", (rule.number, "is deleted"), (*before, *after)
        if after:
            moved = (*before, after[0], rule, *after[1:])
            yield "rule-moved", (rule.number, "changes places with the next"), moved
        for conditions, says in _widened(rule.conditions, ranges):
            wider = msgspec.structs.replace(rule, conditions=conditions)
            yield "rule-widened", (rule.number, f"holds for {says}"), (*before, wider, *after)


def _ruled(
    device: Device, chain: Chain, kind: SlipKind, says: str, rules: tuple[Rule, ...]
) -> Slip:
    changed = msgspec.structs.replace(chain, rules=rules)
    chains = () if isinstance(device.chains, NotRead) else device.chains
    together = tuple(changed if one is chain else one for one in chains)
    return Slip(kind, says, "devices", msgspec.structs.replace(device, chains=together))


def _widened(
    given: tuple[Condition, ...], ranges: Iterable[str]
) -> Iterator[tuple[tuple[Condition, ...], str]]:
    """Yield conditions with one address made the next larger one that is known."""
    for number, condition in enumerate(given):
        if not isinstance(condition, AddressMatch) or condition.negated:
            continue
        wider = _larger(condition, ranges)
        changed: Condition = msgspec.structs.replace(condition, ranges=(wider,))
        yield (*given[:number], changed, *given[number + 1 :]), f"{condition.side} {wider}"


def _larger(condition: AddressMatch, ranges: Iterable[str]) -> str:
    whole = "::/0" if any(":" in text for text in condition.ranges) else "0.0.0.0/0"
    if len(condition.ranges) != 1 or "-" in condition.ranges[0]:
        return whole
    network = ip_network(condition.ranges[0], strict=False)
    larger = [
        other
        for other in (ip_network(text, strict=False) for text in ranges if "-" not in text)
        if other.version == network.version and other != network and other.supernet_of(network)  # type: ignore[arg-type]  # both are of one version
    ]
    return str(max(larger, key=lambda one: one.prefixlen, default=whole))


def _uplinks(inventory: Inventory) -> Iterator[Slip]:
    taken = {
        nic
        for member in inventory.members.values()
        if not isinstance(member.uplinks, NotRead)
        for uplink in member.uplinks
        for nic in uplink.physical_nics
    }
    for (switch_id, host), member in inventory.members.items():
        switch = inventory.switches[switch_id]
        physical = inventory.hosts[host].physical_nics if host in inventory.hosts else ()
        if isinstance(physical, NotRead) or isinstance(member.uplinks, NotRead):
            continue
        for nic in physical:
            if nic.id not in taken:
                yield _uplink(inventory, switch, member, nic)


def _uplink(
    inventory: Inventory, switch: VirtualSwitch, member: SwitchMember, nic: PhysicalNic
) -> Slip:
    """Return the slip of one more uplink, active wherever the teaming is the switch's own."""
    bindings = () if isinstance(member.uplinks, NotRead) else member.uplinks
    more = (*bindings, UplinkBinding(name=nic.name, physical_nics=(nic.id,)))
    widened = msgspec.structs.replace(member, uplinks=more)
    members = () if isinstance(switch.members, NotRead) else switch.members
    together = tuple(widened if one is member else one for one in members)
    along = tuple(
        msgspec.structs.replace(
            group,
            teaming=msgspec.structs.replace(
                group.teaming, active=(*group.teaming.active, nic.name)
            ),
        )
        for group in inventory.snapshot.port_groups
        if group.switch == switch.id
        and isinstance(group.teaming, Teaming)
        and group.teaming.origin != group.id
    )
    return Slip(
        "uplink",
        f"{nic.name} becomes an uplink of {switch.name} on {inventory.hosts[member.host].name}",
        "switches",
        msgspec.structs.replace(switch, members=together),
        along=along,
    )
