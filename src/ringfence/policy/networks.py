"""What the ``networks`` of the zones say of a place: by port group, VLAN, switch, and prefix.

Of prefixes the longest wins, for each family. An address that a guest reports of itself is the
attacker's to choose: it can contradict another statement, but never decides a zone alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from ringfence.model.facts import Fact, NotRead
from ringfence.model.inventory import Inventory
from ringfence.model.network import (
    AccessVlan,
    NoVlan,
    PortGroup,
    PrivateVlan,
    TrunkVlan,
    Vlan,
    VlanRange,
    vlan_of,
)
from ringfence.policy.document import NetworkSelector, Policy
from ringfence.policy.selectors import (
    Matcher,
    Prefix,
    address_prefix,
    in_ranges,
    interface_address,
    matcher,
    vlan_ranges,
)
from ringfence.policy.statements import Match, Statement, selector_text, statement, unread


@dataclass(frozen=True, slots=True)
class _Selector:
    """A selector of networks, its texts understood."""

    zone: str
    text: str
    name: Matcher | None
    switch: Matcher | None
    vlans: tuple[VlanRange, ...] | None
    prefix: Prefix | None


def _compiled(zone: str, selector: NetworkSelector) -> _Selector:
    return _Selector(
        zone,
        selector_text(selector),
        None if selector.name is None else matcher(selector.name),
        None if selector.switch is None else matcher(selector.switch),
        None if selector.vlan is None else vlan_ranges(selector.vlan),
        None if selector.prefix is None else address_prefix(selector.prefix),
    )


@dataclass(slots=True)
class NetworkStatements:
    """Says where places are: the ``networks`` of every zone, each port group asked once."""

    policy: Policy
    inventory: Inventory
    _selectors: list[_Selector] = field(init=False)
    _found: dict[object, tuple[tuple[_Selector, Match], ...]] = field(init=False)
    _fixed: dict[object, Statement] = field(init=False)

    def __post_init__(self) -> None:
        self._selectors = [
            _compiled(zone, selector)
            for zone, declared in self.policy.zones.items()
            for selector in declared.networks
        ]
        self._found, self._fixed = {}, {}

    def of(
        self,
        group: Fact[str | None],
        port: Fact[str | None],
        addresses: Fact[tuple[str, ...]],
        *,
        reported: bool,
    ) -> Statement:
        """Return the zones of a place on a port group, at a live port, with addresses.

        ``reported`` tells that a guest says the addresses, and nothing pins them.
        """
        key = (group, self._override(port))
        fixed = self._fixed.get(key)
        if fixed is not None:
            return fixed
        found = self._found.get(key)
        if found is None:
            found = self._found[key] = tuple(self._matches(*key))
        plain = [match for selector, match in found if selector.prefix is None]
        if len(plain) == len(found):
            self._fixed[key] = statement(plain)
            return self._fixed[key]
        narrowed = [pair for pair in found if pair[0].prefix is not None]
        by_address = list(_by_longest_prefix(narrowed, addresses))
        if not reported:
            return statement([*plain, *by_address])
        return _with_reported(statement(plain), statement(by_address))

    def _override(self, port: Fact[str | None]) -> Fact[Vlan] | None:
        """Return the VLAN setting of a live port where it overrides that of its port group."""
        live = None if port is None or isinstance(port, NotRead) else self.inventory.ports.get(port)
        if live is None or isinstance(live.overridden, NotRead) or "vlan" not in live.overridden:
            return None
        return live.vlan

    def _matches(
        self, group_id: Fact[str | None], override: Fact[Vlan] | None
    ) -> Iterator[tuple[_Selector, Match]]:
        """Yield the selectors that match a port group, whatever the addresses are."""
        group = None
        if not isinstance(group_id, NotRead):
            group = self.inventory.port_groups.get(group_id or "")
        for selector in self._selectors:
            if group is not None:
                yield from self._match(selector, group, override)
                continue
            why = (
                unread("its network was", group_id)
                if isinstance(group_id, NotRead)
                else f"the network {group_id} was not read"
            )
            reason = f"networks {selector.text} of {selector.zone}: {why}"
            yield selector, Match(selector.zone, decided=False, reason=reason)

    def _match(
        self, selector: _Selector, group: PortGroup, override: Fact[Vlan] | None
    ) -> Iterator[tuple[_Selector, Match]]:
        unknown = []
        if selector.name is not None and not selector.name(group.name):
            return
        if selector.switch is not None:
            switch = self.inventory.switches.get(group.switch)
            if switch is None:
                unknown.append(f"the switch of {group.name} was not read")
            elif not selector.switch(switch.name):
                return
        vlan = group.vlan if override is None else override
        if selector.vlans is not None:
            if group.backing == "overlay":
                return
            if isinstance(vlan, NotRead):
                unknown.append(unread(f"the VLAN of {group.name} was", vlan))
            elif not _carries(vlan, selector.vlans):
                return
        said = f"networks {selector.text} of {selector.zone}"
        where = f"port group {group.name}, VLAN {vlan_of(vlan)}"
        reason = f"{said}: {'; '.join(unknown)}" if unknown else f"{said} matches {where}"
        yield selector, Match(selector.zone, not unknown, reason)


def _carries(vlan: Vlan, ranges: tuple[VlanRange, ...]) -> bool:
    """Tell whether a VLAN setting has a number in the ranges; of a private VLAN its secondary."""
    match vlan:
        case NoVlan():
            return in_ranges(0, ranges)
        case AccessVlan(vlan=number):
            return in_ranges(number, ranges)
        case PrivateVlan(secondary=number):
            return in_ranges(number, ranges)
        case TrunkVlan(ranges=carried):
            return any(
                part.first <= asked.last and asked.first <= part.last
                for part in carried
                for asked in ranges
            )


def _by_longest_prefix(
    pairs: list[tuple[_Selector, Match]], addresses: Fact[tuple[str, ...]]
) -> Iterator[Match]:
    if isinstance(addresses, NotRead):
        why = unread("the addresses were", addresses)
        for selector, match in pairs:
            reason = f"networks {selector.text} of {selector.zone}: {why}"
            yield Match(match.zone, decided=False, reason=reason)
        return
    found = []
    for text in addresses:
        address = interface_address(text)
        for selector, match in pairs:
            prefix = selector.prefix
            if address and prefix and address.version == prefix.version and address.ip in prefix:
                found.append((prefix, match, text))
    for version in (4, 6):
        lengths = [prefix.prefixlen for prefix, _, _ in found if prefix.version == version]
        for prefix, match, text in found:
            if prefix.version == version and prefix.prefixlen == max(lengths):
                yield Match(match.zone, match.decided, f"{match.reason}, address {text}")


def _with_reported(plain: Statement, by_address: Statement) -> Statement:
    reported = tuple(zone for zone in by_address.zones if zone not in plain.zones)
    perhaps = dict.fromkeys((*plain.perhaps, *by_address.perhaps))
    return Statement(
        zones=plain.zones,
        perhaps=tuple(zone for zone in perhaps if zone not in plain.zones),
        reported=reported,
        reasons=plain.reasons
        + tuple(f"{reason}, as the guest reports it" for reason in by_address.reasons),
    )
