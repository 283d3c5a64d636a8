"""What hidden facts may have been: snapshots that agree with everything that is still read."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice, product
from math import prod
from random import Random
from typing import Any

import msgspec

from generated.hidden import HIDDEN
from generated.rules import chains
from generated.switching import COMMUNITY, ISOLATED, PRIVATE
from generated.universe import ROUTES_4
from ringfence.model.facts import Record
from ringfence.model.inventory import Inventory
from ringfence.model.network import (
    AccessVlan,
    NoVlan,
    PortOverrides,
    PrivateVlan,
    Teaming,
    TrunkVlan,
    UplinkBinding,
    Vlan,
    VlanRange,
)
from ringfence.model.rules import Route
from ringfence.model.snapshot import Snapshot

SETTINGS: tuple[Vlan, ...] = (
    NoVlan(),
    *(AccessVlan(vlan=number) for number in (10, 11, 12)),
    TrunkVlan(ranges=(VlanRange(10, 11),)),
    TrunkVlan(ranges=(VlanRange(10, 4094),)),
    PrivateVlan(primary=10, secondary=10, kind="promiscuous"),
    PrivateVlan(primary=10, secondary=COMMUNITY, kind="community"),
    PrivateVlan(primary=10, secondary=ISOLATED, kind="isolated"),
)
TEAMINGS = (
    None,
    Teaming(policy="loadbalance_srcid", active=("uplink1",), standby=()),
    Teaming(policy="loadbalance_srcid", active=("uplink2",), standby=("uplink1",)),
    Teaming(policy="loadbalance_srcid", active=(), standby=()),
)


@dataclass(frozen=True)
class _Hidden:
    """A hidden field of a record: where it is, and what it may be, the truth first."""

    path: tuple[int | str, ...]
    values: tuple[Any, ...]


def completions(truth: Snapshot, poorer: Snapshot, chance: Random, most: int) -> Iterator[Snapshot]:
    """Yield what the truth may have been for all that ``poorer`` says: all, or ``most`` of them.

    Domains of fields are small, and every value agrees with what is read besides.
    """
    hidden = [
        _Hidden(path, values)
        for path, before, record in _slots(truth, poorer, (), None)
        if len(values := tuple(_values(truth, poorer, path, before, record, chance))) > 1
    ]
    if prod(len(one.values) for one in hidden) <= most:
        chosen: Iterator[tuple[Any, ...]] = product(*(one.values for one in hidden))
    else:
        chosen = (tuple(chance.choice(one.values) for one in hidden) for _ in range(most))
    for values in islice(chosen, most):
        completed = truth
        for one, value in zip(hidden, values, strict=True):
            completed = _put(completed, one.path, value)
        yield completed


def _slots(
    truth: Any, poorer: Any, path: tuple[int | str, ...], record: Any
) -> Iterator[tuple[tuple[int | str, ...], Any, Any]]:
    """Yield the path of each hidden field, what it was, and the record that it belongs to."""
    if poorer == HIDDEN and truth != HIDDEN:
        yield path, truth, record
    elif isinstance(truth, Record):
        for name in truth.__struct_fields__:
            yield from _slots(getattr(truth, name), getattr(poorer, name), (*path, name), truth)
    elif isinstance(truth, tuple) and isinstance(poorer, tuple):
        for number, (one, other) in enumerate(zip(truth, poorer, strict=True)):
            if isinstance(one, Record):
                yield from _slots(one, other, (*path, number), record)


def _put(record: Any, path: tuple[int | str, ...], value: Any) -> Any:
    if not path:
        return value
    first, rest = path[0], path[1:]
    if isinstance(first, int):
        return (*record[:first], _put(record[first], rest, value), *record[first + 1 :])
    return msgspec.structs.replace(record, **{first: _put(getattr(record, first), rest, value)})


def _values(
    truth: Snapshot,
    poorer: Snapshot,
    path: tuple[int | str, ...],
    before: Any,
    record: Any,
    chance: Random,
) -> Iterator[Any]:
    """Yield what a hidden field may be, the truth first."""
    yield before
    if isinstance(before, bool):
        # A port that does not override its group is blocked where the group is.
        if path[0] != "ports" or "blocked" in record.overridden:
            yield not before
        return
    others = _OTHERS.get((type(record).__name__, str(path[-1])))
    if others is not None:
        for value in others(_Around(truth, poorer, path, record, chance)):
            if value != before:
                yield value


@dataclass(frozen=True)
class _Around:
    """What stands around a hidden field."""

    truth: Snapshot
    poorer: Snapshot
    path: tuple[int | str, ...]
    record: Any
    chance: Random

    @property
    def inventory(self) -> Inventory:
        return Inventory(self.truth)

    def outer(self, snapshot: Snapshot, levels: int) -> Any:
        """Return the record that holds this one, so many steps of the path further out."""
        found: Any = snapshot
        for step in self.path[:-levels]:
            found = found[step] if isinstance(step, int) else getattr(found, step)
        return found


def _port_groups(around: _Around) -> Iterator[Any]:
    """Yield other networks of a NIC, where no port that was read says which it is on."""
    read = around.outer(around.poorer, 1)
    if around.record.port is not None and read.port != HIDDEN:
        return
    if around.record.port is not None and isinstance(around.poorer.ports, tuple):
        # Its port names it as connected, so that its network shows there.
        return
    owner = around.outer(around.truth, 3)
    host = getattr(owner, "host", owner.id)
    inventory = around.inventory
    yield None
    for group in around.truth.port_groups:
        if group.host in (None, host) and (group.switch, host) in inventory.members:
            yield group.id


def _ports(around: _Around) -> Iterator[Any]:
    yield None


def _hosts(around: _Around) -> Iterator[Any]:
    """Yield other hosts on which a machine's networks are, as far as ports tell."""
    inventory = around.inventory
    for host in inventory.hosts:
        groups = [inventory.port_groups.get(str(nic.port_group)) for nic in around.record.nics]
        fits = all(
            group is None
            or (group.host in (None, host) and (group.switch, host) in inventory.members)
            for group in groups
        )
        moored = any(nic.port is not None for nic in around.record.nics)
        if fits and not moored and not around.record.passthrough:
            yield host


