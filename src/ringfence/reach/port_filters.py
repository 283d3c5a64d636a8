"""The filters that stand between a place and its switch, found from ports and virtual NICs.

A distributed port has the filter of its port group, or its own; a virtual NIC may have filters
besides, which go with it as far as they are applied. What a place sends, and what it gets, passes
all of them. Places at which the same filters stand are one class, however many they are.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from ringfence.model.facts import Fact, NotRead
from ringfence.model.rules import PortFilter
from ringfence.reach.results import Missing

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ringfence.model.inventory import Inventory
    from ringfence.model.machines import VirtualNic
    from ringfence.model.network import Port, PortGroup
    from ringfence.model.rules import Condition, SwitchFilterRule


@dataclass(frozen=True, slots=True)
class Stage:
    """One filter at a place: of a port group, a live port, or a virtual NIC.

    It is named by the ``table`` of the snapshot and the ``id`` there; without a table, nothing of
    it was read. Where it is not known whether the filter is applied, it is not ``applied``.
    """

    table: str
    id: str
    applied: bool = True


Filtering = tuple[Stage, ...]
"""The filters that what a place sends passes, in this order."""
Filterings = frozenset[Filtering]
"""What stands at a place, one alternative for each spot where it may be."""

UNFILTERED: Final[Filterings] = frozenset({()})
_HOW: Final = "read the filters at virtual NICs and ports too, and collect again"


def read_filter(inventory: Inventory, stage: Stage) -> PortFilter | None:
    """Return what was read of the filter of a stage, ``None`` where nothing was."""
    if stage.table == "port_filters":
        return inventory.port_filters.get(stage.id)
    at: PortGroup | Port | None = None
    if stage.table == "port_groups":
        at = inventory.port_groups.get(stage.id)
    elif stage.table == "ports":
        at = inventory.ports.get(stage.id)
    if at is None:
        return None
    return PortFilter(id=at.id, name=_name(inventory, at), rules=at.filters, reassembles=())


def _name(inventory: Inventory, at: PortGroup | Port) -> str:
    group = inventory.port_groups.get(getattr(at, "port_group", at.id))
    return at.id if group is None else group.name


def filter_conditions(inventory: Inventory) -> Iterator[Condition]:
    """Yield every condition of every rule of a filter."""
    snapshot = inventory.snapshot
    ports = () if isinstance(snapshot.ports, NotRead) else snapshot.ports
    seen: set[int] = set()  # most ports repeat the very rules of others
    for rules in (
        *(group.filters for group in snapshot.port_groups),
        *(port.filters for port in ports),
        *(one.rules for one in snapshot.port_filters),
    ):
        if not isinstance(rules, NotRead) and rules and id(rules) not in seen:
            seen.add(id(rules))
            for rule in rules:
                yield from rule.conditions


def filtered_uplinks(inventory: Inventory) -> frozenset[str]:
    """Return the switches at whose uplinks a filter may stop frames.

    What such a filter stops is not modelled: nothing surely passes there, and anything may.
    """
    groups = {one.id: one for one in inventory.snapshot.port_groups if one.uplink}
    at_groups = {one.switch for one in groups.values() if _may_drop(one.filters)}
    at_ports = {
        one.switch
        for one in inventory.ports.values()
        if one.port_group in groups and _may_drop(one.filters)
    }
    return frozenset(at_groups | at_ports)


def _may_drop(rules: Fact[tuple[SwitchFilterRule, ...]]) -> bool:
    return isinstance(rules, NotRead) or any(rule.action != "accept" for rule in rules)


class PortFilters:
    """Finds the filters at the places of one inventory."""

    def __init__(self, inventory: Inventory) -> None:
        self._inventory = inventory

    def at_port(
        self, group: PortGroup | None, port: Fact[str | None], *, skipped: bool = False
    ) -> Filtering:
        """Return the switch's own filter at a port of a group.

        ``skipped`` tells that it may not be applied, since the port is no software switch's.
        """
        if group is None:
            return ()
        live = self._inventory.ports.get(port) if isinstance(port, str) else None
        stage = None
        if live is not None:
            own = isinstance(live.overridden, NotRead) or "filters" in live.overridden
            if own and live.filters != group.filters:
                if live.filters != ():
                    stage = Stage("ports", live.id, applied=not skipped)
                return () if stage is None else (stage,)
        elif port is not None and group.overrides is not None:
            overrides = group.overrides
            if isinstance(overrides, NotRead) or overrides.filters:
                # A live port that was not read may have a filter of its own, or none.
                return (Stage("", group.id),)
        return () if group.filters == () else (Stage("port_groups", group.id, applied=not skipped),)

    def at_nic(self, nic: VirtualNic, hosts: Iterable[str] | None) -> Filtering:
        """Return the filters at a virtual NIC whose machine may be on any of ``hosts``.

        ``None`` stands for hosts that are not known.
        """
        if nic.port_filters == () and not nic.filters:
            return ()
        if isinstance(nic.port_filters, NotRead):
            return (Stage("", nic.id),)
        stages: list[Stage] = []
        names: set[str] = set()
        where = None if hosts is None else set(hosts)
        for identity in nic.port_filters:
            known = self._inventory.port_filters.get(identity)
            if known is None:
                stages.append(Stage("", identity))
                continue
            names.add(known.name)
            on = known.hosts
            if on is None or (not isinstance(on, NotRead) and where and where <= set(on)):
                stages.append(Stage("port_filters", identity, applied=not nic.sriov))
            elif isinstance(on, NotRead) or (on and where is None) or (where and where & set(on)):
                stages.append(Stage("port_filters", identity, applied=False))
        stages.extend(Stage("", name) for name in nic.filters if name not in names)
        return tuple(stages)

    def missing(self, filtering: Filtering, name: str) -> Iterator[Missing]:
        """Yield what is not known about the filters at the place called ``name``."""
        for stage in filtering:
            known = read_filter(self._inventory, stage)
            if known is None:
                yield Missing(what=f"the filter {stage.id} at {name} was not read", how=_HOW)
            elif isinstance(known.rules, NotRead):
                yield Missing(
                    what=f"the rules of the filter {known.name} at {name} were not read", how=_HOW
                )
            elif not stage.applied:
                yield Missing(
                    what=f"whether the filter {known.name} is applied at {name} is not known",
                    how=_HOW,
                )
