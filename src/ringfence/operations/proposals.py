"""Proposed edits in words, as the options of ``what-if`` take them, made to a snapshot."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeVar

import msgspec

from ringfence.foundation.errors import UsageError
from ringfence.foundation.text import close_match, listed
from ringfence.model.change import Change, apply, difference
from ringfence.model.facts import NotRead
from ringfence.model.hosts import Host
from ringfence.model.inventory import Inventory
from ringfence.model.machines import Machine, VirtualNic
from ringfence.model.network import (
    AccessVlan,
    NoVlan,
    PortGroup,
    SwitchMember,
    Teaming,
    TrunkVlan,
    UplinkBinding,
    VirtualSwitch,
    Vlan,
    VlanRange,
)
from ringfence.model.rules import Chain, Device, Rule
from ringfence.model.snapshot import Snapshot
from ringfence.operations import filter_rules
from ringfence.operations.rule_words import rule_of
from ringfence.policy.document import Policy
from ringfence.reach.moving import group_on, moved

R = TypeVar("R")
_HIGHEST_VLAN: Final = 4094
_EVERY_VLAN: Final = "4095"


@dataclass(frozen=True)
class Proposal:
    """What is proposed: words of each option, changes of a file, or a whole other snapshot."""

    set_vlan: tuple[str, ...] = ()
    attach: tuple[str, ...] = ()
    move: tuple[str, ...] = ()
    remove_rule: tuple[str, ...] = ()
    insert_rule: tuple[str, ...] = ()
    add_uplink: tuple[str, ...] = ()
    changes: Path | None = None


def proposed(proposal: Proposal, snapshot: Snapshot, policy: Policy) -> tuple[Change, ...]:
    """Return a proposal as changes of the snapshot.

    Raises ``UsageError`` where words name nothing that is there, ``ChangeRefusedError`` where
    the changes of a file do not fit the snapshot.
    """
    after = snapshot
    if proposal.changes is not None:
        after = apply(after, _changes_in(proposal.changes))
    edits: tuple[tuple[Iterable[str], Callable[[Inventory, str], Snapshot]], ...] = (
        (proposal.set_vlan, _set_vlan),
        (proposal.add_uplink, _add_uplink),
        (proposal.move, _move),
        (proposal.attach, _attach),
        (proposal.remove_rule, _remove_rule),
        (proposal.insert_rule, lambda inventory, text: _insert_rule(inventory, text, policy)),
    )
    for texts, edit in edits:
        for text in texts:
            after = edit(Inventory(after), text)
    changes = difference(snapshot, after)
    if not changes:
        message = "Nothing is proposed that is not so already."
        raise UsageError(
            message, "Name an edit, as --set-vlan DMZ-100=120, or a snapshot with --to."
        )
    return changes


def _changes_in(path: Path) -> tuple[Change, ...]:
    try:
        content = path.read_bytes()
    except OSError as error:
        message = f"{path} cannot be read: {error.strerror}."
        raise UsageError(message, "Name a file with changes as JSON.") from error
    try:
        return msgspec.json.decode(content, type=tuple[Change, ...])
    except msgspec.DecodeError as error:
        message = f"{path} holds no list of changes: {error}."
        raise UsageError(message, "'ringfence diff --json' shows how one is written.") from error


def _halves(text: str, shape: str) -> tuple[str, str]:
    """Return what stands before and after the last "=" of ``text``, which has to have ``shape``."""
    name, equals, value = text.rpartition("=")
    if not equals or not name.strip() or not value.strip():
        raise UsageError(f"{text!r} is no edit.", f"Write it as {shape}.")
    return name.strip(), value.strip()


def _named(what: str, name: str, named: Mapping[str, R]) -> R:
    found = named.get(name)
    if found is not None:
        return found
    near = close_match(name, named)
    advice = f"Did you mean {near!r}?" if near else f"There are {listed(sorted(named), most=20)}."
    raise UsageError(f"There is no {what} {name!r}.", advice)


def _host(inventory: Inventory, name: str) -> Host:
    """Return the host of that name, whole or up to its first dot."""
    hosts = inventory.snapshot.hosts
    named = {host.name.partition(".")[0]: host for host in hosts}
    return _named("host", name, named | {host.name: host for host in hosts})


def _machine(inventory: Inventory, name: str) -> Machine:
    return _named("machine", name, {one.name: one for one in inventory.snapshot.machines})


def _put(snapshot: Snapshot, table: str, record: Any) -> Snapshot:
    records = getattr(snapshot, table)
    changed = tuple(record if one.id == record.id else one for one in records)
    return msgspec.structs.replace(snapshot, **{table: changed})


def _set_vlan(inventory: Inventory, text: str) -> Snapshot:
    where, vlan = _halves(text, "PORTGROUP=VLAN or PORTGROUP@HOST=VLAN")
    named = {group.name: group for group in inventory.snapshot.port_groups}
    name, at, host_name = where.rpartition("@")
    if where in named or not at:
        name, host = where, None
    else:
        host = _host(inventory, host_name)
    _named("port group", name, named)
    snapshot, found = inventory.snapshot, False
    for group in inventory.snapshot.port_groups:
        if group.name == name and host in (None, inventory.hosts.get(group.host or "")):
            found = True
            changed = msgspec.structs.replace(group, vlan=_vlan(vlan))
            snapshot = _put(snapshot, "port_groups", changed)
    if not found:
        message = f"{name!r} is no port group of {host_name} alone."
        raise UsageError(
            message, "A distributed port group is the same on each host: name no host."
        )
    return snapshot


def _vlan(text: str) -> Vlan:
    """Return ``0``, ``120``, ``4095`` or ``trunk 10-20,30`` as a setting."""
    ranges = text.removeprefix("trunk").strip()
    if text.startswith("trunk") or text == _EVERY_VLAN:
        whole = f"0-{_HIGHEST_VLAN}" if text == _EVERY_VLAN or not ranges else ranges
        return TrunkVlan(ranges=tuple(_range(part) for part in whole.split(",")))
    number = _range(text)
    if number.first != number.last:
        raise UsageError(f"{text!r} is no VLAN.", "Several are written as 'trunk 10-20'.")
    return AccessVlan(vlan=number.first) if number.first else NoVlan()


def _range(text: str) -> VlanRange:
    first, dash, last = text.strip().partition("-")
    numbers = [first, last if dash else first]
    if all(one.isascii() and one.isdigit() and int(one) <= _HIGHEST_VLAN for one in numbers):
        return VlanRange(int(numbers[0]), int(numbers[1]))
    raise UsageError(f"{text!r} is no VLAN.", "VLANs are 0 to 4094, or 'trunk 10-20,30'.")


def _attach(inventory: Inventory, text: str) -> Snapshot:
    where, network = _halves(text, "MACHINE:'Network adapter 1'=PORTGROUP")
    name, colon, label = where.partition(":")
    machine = _machine(inventory, name)
    if isinstance(machine.nics, NotRead) or not colon:
        message = f"Which virtual NIC of {name} is meant is not known."
        raise UsageError(message, "Write it as MACHINE:'Network adapter 1'=PORTGROUP.")
    nic = _named(f"virtual NIC of {name}", label, {one.label: one for one in machine.nics})
    group = _group_for(inventory, machine, network)
    changed = msgspec.structs.replace(
        nic, port_group=group.id, port=None, connected=True, start_connected=True
    )
    nics: tuple[VirtualNic, ...] = tuple(
        changed if one.id == nic.id else one for one in machine.nics
    )
    return _put(inventory.snapshot, "machines", msgspec.structs.replace(machine, nics=nics))


def _group_for(inventory: Inventory, machine: Machine, name: str) -> PortGroup:
    """Return the port group of that name on the host where a machine is."""
    groups = [one for one in inventory.snapshot.port_groups if one.name == name]
    _named("port group", name, {one.name: one for one in inventory.snapshot.port_groups})
    host = machine.host
    if isinstance(host, str):
        groups = [one for one in groups if group_on(inventory, one, host) is one]
    if len(groups) == 1:
        return groups[0]
    where = inventory.host_name(host) if isinstance(host, str) else "an unknown host"
    message = f"{machine.name} runs on {where}, which has {len(groups)} port groups {name!r}."
    raise UsageError(message, "Name a port group that its host has.")


def _move(inventory: Inventory, text: str) -> Snapshot:
    name, host = _halves(text, "MACHINE=HOST")
    target = _host(inventory, host)
    there = moved(inventory, _machine(inventory, name), target.id).machine
    return _put(inventory.snapshot, "machines", there)


def _chain(inventory: Inventory, text: str) -> tuple[Device, Chain, int]:
    device_name, _, rest = text.partition(":")
    chain_name, _, number = rest.rpartition(":")
    devices = {one.id: one for one in inventory.snapshot.devices}
    device = _named("device", device_name, {one.name: one for one in devices.values()} | devices)
    chains = () if isinstance(device.chains, NotRead) else device.chains
    named = {one.name: one for one in chains} | {one.id: one for one in chains}
    chain = _named(f"chain of {device_name}", chain_name, named)
    if not (number.isascii() and number.isdigit()):
        raise UsageError(f"{number!r} is no number of a rule.", "Write DEVICE:CHAIN:NUMBER.")
    return device, chain, int(number)


def _with_rules(
    snapshot: Snapshot, device: Device, chain: Chain, rules: Iterable[Rule]
) -> Snapshot:
    changed = msgspec.structs.replace(chain, rules=tuple(rules))
    chains = () if isinstance(device.chains, NotRead) else device.chains
    together = tuple(changed if one.id == chain.id else one for one in chains)
    return _put(snapshot, "devices", msgspec.structs.replace(device, chains=together))


def _remove_rule(inventory: Inventory, text: str) -> Snapshot:
    if text.startswith(filter_rules.PREFIX):
        return filter_rules.without_rule(inventory, text)
    device, chain, number = _chain(inventory, text)
    _require_rule(chain, number)
    rest = (rule for rule in chain.rules if rule.number != number)
    return _with_rules(inventory.snapshot, device, chain, rest)


def _insert_rule(inventory: Inventory, text: str, policy: Policy) -> Snapshot:
    """Insert a rule before the one of that number, or after the last for one more than it."""
    where, words = _halves(text, "DEVICE:CHAIN:NUMBER=accept tcp/443 from 10.0.0.0/8")
    if where.startswith(filter_rules.PREFIX):
        return filter_rules.with_rule(inventory, where, words, policy)
    device, chain, number = _chain(inventory, where)
    last = max((rule.number for rule in chain.rules), default=0)
    rule = rule_of(words, last + 1, policy)
    if number == last + 1:
        return _with_rules(inventory.snapshot, device, chain, (*chain.rules, rule))
    _require_rule(chain, number)
    index = [one.number for one in chain.rules].index(number)
    rules = (*chain.rules[:index], rule, *chain.rules[index:])
    return _with_rules(inventory.snapshot, device, chain, rules)


def _require_rule(chain: Chain, number: int) -> None:
    numbers = [rule.number for rule in chain.rules]
    if number not in numbers:
        raise UsageError(
            f"The chain {chain.name} has no rule {number}.",
            f"Its rules are {listed(map(str, numbers), most=20) or 'none'}.",
        )


def _add_uplink(inventory: Inventory, text: str) -> Snapshot:
    """Give a switch of a host one more physical NIC, in use wherever nothing else was set."""
    where, nic_name = _halves(text, "HOST/SWITCH=vmnic4")
    host_name, _, switch_name = where.partition("/")
    host = _host(inventory, host_name)
    nics = () if isinstance(host.physical_nics, NotRead) else host.physical_nics
    nic = _named(f"physical NIC of {host_name}", nic_name, {one.name: one for one in nics})
    switches = {
        switch.name: (switch, inventory.members[switch.id, host.id])
        for switch in inventory.snapshot.switches
        if (switch.id, host.id) in inventory.members
    }
    switch, member = _named(f"switch on {host_name}", switch_name, switches)
    if isinstance(member.uplinks, NotRead):
        raise UsageError(f"The uplinks of {switch_name} were not read.", "Collect again.")
    name = _free_uplink(switch, member.uplinks, nic.name)
    uplinks = (*member.uplinks, UplinkBinding(name=name, physical_nics=(nic.id,)))
    snapshot = _put(inventory.snapshot, "switches", _with_member(switch, member, uplinks, name))
    for group in inventory.snapshot.port_groups:
        if group.switch == switch.id and _inherits(group, switch):
            changed = msgspec.structs.replace(group, teaming=_using(group.teaming, name))
            snapshot = _put(snapshot, "port_groups", changed)
    return snapshot


def _free_uplink(switch: VirtualSwitch, uplinks: tuple[UplinkBinding, ...], nic: str) -> str:
    """Return the first uplink of a distributed switch without a NIC, else the NIC's own name."""
    taken = {one.name for one in uplinks}
    names = () if isinstance(switch.uplink_names, NotRead) else switch.uplink_names
    free = [one for one in names if one not in taken]
    return free[0] if free and switch.kind == "distributed" else nic


def _with_member(
    switch: VirtualSwitch, member: SwitchMember, uplinks: tuple[UplinkBinding, ...], name: str
) -> VirtualSwitch:
    changed = msgspec.structs.replace(member, uplinks=uplinks)
    members = () if isinstance(switch.members, NotRead) else switch.members
    together = tuple(changed if one.host == member.host else one for one in members)
    teaming = switch.teaming
    return msgspec.structs.replace(switch, members=together, teaming=_using(teaming, name))


def _inherits(group: PortGroup, switch: VirtualSwitch) -> bool:
    return isinstance(group.teaming, Teaming) and group.teaming.origin == switch.id


def _using(teaming: Any, name: str) -> Any:
    """Return a teaming that uses an uplink too; what names none uses every one already."""
    if not isinstance(teaming, Teaming) or name in (*teaming.active, *teaming.standby):
        return teaming
    return msgspec.structs.replace(teaming, active=(*teaming.active, name))