def _uplinks(around: _Around) -> Iterator[Any]:
    """Yield fewer uplinks, and one more by any NIC of the host."""
    yield ()
    yield around.record.uplinks[:1]
    for nic in around.inventory.hosts[around.record.host].physical_nics:
        yield (*around.record.uplinks, UplinkBinding(name="uplink2", physical_nics=(nic.id,)))


def _members(around: _Around) -> Iterator[Any]:
    """Yield members with fewer uplinks."""
    members = around.record.members
    yield tuple(msgspec.structs.replace(one, uplinks=()) for one in members)
    yield tuple(msgspec.structs.replace(one, uplinks=one.uplinks[:1]) for one in members)


def _nics(around: _Around) -> Iterator[Any]:
    """Yield the physical NICs with each other's names, which say where they lead."""
    nics = around.record.physical_nics
    names = [nic.name for nic in nics]
    for shift in range(1, len(nics)):
        turned = (*names[shift:], *names[:shift])
        yield tuple(
            msgspec.structs.replace(nic, name=name) for nic, name in zip(nics, turned, strict=True)
        )


def _overrides(around: _Around) -> Iterator[Any]:
    """Yield that ports may not set a VLAN of their own, where none does."""
    ports = around.truth.ports if isinstance(around.truth.ports, tuple) else ()
    used = {name for one in ports if one.port_group == around.record.id for name in one.overridden}
    if isinstance(around.record.overrides, PortOverrides):
        for vlan in {True, "vlan" in used}:
            yield msgspec.structs.replace(around.record.overrides, vlan=vlan)


def _overridden(around: _Around) -> Iterator[Any]:
    """Yield that the port keeps to its group, where what was read of it does."""
    group = around.inventory.port_groups[around.record.port_group]
    read = around.outer(around.poorer, 1)
    if read.vlan in (HIDDEN, group.vlan):
        others = tuple(name for name in around.record.overridden if name != "vlan")
        yield (*others, "vlan") if getattr(group.overrides, "vlan", False) else others


def _group_vlans(around: _Around) -> Iterator[Any]:
    """Yield other VLANs of a group, where no port that keeps to it shows which it is."""
    ports = around.truth.ports if isinstance(around.truth.ports, tuple) else ()
    if all("vlan" in one.overridden for one in ports if one.port_group == around.record.id):
        yield from SETTINGS


def _port_vlans(around: _Around) -> Iterator[Any]:
    if "vlan" in around.record.overridden:
        yield from SETTINGS


def _chains(around: _Around) -> Iterator[Any]:
    yield ()
    names = [one.name for one in around.record.interfaces]
    for _ in range(3):
        yield chains(around.chance, names, modelled=True)


def _routes(around: _Around) -> Iterator[Any]:
    yield ()
    for one in around.record.interfaces:
        yield (Route(destination="0.0.0.0/0", interface=one.name),)
        yield (
            *(around.record.routes or ()),
            Route(destination=around.chance.choice(ROUTES_4), interface=one.name),
        )


def _filtering(around: _Around) -> Iterator[Any]:
    names = tuple(one.name for one in around.record.interfaces)
    yield ()
    yield names
    yield names[:1]


def _interfaces(around: _Around) -> Iterator[Any]:
    """Yield interfaces with other addresses."""
    for texts in _addresses(around):
        yield tuple(
            msgspec.structs.replace(one, addresses=texts if number == 0 else one.addresses)
            for number, one in enumerate(around.record.interfaces)
        )


def _addresses(_: _Around) -> Iterator[tuple[str, ...]]:
    yield ()
    yield ("10.0.1.10/24",)
    yield ("10.0.2.10/24", "fd00:1::10/64")


def _physical_nics(around: _Around) -> Iterator[Any]:
    host = around.outer(around.truth, 3).host
    yield None
    yield from (nic.id for nic in around.inventory.hosts[host].physical_nics)


_OTHERS: dict[tuple[str, str], Callable[[_Around], Iterator[Any]]] = {
    ("Host", "physical_nics"): _nics,
    ("VirtualSwitch", "members"): _members,
    ("VirtualSwitch", "private_vlans"): lambda _: iter(((), PRIVATE)),
    ("SwitchMember", "uplinks"): _uplinks,
    ("PortGroup", "vlan"): _group_vlans,
    ("PortGroup", "teaming"): lambda _: iter(TEAMINGS),
    ("PortGroup", "overrides"): _overrides,
    ("Port", "overridden"): _overridden,
    ("Port", "vlan"): _port_vlans,
    ("Machine", "host"): _hosts,
    ("VirtualNic", "port_group"): _port_groups,
    ("VirtualNic", "port"): _ports,
    ("KernelInterface", "port_group"): _port_groups,
    ("PassthroughDevice", "physical_nic"): _physical_nics,
    ("Device", "interfaces"): _interfaces,
    ("Device", "chains"): _chains,
    ("Device", "routes"): _routes,
    ("Device", "reverse_path"): _filtering,
    ("Device", "reassembles"): lambda _: iter(((), (4, 6), (4,))),
    ("PortFilter", "reassembles"): lambda _: iter(((), (4, 6), (4,))),
    ("DeviceInterface", "addresses"): _addresses,
}
