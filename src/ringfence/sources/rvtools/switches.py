"""Switches and port groups, standard and distributed, with the uplinks that a workbook tells of."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import Final, Literal

from ringfence.model.facts import NOT_COLLECTED, Fact, NotRead
from ringfence.model.network import (
    AccessVlan,
    NoVlan,
    PortGroup,
    SecurityPolicy,
    SecuritySetting,
    SwitchMember,
    Teaming,
    TrunkVlan,
    UplinkBinding,
    VirtualSwitch,
    Vlan,
    VlanRange,
)
from ringfence.sources.rvtools.names import Key, server_of
from ringfence.sources.rvtools.rows import Row
from ringfence.sources.rvtools.workbook import Workbook

_ALL_TAGS: Final = 4095
_LAST_VLAN: Final = 4094
_BINDINGS: Final[Mapping[str, Literal["static", "dynamic", "ephemeral"]]] = {
    "earlybinding": "static",
    "latebinding": "dynamic",
    "ephemeral": "ephemeral",
}
_TWO_PLACES: Final = NotRead(
    reason="not-collected",
    detail="since version 6.6 a distributed switch keeps it in a place that RVTools does not tell",
)
_NO_UPLINKS: Final = NotRead(
    reason="not-collected", detail="the workbook does not tell which NICs a switch has"
)


def standard_id(host: str, kind: Literal["switch", "pg"], name: str) -> str:
    """Return the id of a standard switch or port group, known by its name on its host."""
    return f"{host}/{kind}/{name}"


def standard_switches(
    workbook: Workbook, hosts: Mapping[Key, str]
) -> tuple[list[VirtualSwitch], list[PortGroup]]:
    """Return the standard switches and port groups of the hosts."""
    nics: dict[tuple[str, str], list[str]] = defaultdict(list)
    for row in workbook.rows("vNIC"):
        host = hosts.get(Key.of(row, "Host"))
        if host is not None and row.text("Switch"):
            nics[host, row.text("Switch")].append(row.text("Network Device"))
    known = workbook.has("vNIC", "Switch")
    switches = [
        _standard_switch(row, host, sorted(nics[host, row.text("Switch")]) if known else None)
        for row in workbook.rows("vSwitch")
        if (host := hosts.get(Key.of(row, "Host"))) is not None
    ]
    security = {switch.id: switch.security for switch in switches}
    groups = [
        _standard_group(row, host, security)
        for row in workbook.rows("vPort")
        if (host := hosts.get(Key.of(row, "Host"))) is not None
    ]
    return switches, groups


def _standard_switch(row: Row, host: str, nics: list[str] | None) -> VirtualSwitch:
    own = standard_id(host, "switch", row.text("Switch"))
    mtu = row.number("MTU")
    uplinks: Fact[tuple[UplinkBinding, ...]] = _NO_UPLINKS
    if nics is not None:
        uplinks = tuple(UplinkBinding(name=nic, physical_nics=(f"{host}/{nic}",)) for nic in nics)
    return VirtualSwitch(
        id=own,
        name=row.text("Switch"),
        kind="standard",
        members=(SwitchMember(host=host, uplinks=uplinks, mtu=mtu),),
        uplink_names=NOT_COLLECTED if nics is None else tuple(nics),
        mtu=mtu,
        security=_security(row, own, "Promiscuous Mode"),
        settings=NOT_COLLECTED,
    )


def _standard_group(row: Row, host: str, switches: Mapping[str, Fact[SecurityPolicy]]) -> PortGroup:
    own = standard_id(host, "pg", row.text("Port Group"))
    switch = standard_id(host, "switch", row.text("Switch"))
    security = _security(row, own, "Promiscuous Mode")
    inherited = switches.get(switch)
    if isinstance(inherited, SecurityPolicy):
        security = _inherited(security, inherited)
    return PortGroup(
        id=own,
        name=row.text("Port Group"),
        switch=switch,
        host=host,
        vlan=vlan_setting(row),
        security=security,
    )


def _inherited(own: SecurityPolicy, switch: SecurityPolicy) -> SecurityPolicy:
    """Return a policy whose settings that equal the switch's are said to be from there."""

    def pick(mine: Fact[SecuritySetting], theirs: Fact[SecuritySetting]) -> Fact[SecuritySetting]:
        if isinstance(mine, NotRead) or isinstance(theirs, NotRead):
            return mine
        return theirs if mine.accept == theirs.accept else mine

    return SecurityPolicy(
        promiscuous=pick(own.promiscuous, switch.promiscuous),
        mac_changes=pick(own.mac_changes, switch.mac_changes),
        forged_transmits=pick(own.forged_transmits, switch.forged_transmits),
        mac_learning=own.mac_learning,
        unknown_unicast_flooding=own.unknown_unicast_flooding,
    )


