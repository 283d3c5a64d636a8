"""The places after an edit: only those are found anew that hang on a record which changed.

What a place sends into and hears hangs on its machine or host, its port group and live port, its
switch's uplinks on that host, the fabric, and the numbers of VLANs in use. The numbers may stay
more than there are: one in which nothing stands any more joins nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

import msgspec

from ringfence.model.changed import NOTHING_CHANGED, TableChange, table_change
from ringfence.model.facts import NotRead
from ringfence.model.inventory import Inventory
from ringfence.model.network import AccessVlan, PrivateVlan, TrunkVlan
from ringfence.reach.interfaces import device_interfaces
from ringfence.reach.layer2 import LayerTwo
from ringfence.reach.places import Places, find_places, places_with

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from ringfence.model.network import SwitchMember, VirtualSwitch
    from ringfence.model.rules import Device
    from ringfence.policy.document import Policy
    from ringfence.reach.attachments import Place

_TABLES: Final = ("hosts", "switches", "port_groups", "ports", "machines", "devices")
_KEPT: Final = (
    "port_groups",
    "switches",
    "ports",
    "port_filters",
    "hosts",
    "members",
    "physical_nics",
)


@dataclass(frozen=True)
class Replaced:
    """The places after an edit, and the ids of those that came, went or are others."""

    places: Places
    ids: frozenset[str]


@dataclass(frozen=True, slots=True)
class _Owners:
    """What has to be found anew, by id."""

    machines: frozenset[str]
    hosts: frozenset[str]
    devices: frozenset[str]


def places_after(earlier: Places, before: Inventory, after: Inventory, policy: Policy) -> Replaced:
    """Return the places of ``after``, which an edit made from ``before``."""
    edit = _Edit(before, after, policy, earlier.layer2)
    owners = None if earlier.lost else edit.owners()
    if owners is None:
        places = find_places(after, policy)
        return Replaced(places, _differing(earlier.by_id, places.by_id))
    if not (owners.machines or owners.hosts or owners.devices):
        return Replaced(earlier, frozenset())
    found = places_with(edit.part(owners), policy, edit.layer2())
    if found.lost:
        places = find_places(after, policy)
        return Replaced(places, _differing(earlier.by_id, places.by_id))
    return _patched(earlier, found, frozenset(edit.places_of(owners, earlier)))


def _differing(old: Mapping[str, Place], new: Mapping[str, Place]) -> frozenset[str]:
    return frozenset(name for name in old.keys() | new.keys() if old.get(name) != new.get(name))


def _patched(earlier: Places, found: Places, old: frozenset[str]) -> Replaced:
    before = {name: earlier.by_id[name] for name in old}
    now = {name: place for name, place in found.by_id.items() if place.kind != "external"}
    differing = _differing(before, now)
    gone = before.keys() - now.keys()
    by_id = earlier.by_id
    if differing:
        by_id = (
            {name: place for name, place in by_id.items() if name not in gone} if gone else by_id
        )
        by_id = {**by_id, **now}
    missing = {name: why for name, why in earlier.missing.items() if name not in old}
    missing.update(found.missing)
    places = replace(earlier, by_id=by_id, missing=missing, layer2=found.layer2)
    owned = dict(earlier.of_owner)
    for owner in {place.owner for place in before.values()}:
        owned[owner] = tuple(one for one in owned[owner] if one.id not in old)
    for owner, several in found.of_owner.items():
        if several[0].kind != "external":
            owned[owner] = (*owned.get(owner, ()), *several)
    vars(places)["of_owner"] = owned
    if replace(found, by_id=before).stages <= found.stages:  # else all are looked at again
        vars(places)["stages"] = earlier.stages | found.stages
    return Replaced(places, differing)


class _Edit:
    """Compares two inventories, table by table."""

    def __init__(
        self, before: Inventory, after: Inventory, policy: Policy, layer2: LayerTwo
    ) -> None:
        self._before = before
        self._after = after
        self._policy = policy
        self._layer2 = layer2
        self._changes: dict[str, TableChange] = {}
        for table in _TABLES:
            old, new = getattr(before.snapshot, table), getattr(after.snapshot, table)
            self._changes[table] = NOTHING_CHANGED if old is new else table_change(old, new)

    def owners(self) -> _Owners | None:
        """Return what has to be found anew, ``None`` where that is everything."""
        if self._touches_all():
            return None
        owners = set(self._changes["machines"].ids) | set(self._changes["hosts"].ids)
        for table in ("port_groups", "ports"):
            for identity in self._changes[table].ids:
                owners |= self._attached(identity)
        for identity, switch in self._changes["switches"].new.items():
            owners |= self._on_switch(self._changes["switches"].old[identity], switch)
        machines = frozenset(one for one in owners if one in self._after.machines) | (
            owners & self._changes["machines"].ids
        )
        devices = frozenset(self._devices(machines))
        return _Owners(machines, frozenset(owners) - machines, devices)

    def _attached(self, where: str) -> frozenset[str]:
        return self._before.attached.get(where, frozenset()) | self._after.attached.get(
            where, frozenset()
        )

    def _touches_all(self) -> bool:
        changes = self._changes
        ports = [one.snapshot.ports for one in (self._before, self._after)]
        if ports[0] is not ports[1] and any(isinstance(one, NotRead) for one in ports):
            return True
        # The VLANs that mirror sessions copy from and into count as used.
        filters, sessions = (
            [getattr(one.snapshot, table) for one in (self._before, self._after)]
            for table in ("port_filters", "mirror_sessions")
        )
        if filters[0] != filters[1] or sessions[0] != sessions[1] or self._at_uplinks():
            return True
        hosts, switches = changes["hosts"], changes["switches"]
        if hosts.old.keys() != hosts.new.keys() or switches.old.keys() != switches.new.keys():
            return True
        if any(_wires(hosts.old[name]) != _wires(one) for name, one in hosts.new.items()):
            return True
        if any(_spreads(switches.old[name], one) for name, one in switches.new.items()):
            return True
        return any(self._opens_vlans(changes[table]) for table in ("port_groups", "ports"))

    def _at_uplinks(self) -> bool:
        """Tell whether a filter at a switch's uplinks may be another."""
        groups, ports = self._changes["port_groups"], self._changes["ports"]
        if any(one.uplink for one in (*groups.old.values(), *groups.new.values())):
            return True
        known = self._after.port_groups
        return any(
            (group := known.get(one.port_group)) is not None and group.uplink
            for one in (*ports.old.values(), *ports.new.values())
        )

    def _opens_vlans(self, change: TableChange) -> bool:
        """Tell whether numbers of VLANs, or private pairs of them, come into use."""
        settings = [one.vlan for one in (*change.old.values(), *change.new.values())]
        if any(isinstance(vlan, PrivateVlan) for vlan in settings):
            return True
        used = {
            number
            for one in change.new.values()
            if not getattr(one, "uplink", False)
            for number in _numbers(one.vlan)
        }
        return not used <= set(self._layer2.vlans.numbers)

    def _on_switch(self, old: VirtualSwitch, new: VirtualSwitch) -> set[str]:
        """Return the owners on the hosts on which a switch has changed, on all if in itself."""
        was, now = _members(old), _members(new)
        hosts = {name for name in was.keys() | now.keys() if was.get(name) != now.get(name)}
        if msgspec.structs.replace(old, members=()) != msgspec.structs.replace(new, members=()):
            hosts |= was.keys() | now.keys()
        owners = {
            owner
            for group in self._after.snapshot.port_groups
            if group.switch == new.id
            for owner in self._attached(group.id)
        }
        machines = self._after.machines
        return {
            owner
            for owner in owners
            if not isinstance(where := _host_of(machines, owner), str) or where in hosts
        }

    def _devices(self, machines: frozenset[str]) -> Iterator[str]:
        old, new = self._before.devices, self._after.devices
        for identity in old.keys() | new.keys():
            was, now = old.get(identity), new.get(identity)
            if was is None or now is None or {was.machine, now.machine} & machines:
                yield identity
            elif was is not now:
                interfaces = self._interfaces(self._before, was)
                if interfaces != self._interfaces(self._after, now):
                    yield identity

    def _interfaces(self, inventory: Inventory, device: Device) -> object:
        declared = self._policy.devices.get(device.id)
        return [*device_interfaces(inventory, device, declared)]

    def layer2(self) -> LayerTwo:
        """Return layer 2 after the edit; nothing that touches all of it has changed.

        Where uplinks lead is known still, unless a switch is another.
        """
        known = self._layer2
        if self._changes["switches"]:
            return LayerTwo(self._after, known.fabric, known.vlans, known.at_present)
        return known.edited(self._after)

    def part(self, owners: _Owners) -> Inventory:
        """Return an inventory that lists only what has to be found anew, and knows the rest."""
        after = self._after
        devices = tuple(
            after.devices[one] for one in sorted(owners.devices) if one in after.devices
        )
        machines = owners.machines | {one.machine for one in devices if one.machine}
        snapshot = msgspec.structs.replace(
            after.snapshot,
            machines=tuple(
                after.machines[one] for one in sorted(machines) if one in after.machines
            ),
            hosts=tuple(after.hosts[one] for one in sorted(owners.hosts) if one in after.hosts),
            devices=devices,
        )
        part = Inventory(snapshot)
        vars(part).update({name: getattr(after, name) for name in _KEPT})
        return part

    def places_of(self, owners: _Owners, earlier: Places) -> Iterator[str]:
        """Yield the ids of the places that those owners had before."""
        devices = [self._before.devices.get(one) for one in owners.devices]
        machines = owners.machines | {one.machine for one in devices if one and one.machine}
        machines |= {
            one.machine
            for one in map(self._after.devices.get, owners.devices)
            if one and one.machine
        }
        for owner in (*machines, *owners.devices):
            yield from (place.id for place in earlier.of_owner.get(owner, ()))
        for identity in owners.hosts:
            host = self._before.hosts[identity]
            interfaces = host.kernel_interfaces
            ids = [f"{identity}/kernel-interfaces"]
            if not isinstance(interfaces, NotRead):
                ids.extend(one.id for one in interfaces)
            yield from (one for one in ids if one in earlier.by_id)


def _wires(host: Any) -> object:
    return host.name, host.physical_nics


def _spreads(old: VirtualSwitch, new: VirtualSwitch) -> bool:
    """Tell whether a change of a switch may touch more than its own ports."""
    if old.private_vlans != new.private_vlans:
        return True
    return any(
        one.forwards_between_uplinks or isinstance(one.members, NotRead) for one in (old, new)
    )


def _members(switch: VirtualSwitch) -> dict[str, SwitchMember]:
    members: Iterable[SwitchMember] = () if isinstance(switch.members, NotRead) else switch.members
    return {one.host: one for one in members}


def _host_of(machines: Mapping[str, Any], owner: str) -> object:
    """Return the host of a machine, or of a host's own interfaces the host itself."""
    machine = machines.get(owner)
    return owner if machine is None else machine.host


def _numbers(vlan: object) -> Iterator[int]:
    match vlan:
        case AccessVlan(vlan=number):
            yield number
        case TrunkVlan(ranges=ranges):
            yield from (one.first for one in ranges)
        case _:
            pass
