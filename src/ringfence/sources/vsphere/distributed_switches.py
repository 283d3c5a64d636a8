"""Distributed switches, their port groups and mirror sessions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final, Literal, TypeVar

from ringfence.model.facts import Fact, NotRead, Setting
from ringfence.model.network import (
    MirrorSession,
    PortGroup,
    PortOverrides,
    SwitchMember,
    VirtualSwitch,
)
from ringfence.sources.vsphere.content import Content
from ringfence.sources.vsphere.names import Ids, unescaped
from ringfence.sources.vsphere.places import Tree
from ringfence.sources.vsphere.port_settings import (
    UNSET,
    Base,
    deprecated_security,
    policy_value,
    private_vlan_table,
    security,
    teaming,
    vlan,
)
from ringfence.sources.vsphere.switch_filters import filters
from ringfence.sources.vsphere.values import at, items, number, text, texts, truth

T = TypeVar("T")

_BINDINGS: Final[Mapping[str, Literal["static", "dynamic", "ephemeral"]]] = {
    "earlyBinding": "static",
    "lateBinding": "dynamic",
    "ephemeral": "ephemeral",
}
_SETTING: Final = "config.defaultPortConfig"


def base_of(switch: Content, ids: Ids) -> Base:
    """Return what port groups of a switch inherit from it."""
    own = ids.of(switch.id)
    private = switch.fact("config.pvlanConfig", private_vlan_table, _none(switch))
    nothing = Base(private_vlans=private)

    def read(value: Any) -> Base:
        return Base(
            vlan=vlan(value, nothing),
            security=security(value, own, nothing),
            deprecated=deprecated_security(value, own, nothing),
            teaming=teaming(value, own, nothing),
            private_vlans=private,
        )

    found = switch.fact(_SETTING, read, _unset(switch))
    if isinstance(found, NotRead):
        return Base(found, found, found, found, private)
    return found


def distributed_switch(
    content: Content, seen_by_hosts: Mapping[str, SwitchMember], tree: Tree, ids: Ids
) -> VirtualSwitch:
    """Return a distributed switch; hosts tell of their uplinks, the switch of its members."""
    base = base_of(content, ids)
    unset = _unset(content)
    return VirtualSwitch(
        id=ids.of(content.id),
        name=unescaped(content.text("name")) or content.id,
        kind="distributed",
        members=_members(content, seen_by_hosts, ids),
        uplink_names=content.fact("config.uplinkPortPolicy", _uplink_names, unset),
        version=content.fact("config.productInfo", lambda value: text(value, "version"), unset),
        mtu=content.fact("config.maxMtu", int, unset),
        security=base.security,
        deprecated_security=base.deprecated,
        teaming=base.teaming,
        private_vlans=base.private_vlans,
        discovery_operation=content.fact(
            "config.linkDiscoveryProtocolConfig", lambda value: text(value, "operation"), unset
        ),
        health_check=content.fact(
            "config.healthCheckConfig", _any_enabled, _otherwise(content, value=False)
        ),
        flow_collector=content.fact(
            "config.ipfixConfig",
            lambda value: text(value, "collectorIpAddress"),
            _otherwise(content, value=""),
        ),
        resource_control=content.fact(
            "config.networkResourceManagementEnabled", lambda value: truth(value) is True, unset
        ),
        settings=content.fact(
            "config.infrastructureTrafficResourceConfig", _traffic, _none(content)
        ),
        datacenter=tree.datacenter(content.id),
        folder=tree.parent(content),
    )


class GroupsOfSwitches:
    """What port groups take from their switches: settings, and which groups are for uplinks.

    A switch lists its port groups, so that one whose configuration was not read still has its
    switch.
    """

    def __init__(self, switches: Iterable[Content], ids: Ids) -> None:
        self._bases: dict[str, Base] = {}
        self._switches: dict[str, str] = {}
        self._uplinks: set[str] = set()
        for switch in switches:
            self._bases[switch.id] = base_of(switch, ids)
            self._switches.update(dict.fromkeys(texts(switch.items("portgroup")), switch.id))
            self._uplinks.update(texts(switch.items("config.uplinkPortgroup")))

    def switch_of(self, group: Content) -> str:
        """Return the server's id of a port group's switch, empty where nothing tells it."""
        return group.text("config.distributedVirtualSwitch") or self._switches.get(group.id, "")

    def base_of(self, group: Content) -> Base:
        """Return what a port group inherits."""
        return self._bases.get(self.switch_of(group), Base())

    def base_for_ports(self, switch: str, group: Content | None, ids: Ids) -> Base:
        """Return what the ports of a port group inherit, on the switch of the server's id."""
        private = self._bases.get(switch, Base()).private_vlans
        if group is None:
            return Base(private_vlans=private)
        record = distributed_port_group(group, self, ids)
        return Base(
            vlan=record.vlan,
            security=record.security,
            deprecated=record.deprecated_security,
            teaming=record.teaming,
            private_vlans=private,
        )

    def named_switch(self, group: str) -> str:
        """Return the switch that lists a port group by the server's id, empty where none does."""
        return self._switches.get(group, "")

    def is_for_uplinks(self, group: Content) -> bool:
        """Return whether a port group holds the ports of uplinks."""
        return group.id in self._uplinks or group.text("config.uplink") == "true"


