"""Filters at ports and virtual NICs of a generated network, made by chance."""

from __future__ import annotations

from random import Random
from typing import Any

import msgspec

from generated.rules import filter_rules
from ringfence.model.facts import NOT_COLLECTED, NotRead
from ringfence.model.machines import Machine, VirtualNic
from ringfence.model.network import Port, PortGroup
from ringfence.model.rules import PortFilter
from ringfence.model.snapshot import Snapshot


def with_filters(snapshot: Snapshot, chance: Random, *, exact: bool) -> Snapshot:
    """Return the snapshot, or one of the same with filters at some ports and NICs."""
    if chance.random() < 0.4:
        return snapshot
    filters = tuple(
        _filter(f"filter-{number}", snapshot, chance, exact=exact)
        for number in range(chance.randint(1, 2))
    )
    groups = tuple(_at_group(group, chance, exact=exact) for group in snapshot.port_groups)
    by_id = {group.id: group for group in groups}
    ports = () if isinstance(snapshot.ports, NotRead) else snapshot.ports
    return msgspec.structs.replace(
        snapshot,
        port_filters=filters,
        port_groups=groups,
        ports=tuple(_at_port(port, by_id[port.port_group], chance, exact=exact) for port in ports),
        machines=tuple(_at_nics(one, filters, chance, exact=exact) for one in snapshot.machines),
    )


def _filter(identity: str, snapshot: Snapshot, chance: Random, *, exact: bool) -> PortFilter:
    hosts = tuple(host.id for host in snapshot.hosts if chance.random() < 0.6)
    return PortFilter(
        id=identity,
        name=identity,
        rules=NOT_COLLECTED if _rarely(chance, exact) else filter_rules(chance, modelled=exact),
        sending=chance.choice(("accept", "accept", "drop")),
        receiving=chance.choice(("accept", "accept", "drop")),
        stateful=chance.random() < 0.3,
        reassembles=chance.choice(((), (4, 6), (4,))),
        hosts=None if chance.random() < 0.6 else hosts,
    )


def _rarely(chance: Random, exact: bool) -> bool:
    return not exact and chance.random() < 0.12


def _at_group(group: PortGroup, chance: Random, *, exact: bool) -> PortGroup:
    # What a filter at uplinks stops is not modelled.
    if group.host is not None or (exact and group.uplink):
        return group
    changes: dict[str, Any] = {}
    if chance.random() < 0.4:
        rules = filter_rules(chance, modelled=exact)
        changes["filters"] = NOT_COLLECTED if _rarely(chance, exact) else rules
    if group.overrides is not None and not isinstance(group.overrides, NotRead):
        may = chance.random() < 0.5
        changes["overrides"] = msgspec.structs.replace(group.overrides, filters=may)
    return msgspec.structs.replace(group, **changes)


def _at_port(port: Port, group: PortGroup, chance: Random, *, exact: bool) -> Port:
    overrides = group.overrides
    may = overrides is not None and not isinstance(overrides, NotRead) and overrides.filters
    if not may or isinstance(port.overridden, NotRead) or chance.random() < 0.5:
        return msgspec.structs.replace(port, filters=group.filters)
    own = filter_rules(chance, modelled=exact)
    return msgspec.structs.replace(port, filters=own, overridden=(*port.overridden, "filters"))


def _at_nics(
    machine: Machine, filters: tuple[PortFilter, ...], chance: Random, *, exact: bool
) -> Machine:
    if isinstance(machine.nics, NotRead):
        return machine
    nics = tuple(_at_nic(nic, filters, chance, exact=exact) for nic in machine.nics)
    return msgspec.structs.replace(machine, nics=nics)


def _at_nic(
    nic: VirtualNic, filters: tuple[PortFilter, ...], chance: Random, *, exact: bool
) -> VirtualNic:
    some = chance.sample(filters, chance.choice((0, 0, 1, 1, 2)) % (len(filters) + 1))
    identities = [one.id for one in some]
    if _rarely(chance, exact):
        identities.append("filter-nobody-read")
    return msgspec.structs.replace(
        nic,
        port_filters=NOT_COLLECTED if _rarely(chance, exact) else tuple(identities),
        filters=("third-party",) if _rarely(chance, exact) else (),
        sriov=_rarely(chance, exact),
    )
