"""Networks: port groups, equal ones of several hosts drawn once."""

from __future__ import annotations

from collections import Counter, defaultdict

from ringfence.foundation.text import counted
from ringfence.model.facts import Fact, NotRead
from ringfence.model.network import PortGroup, SecurityPolicy, SecuritySetting, vlan_of
from ringfence.operations.subject import Subject
from ringfence.operations.table import Table, TableKind, Value, names_of


def _make(subject: Subject) -> Table:
    inventory = subject.inventory
    attached = Counter(nic.port_group for _, nic in inventory.virtual_nics())
    alike: dict[tuple[Value, ...], list[PortGroup]] = defaultdict(list)
    for group in subject.snapshot.port_groups:
        if not group.uplink:
            switch = inventory.switches.get(group.switch)
            name, kind = (switch.name, switch.kind) if switch else (group.switch, "not read")
            alike[group.name, name, kind, _vlan(group), *_security(group.security)].append(group)
    rows = tuple(
        (
            *shared,
            names_of(inventory.hosts, tuple(group.host for group in groups if group.host)),
            sum(attached[group.id] for group in groups),
        )
        for shared, groups in sorted(alike.items(), key=lambda item: [*map(str, item[0])])
    )
    return Table(
        name="networks",
        columns={
            "name": "Network",
            "switch": "Switch",
            "switch_kind": "Kind",
            "vlan": "VLAN",
            "promiscuous": "Promiscuous",
            "mac_changes": "MAC changes",
            "forged_transmits": "Forged transmits",
            "hosts": "On hosts",
            "virtual_nics": "Virtual NICs",
        },
        rows=rows,
        note=f"{counted(len(rows), 'network')}, {counted(attached.total(), 'virtual NIC')}.",
    )


def _vlan(group: PortGroup) -> Value:
    return group.vlan if isinstance(group.vlan, NotRead) else vlan_of(group.vlan)


def _security(security: Fact[SecurityPolicy]) -> tuple[Value, Value, Value]:
    if isinstance(security, NotRead):
        return security, security, security
    return (
        _choice(security.promiscuous),
        _choice(security.mac_changes),
        _choice(security.forged_transmits),
    )


def _choice(setting: Fact[SecuritySetting]) -> Value:
    if isinstance(setting, NotRead):
        return setting
    return "accept" if setting.accept else "reject"


TABLE = TableKind(
    name="networks",
    summary="port groups with their VLAN, security, hosts and how many NICs are on them",
    make=_make,
)