def distributed_switches(
    workbook: Workbook, hosts: Mapping[Key, str]
) -> tuple[list[VirtualSwitch], list[PortGroup]]:
    """Return the distributed switches and port groups of the servers."""
    uplinks: dict[Key, dict[str, list[tuple[str, str]]]] = defaultdict(lambda: defaultdict(list))
    for row in workbook.rows("vNIC"):
        host = hosts.get(Key.of(row, "Host"))
        if host is not None and row.text("Switch"):
            uplink = (row.text("Uplink port"), row.text("Network Device"))
            uplinks[Key.of(row, "Switch")][host].append(uplink)
    switches = {
        Key.of(row, "Switch"): _distributed_switch(row, hosts, uplinks[Key.of(row, "Switch")])
        for row in workbook.rows("dvSwitch")
    }
    groups = [
        _distributed_group(row, switch)
        for row in workbook.rows("dvPort")
        if (switch := switches.get(Key.of(row, "Switch"))) is not None
    ]
    return list(switches.values()), groups


def _distributed_switch(
    row: Row, hosts: Mapping[Key, str], uplinks: Mapping[str, list[tuple[str, str]]]
) -> VirtualSwitch:
    key = Key.of(row, "Switch")
    return VirtualSwitch(
        id=key.id("switch", row.text("Object ID")),
        name=row.text("Switch"),
        kind="distributed",
        members=_members(row, hosts, uplinks),
        version=row.fact("Version"),
        mtu=row.number("Max MTU"),
        deprecated_security=NOT_COLLECTED,
        private_vlans=NOT_COLLECTED,
        discovery_operation=row.fact("CDP Operation"),
        settings=NOT_COLLECTED,
        datacenter=None,
    )


def _members(
    row: Row, hosts: Mapping[Key, str], uplinks: Mapping[str, list[tuple[str, str]]]
) -> Fact[tuple[SwitchMember, ...]]:
    """Return the hosts of a distributed switch: by name, or by their NICs if as many have one."""
    said = row.words("Host members")
    if isinstance(said, NotRead):
        return said
    named = [hosts.get(Key(server_of(row), name)) for name in said]
    if len(said) == 1 and said[0].isdecimal() and int(said[0]) == len(uplinks):
        named = list(uplinks)
    found = [host for host in named if host is not None]
    if len(found) != len(named):
        detail = "the workbook does not name the hosts of the switch"
        return NotRead(reason="not-collected", detail=detail)
    return tuple(
        SwitchMember(host=host, uplinks=_bindings(host, uplinks.get(host, [])))
        for host in sorted(found)
    )


def _bindings(host: str, nics: list[tuple[str, str]]) -> Fact[tuple[UplinkBinding, ...]]:
    if not nics or not all(uplink for uplink, _ in nics):
        return _NO_UPLINKS
    behind: dict[str, list[str]] = defaultdict(list)
    for uplink, nic in nics:
        behind[uplink].append(f"{host}/{nic}")
    return tuple(
        UplinkBinding(name=uplink, physical_nics=tuple(sorted(ids)), aggregated=len(ids) > 1)
        for uplink, ids in sorted(behind.items())
    )