def distributed_port_group(content: Content, groups: GroupsOfSwitches, ids: Ids) -> PortGroup:
    """Return a distributed port group with the settings in force."""
    own = ids.of(content.id)
    switch = groups.switch_of(content)
    base = groups.base_of(content)
    unset = _unset(content)
    overlay = content.text("config.backingType") == "nsx"
    return PortGroup(
        id=own,
        name=unescaped(content.text("name")) or content.id,
        switch=ids.of(switch) if switch else "",
        uplink=groups.is_for_uplinks(content),
        backing="overlay" if overlay else "vlan",
        logical_switch=content.text("config.logicalSwitchUuid") or None,
        vlan=content.fact(_SETTING, lambda value: vlan(value, base), unset),
        security=content.fact(_SETTING, lambda value: security(value, own, base), unset),
        deprecated_security=content.fact(
            _SETTING, lambda value: deprecated_security(value, own, base), unset
        ),
        teaming=content.fact(_SETTING, lambda value: teaming(value, own, base), unset),
        filters=content.fact(_SETTING, filters, unset),
        binding=content.fact("config.type", lambda value: _BINDINGS[text(value)], unset),
        overrides=content.fact("config.policy", _overrides, unset),
        flow_monitoring=content.fact(
            _SETTING, lambda value: policy_value(value, "ipfixEnabled", otherwise=False), unset
        ),
        blocked=content.fact(
            _SETTING, lambda value: policy_value(value, "blocked", otherwise=False), unset
        ),
        folder=ids.of(content.text("parent")) if content.text("parent") else None,
    )


def mirror_sessions(content: Content, ids: Ids) -> Fact[tuple[MirrorSession, ...]]:
    """Return the mirror sessions of a distributed switch."""

    def read(value: Any) -> tuple[MirrorSession, ...]:
        return tuple(_session(entry, content, ids) for entry in items(value))

    return content.fact("config.vspanSession", read, _none(content))


def _session(entry: Any, content: Content, ids: Ids) -> MirrorSession:
    uuid = content.text("uuid")

    def ports(field: str) -> tuple[str, ...]:
        return tuple(ids.live_port(uuid, key) for key in texts(entry, f"{field}.portKey"))

    name = text(entry, "name") or text(entry, "key")
    return MirrorSession(
        id=f"{ids.of(content.id)}/mirror/{text(entry, 'key')}",
        name=name,
        switch=ids.of(content.id),
        enabled=truth(entry, "enabled") is True,
        kind=text(entry, "sessionType") or "dvPortMirror",
        sources_received=ports("sourcePortReceived"),
        sources_transmitted=ports("sourcePortTransmitted"),
        destinations=ports("destinationPort"),
        destination_uplinks=texts(entry, "destinationPort.uplinkPortName"),
        source_vlans=tuple(int(number_) for number_ in texts(entry, "sourcePortReceived.vlans")),
        remote_vlan=number(entry, "encapsulationVlanId"),
        remote_addresses=texts(entry, "destinationPort.ipAddress"),
    )


def _members(
    content: Content, seen_by_hosts: Mapping[str, SwitchMember], ids: Ids
) -> Fact[tuple[SwitchMember, ...]]:
    unread = NotRead(reason="not-collected", detail="the host does not tell of its uplinks")

    def read(value: Any) -> tuple[SwitchMember, ...]:
        listed = {ids.of(text(entry, "config.host")) for entry in items(value)}
        return tuple(
            seen_by_hosts.get(host) or SwitchMember(host=host, uplinks=unread)
            for host in sorted(listed | seen_by_hosts.keys())
        )

    told = tuple(seen_by_hosts[host] for host in sorted(seen_by_hosts))
    found = content.fact("config.host", read, told)
    # A switch that may not be read has the members that say so themselves.
    return told if isinstance(found, NotRead) and told else found


def _overrides(policy: Any) -> PortOverrides:
    def may(field: str) -> bool:
        return truth(policy, field) is True

    return PortOverrides(
        vlan=may("vlanOverrideAllowed"),
        security=may("securityPolicyOverrideAllowed"),
        mac_management=may("macManagementOverrideAllowed"),
        filters=may("trafficFilterOverrideAllowed"),
        teaming=may("uplinkTeamingOverrideAllowed"),
        flow_monitoring=may("ipfixOverrideAllowed"),
        live_moving=may("livePortMovingAllowed"),
        resource_pool=may("networkResourcePoolOverrideAllowed"),
        reset_at_disconnect=may("portConfigResetAtDisconnect"),
    )


def _traffic(value: Any) -> tuple[Setting, ...]:
    """Return how network I/O control shares the uplinks between kinds of traffic."""
    found = []
    for entry in items(value):
        key = f"traffic.{text(entry, 'key')}"
        allocation = at(entry, "allocationInfo")
        found.append(Setting(key=f"{key}.limit", value=number(allocation, "limit")))
        found.append(Setting(key=f"{key}.reservation", value=number(allocation, "reservation")))
        found.append(Setting(key=f"{key}.shares", value=number(allocation, "shares.shares")))
    return tuple(found)


def _uplink_names(policy: Any) -> tuple[str, ...]:
    return texts(policy, "uplinkPortName")


def _any_enabled(value: Any) -> bool:
    return any(truth(entry, "enable") is True for entry in items(value))


def _unset(content: Content) -> NotRead:
    return UNSET if content.at("config") is None else _left_out()


def _left_out() -> NotRead:
    detail = "the server leaves it out of the configuration that the account may read"
    return NotRead(reason="no-permission", detail=detail)


def _none(content: Content) -> Fact[tuple[Any, ...]]:
    return _otherwise(content, value=())


def _otherwise(content: Content, *, value: T) -> Fact[T]:
    """Return what an unset part of the configuration means: ``value``, where there is one."""
    return value if content.at("config") is not None else UNSET
