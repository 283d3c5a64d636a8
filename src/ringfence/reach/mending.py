"""Changes that may close the path of a witness, each as small as what is blamed for it."""

from __future__ import annotations

from collections import Counter, defaultdict
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

import msgspec

from ringfence.model.change import Change, difference
from ringfence.model.facts import NotRead
from ringfence.model.network import AccessVlan
from ringfence.model.snapshot import Snapshot

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from ringfence.model.machines import Machine
    from ringfence.model.network import PortGroup, Vlan
    from ringfence.reach.question import Question

_IN_PLACE: Final = frozenset({"agreed", "placement-unchecked", "network-unchecked"})
_VLANS: Final = range(2, 4095)


def set_vlan(group: PortGroup, vlan: Vlan) -> tuple[Change, ...]:
    """Return a port group's change to another VLAN."""
    return _replaced("port_groups", group, msgspec.structs.replace(group, vlan=vlan))


def unused_vlan(question: Question) -> AccessVlan | None:
    """Return the lowest VLAN that no port group has as its own, ``None`` where all are taken."""
    groups = question.inventory.snapshot.port_groups
    used = {one.vlan.vlan for one in groups if isinstance(one.vlan, AccessVlan)}
    free = next((number for number in _VLANS if number not in used), None)
    return None if free is None else AccessVlan(vlan=free)


class Networks:
    """Where the places of each zone stand on each host."""

    def __init__(self, question: Question) -> None:
        self._question = question

    @cached_property
    def _standing(self) -> Mapping[tuple[str, str], Counter[str]]:
        found: defaultdict[tuple[str, str], Counter[str]] = defaultdict(Counter)
        members = self._question.memberships
        for machine, nic in self._question.inventory.virtual_nics():
            member = members.get(nic.id)
            if (
                member is not None
                and member.zone is not None
                and member.standing in _IN_PLACE
                and isinstance(machine.host, str)
                and isinstance(nic.port_group, str)
            ):
                found[machine.host, member.zone][nic.port_group] += 1
        return found

    def reattach(self, nic: str, zone: str) -> tuple[str, tuple[Change, ...]]:
        """Return the network on a virtual NIC's host where most of a zone stand, and the change.

        Nothing is changed, and no network named, where none of the zone stands on that host.
        """
        inventory = self._question.inventory
        place = self._question.places.by_id.get(nic)
        machine = None if place is None else inventory.machines.get(place.owner)
        if machine is None or not isinstance(machine.host, str):
            return "", ()
        standing = self._standing.get((machine.host, zone))
        if not standing:
            return "", ()
        group = min(standing, key=lambda one: (-standing[one], one))
        changes = _with_nic(machine, nic, port_group=group, port=None)
        return inventory.port_groups[group].name, changes


def _with_nic(machine: Machine, nic: str, **parts: Any) -> tuple[Change, ...]:
    if isinstance(machine.nics, NotRead):
        return ()
    nics = tuple(
        msgspec.structs.replace(one, **parts) if one.id == nic else one for one in machine.nics
    )
    return _replaced("machines", machine, msgspec.structs.replace(machine, nics=nics))


def without_passthrough(question: Question, device: str) -> tuple[Change, ...]:
    """Return the removal of a physical device from its machine."""
    for machine in question.inventory.snapshot.machines:
        given = machine.passthrough
        if not isinstance(given, NotRead) and any(one.id == device for one in given):
            left = tuple(one for one in given if one.id != device)
            after = msgspec.structs.replace(machine, passthrough=left)
            return _replaced("machines", machine, after)
    return ()


def without_rule(
    question: Question, device: str, chain: str, number: int, text: str
) -> tuple[Change, ...]:
    """Return the removal of a rule of a device, where number and text tell which one it is."""
    record = question.inventory.devices.get(device)
    if record is None or isinstance(record.chains, NotRead):
        return ()
    named = [
        one
        for one in record.chains
        if one.name == chain and any(_is(rule, number, text) for rule in one.rules)
    ]
    if len(named) != 1:
        return ()
    left = tuple(rule for rule in named[0].rules if not _is(rule, number, text))
    after = msgspec.structs.replace(named[0], rules=left)
    chains = tuple(after if one is named[0] else one for one in record.chains)
    return _replaced("devices", record, msgspec.structs.replace(record, chains=chains))


def dropping(question: Question, device: str, chain: str) -> tuple[Change, ...]:
    """Return the change of a device's chain to refuse what no rule of it accepts."""
    record = question.inventory.devices.get(device)
    if record is None or isinstance(record.chains, NotRead):
        return ()
    chains = tuple(
        msgspec.structs.replace(one, policy="drop")
        if one.name == chain and one.hook is not None
        else one
        for one in record.chains
    )
    return _replaced("devices", record, msgspec.structs.replace(record, chains=chains))


def without_filter_rule(
    question: Question, group: str, name: str, number: int, text: str
) -> tuple[Change, ...]:
    """Return the removal of a rule of a filter at ports: of a virtual NIC's, or a port group's."""
    snapshot = question.inventory.snapshot
    filters = [("port_filters", "rules", one) for one in snapshot.port_filters if one.name == name]
    groups = [("port_groups", "filters", one) for one in snapshot.port_groups if one.id == group]
    found = [
        (table, field, record)
        for table, field, record in (*filters, *groups)
        if not isinstance(rules := getattr(record, field), NotRead)
        and any(_is(rule, number, text) for rule in rules)
    ]
    if len(found) != 1:
        return ()
    table, field, record = found[0]
    left = tuple(rule for rule in getattr(record, field) if not _is(rule, number, text))
    return _replaced(table, record, msgspec.structs.replace(record, **{field: left}))


def _is(rule: Any, number: int, text: str) -> bool:
    return bool(rule.number == number and rule.text == text)


def _replaced(table: str, before: Any, after: Any) -> tuple[Change, ...]:
    """Return the changes from one record of a table to another."""
    return difference(_only(table, (before,)), _only(table, (after,)))


def _only(table: str, records: Iterable[Any]) -> Snapshot:
    return msgspec.structs.replace(Snapshot(sources=()), **{table: tuple(records)})