def _distributed_group(row: Row, switch: VirtualSwitch) -> PortGroup:
    key = Key.of(row, "Port")
    own = key.id(f"pg/{switch.name}", row.text("Object ID"))
    security = _security(row, own, "Allow Promiscuous")
    told_here = _before_two_places(switch.version)
    binding = row.fact("Type")
    if not isinstance(binding, NotRead):
        unknown = NotRead(reason="not-understood", detail=f"the workbook's Type is {binding}")
        binding = _BINDINGS.get(binding.casefold(), unknown)
    return PortGroup(
        id=own,
        name=row.text("Port"),
        switch=switch.id,
        vlan=vlan_setting(row),
        security=security if told_here else _TWO_PLACES,
        deprecated_security=None if told_here else security,
        teaming=_teaming(row, own),
        filters=NOT_COLLECTED,
        binding=binding,
        overrides=NOT_COLLECTED,
        flow_monitoring=NOT_COLLECTED,
        blocked=row.truth("Blocked"),
    )


def _before_two_places(version: Fact[str]) -> bool:
    """Tell whether a switch is older than 6.6.0, which moved the policy of MAC addresses."""
    numbers = [] if isinstance(version, NotRead) else version.split(".")[:2]
    if len(numbers) != 2 or not all(part.isdecimal() for part in numbers):
        return False
    return (int(numbers[0]), int(numbers[1])) < (6, 6)


def _teaming(row: Row, own: str) -> Fact[Teaming | None]:
    active, standby = row.words("Active Uplink"), row.words("Standby Uplink")
    if isinstance(active, NotRead):
        return active
    policy = row.text("Policy")
    rest = () if isinstance(standby, NotRead) else standby
    return Teaming(policy=policy, active=active, standby=rest, origin=own)


def _security(row: Row, origin: str, promiscuous: str) -> SecurityPolicy:
    def setting(column: str) -> Fact[SecuritySetting]:
        accept = row.truth(column)
        if isinstance(accept, NotRead):
            return accept
        return SecuritySetting(accept=accept, origin=origin)

    return SecurityPolicy(
        promiscuous=setting(promiscuous),
        mac_changes=setting("Mac Changes"),
        forged_transmits=setting("Forged Transmits"),
        mac_learning=NOT_COLLECTED,
        unknown_unicast_flooding=NOT_COLLECTED,
    )


def vlan_setting(row: Row) -> Fact[Vlan]:
    """Return the VLAN of a port group: a number, or the ranges of a trunk."""
    text = row.fact("VLAN")
    if isinstance(text, NotRead):
        return text
    ranges = []
    for part in text.split(","):
        first, dash, last = part.strip().partition("-")
        last = last.strip() if dash else first
        if not (first.strip().isdecimal() and last.isdecimal() and len(part) <= 12):
            return NotRead(reason="not-understood", detail=f"the workbook's VLAN is {text[:40]}")
        ranges.append(VlanRange(int(first), int(last)))
    if len(ranges) == 1 and "-" not in text:
        return _one_vlan(ranges[0].first)
    if any(part.first > part.last or part.last > _LAST_VLAN for part in ranges):
        return NotRead(reason="not-understood", detail=f"the workbook's VLAN is {text[:40]}")
    return TrunkVlan(ranges=tuple(ranges))


def _one_vlan(number: int) -> Fact[Vlan]:
    if number == 0:
        return NoVlan()
    if number == _ALL_TAGS:
        return TrunkVlan(ranges=(VlanRange(0, _LAST_VLAN),))
    if number <= _LAST_VLAN:
        return AccessVlan(vlan=number)
    return NotRead(reason="not-understood", detail=f"the workbook's VLAN is {number}")
