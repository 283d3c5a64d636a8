"""A network that fails made smaller: whatever can go while it still fails goes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from typing import Any

import msgspec

from generated.network import Network
from ringfence.model.facts import NotRead, Record
from ringfence.model.inventory import Inventory

Fails = Callable[[Network], bool]


def smallest(network: Network, fails: Fails) -> Network:
    """Return a part of the network that still fails, from which nothing more can be taken."""
    smaller = True
    while smaller:
        smaller = False
        for candidate in _without_one(network):
            if fails(candidate):
                network, smaller = candidate, True
                break
    return network


def _without_one(network: Network) -> Iterator[Network]:
    yield from _fewer_headers(network)
    for device in network.policy.devices:
        yield _without_device(network, device)
    before = _dangling(network)
    for snapshot in _smaller(network.snapshot):
        smaller = replace(network, snapshot=snapshot)
        # A reference to what is gone would be another failure, of its own kind.
        if _dangling(smaller) <= before:
            yield smaller


def _dangling(network: Network) -> set[str]:
    """Return the ids that are referred to and are not there."""
    snapshot = network.snapshot
    inventory = Inventory(snapshot)
    attached = [nic for _, nic in inventory.virtual_nics()]
    places = [*attached, *(interface for _, interface in inventory.kernel_interfaces())]
    ports = () if isinstance(snapshot.ports, NotRead) else snapshot.ports
    wanted = {
        *(("group", place.port_group) for place in places),
        *(("port", place.port) for place in places),
        *(("switch", each.switch) for each in (*snapshot.port_groups, *ports)),
        *(("host", machine.host) for machine in snapshot.machines),
        *(("member", key) for key in _members_needed(inventory)),
        *(("device", name) for name in network.policy.devices),
        *(("nic", wired.nic) for wired in network.wiring.interfaces),
        *(("interface", (wired.device, wired.name)) for wired in network.wiring.interfaces),
    }
    there = {
        *(("group", name) for name in inventory.port_groups),
        *(("port", name) for name in inventory.ports),
        *(("switch", name) for name in inventory.switches),
        *(("host", name) for name in inventory.hosts),
        *(("member", key) for key in inventory.members),
        *(("device", name) for name in inventory.devices),
        *(("nic", nic.id) for nic in attached),
        *(("interface", key) for key in _interfaces(inventory)),
    }
    return {str(each) for each in wanted - there if isinstance(each[1], str | tuple)}


def _interfaces(inventory: Inventory) -> Iterator[tuple[str, str]]:
    for device in inventory.devices.values():
        if not isinstance(device.interfaces, NotRead):
            for interface in device.interfaces:
                yield device.id, interface.name


def _members_needed(inventory: Inventory) -> Iterator[tuple[str, str]]:
    for machine, nic in inventory.virtual_nics():
        group = inventory.port_groups.get(str(nic.port_group))
        if group is not None and isinstance(machine.host, str):
            yield group.switch, machine.host


def _fewer_headers(network: Network) -> Iterator[Network]:
    universe = network.universe
    if len(universe) > 1:
        middle = len(universe) // 2
        yield replace(network, universe=universe[:middle])
        yield replace(network, universe=universe[middle:])


def _without_device(network: Network, device: str) -> Network:
    others = {name: each for name, each in network.policy.devices.items() if name != device}
    devices = tuple(each for each in network.snapshot.devices if each.id != device)
    interfaces = tuple(each for each in network.wiring.interfaces if each.device != device)
    return replace(
        network,
        policy=network.policy.model_copy(update={"devices": others}),
        snapshot=msgspec.structs.replace(network.snapshot, devices=devices),
        wiring=replace(network.wiring, interfaces=interfaces),
    )


def _smaller(record: Any) -> Iterator[Any]:
    """Yield a record with one element less somewhere in it."""
    for field in msgspec.structs.fields(record):
        if field.name == "sources":
            continue
        value = getattr(record, field.name)
        if isinstance(value, tuple):
            for less in _fewer(value):
                yield from _replaced(record, field.name, less)
        elif isinstance(value, Record):
            for less in _smaller(value):
                yield from _replaced(record, field.name, less)


def _replaced(record: Any, field: str, value: Any) -> Iterator[Any]:
    """Yield the record with another value, if it can be without what was taken from it."""
    with suppress(ValueError):
        yield msgspec.structs.replace(record, **{field: value})


def _fewer(items: tuple[Any, ...]) -> Iterator[tuple[Any, ...]]:
    for number, item in enumerate(items):
        yield items[:number] + items[number + 1 :]
        if isinstance(item, Record):
            for less in _smaller(item):
                yield (*items[:number], less, *items[number + 1 :])
