"""The filters between places and their switches: what surely stands there, and what it may let by.

A filter that was not read, or that may not be applied, stops nothing here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from ringfence.certificate.devices import put_together
from ringfence.certificate.matches import Passage
from ringfence.certificate.rules import Rules
from ringfence.model.facts import Fact, NotRead
from ringfence.model.rules import Chain, PortFilter, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ringfence.certificate.diagram import Diagrams
    from ringfence.model.inventory import Inventory
    from ringfence.model.machines import VirtualNic
    from ringfence.model.network import PortGroup
    from ringfence.model.rules import SwitchFilterRule

Filters = tuple[str, ...]
"""Names of the filters at a place; those of switches begin with ``switch:``."""
Way = Literal["in", "out"]


class PortFilters:
    """Finds the filters at the places of one inventory; ``known`` are those found, by name."""

    def __init__(self, inventory: Inventory) -> None:
        self._inventory = inventory
        self.known: dict[str, PortFilter] = {}

    def at(
        self, group: PortGroup | None, port: Fact[str | None], nic: VirtualNic | None, host: str
    ) -> Filters:
        """Return what surely stands at a place on a port of a group, or at a NIC without one."""
        if nic is not None and nic.sriov:
            return ()
        found = [] if nic is None else list(self._of_nic(nic, host))
        if group is not None:
            found.extend(self._of_port(group, port))
        return tuple(found)

    def _of_port(self, group: PortGroup, port: Fact[str | None]) -> Iterator[str]:
        rules, name = group.filters, group.id
        live = self._inventory.ports.get(port) if isinstance(port, str) else None
        if live is not None:
            if isinstance(live.overridden, NotRead) or "filters" in live.overridden:
                rules, name = live.filters, live.id
        elif port is not None and group.overrides is not None:
            may = group.overrides
            if isinstance(may, NotRead) or may.filters:
                return
        if not isinstance(rules, NotRead) and rules:
            yield self._noted(
                f"switch:{name}", PortFilter(id=name, name=name, rules=rules, reassembles=())
            )

    def _of_nic(self, nic: VirtualNic, host: str) -> Iterator[str]:
        for name in () if isinstance(nic.port_filters, NotRead) else nic.port_filters:
            one = self._inventory.port_filters.get(name)
            if one is None or isinstance(one.rules, NotRead) or isinstance(one.hosts, NotRead):
                continue
            if one.hosts is None or host in one.hosts:
                yield self._noted(name, one)

    def _noted(self, name: str, one: PortFilter) -> str:
        self.known[name] = one
        return name


class Passing:
    """The headers that filters let by, whatever is not modelled; ``known`` are all of them.

    Where ``answering``, a filter that keeps connections also takes any answer to what it may have
    let by the other way.
    """

    def __init__(self, diagrams: Diagrams, known: dict[str, PortFilter]) -> None:
        self._diagrams = diagrams
        self._known = known
        self._sets: dict[tuple[str, Way], int] = {}
        self.keeps_connections = any(one.stateful for one in known.values())

    def sending(self, filters: Filters, *, answering: bool = False) -> int:
        """Return what may get from a place into its switch."""
        return self._through(filters, "in", answering=answering)

    def receiving(self, filters: Filters, *, answering: bool = False) -> int:
        """Return what may get from its switch to a place."""
        return self._through(filters, "out", answering=answering)

    def _through(self, filters: Filters, way: Way, *, answering: bool) -> int:
        diagrams = self._diagrams
        passing = diagrams.everything
        for name in filters:
            here = self._of(name, way)
            if answering and self._known[name].stateful:
                other = self._of(name, "out" if way == "in" else "in")
                here = diagrams.either(here, diagrams.answers(other))
            passing = diagrams.both(passing, here)
        return passing

    def _of(self, name: str, way: Way) -> int:
        found = self._sets.get((name, way))
        if found is None:
            one = self._known[name]
            chain = _chain(one, way, () if isinstance(one.rules, NotRead) else one.rules)
            rules = Rules(self._diagrams, (chain,), self._diagrams.everything)
            accepted = rules.accepted(("forward",), Passage(None, None, "new"))
            found = put_together(self._diagrams, accepted, one.reassembles)
            self._sets[name, way] = found
        return found


def _chain(one: PortFilter, way: Way, rules: tuple[SwitchFilterRule, ...]) -> Chain:
    return Chain(
        id=one.id,
        name=one.name,
        hook="forward",
        policy=one.sending if way == "in" else one.receiving,
        rules=tuple(
            Rule(number=each.number, text=each.text, conditions=each.conditions, action=each.action)
            for each in rules
            if each.direction != ("out" if way == "in" else "in")
        ),
    )
