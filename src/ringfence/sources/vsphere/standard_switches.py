"""Standard switches and port groups of a host, with the settings in force after inheritance."""

from __future__ import annotations

from typing import Any

from ringfence.model.facts import Fact, NotRead
from ringfence.model.network import (
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
from ringfence.sources.vsphere.host_network import device_of
from ringfence.sources.vsphere.names import Ids
from ringfence.sources.vsphere.port_settings import UNSET, access
from ringfence.sources.vsphere.values import at, items, number, text, texts, truth

_ALL_TAGS = 4095


def standard_switches(value: Any, host: str, ids: Ids) -> tuple[VirtualSwitch, ...]:
    """Return the switches of ``config.network.vswitch``; raises ``ValueError``."""
    return tuple(_switch(entry, host, ids) for entry in items(value))


def standard_port_groups(value: Any, host: str, ids: Ids) -> tuple[PortGroup, ...]:
    """Return the port groups of ``config.network.portgroup``; raises ``ValueError``.

    ``computedPolicy`` is what is in force; ``spec.policy`` only tells where it is set.
    """
    return tuple(_port_group(entry, host, ids) for entry in items(value))


def _switch(entry: Any, host: str, ids: Ids) -> VirtualSwitch:
    name = text(entry, "name")
    own = ids.standard_switch(host, name)
    devices = tuple(sorted(device_of(key) for key in texts(entry, "pnic")))
    mtu = number(entry, "mtu") or number(entry, "spec.mtu") or 1500
    policy = at(entry, "spec.policy")
    return VirtualSwitch(
        id=own,
        name=name,
        kind="standard",
        members=(
            SwitchMember(
                host=ids.of(host),
                uplinks=tuple(
                    UplinkBinding(name=device, physical_nics=(ids.on_host(host, device),))
                    for device in devices
                ),
                mtu=mtu,
            ),
        ),
        uplink_names=devices,
        mtu=mtu,
        security=_security(policy, policy, own, own),
        teaming=_teaming(policy, policy, own, own),
        discovery_operation=text(entry, "spec.bridge.linkDiscoveryProtocolConfig.operation")
        or "none",
        health_check=NotRead(reason="not-supported", detail="a standard switch has none"),
        flow_collector=NotRead(reason="not-supported", detail="a standard switch has none"),
        resource_control=NotRead(reason="not-supported", detail="a standard switch has none"),
    )


def _port_group(entry: Any, host: str, ids: Ids) -> PortGroup:
    name = text(entry, "spec.name")
    own = ids.port_group(host, name)
    switch = ids.standard_switch(host, text(entry, "spec.vswitchName"))
    set_here, in_force = at(entry, "spec.policy"), at(entry, "computedPolicy")
    return PortGroup(
        id=own,
        name=name,
        switch=switch,
        host=ids.of(host),
        vlan=_vlan(number(entry, "spec.vlanId")),
        security=_security(in_force, set_here, own, switch),
        teaming=_teaming(in_force, set_here, own, switch),
        binding="static",
    )


def _vlan(number_: int | None) -> Fact[Vlan]:
    if number_ is None:
        return UNSET
    if number_ == _ALL_TAGS:
        return TrunkVlan(ranges=(VlanRange(first=0, last=4094),))
    return access(number_)


def _security(in_force: Any, set_here: Any, own: str, above: str) -> Fact[SecurityPolicy]:
    if at(in_force, "security") is None:
        return UNSET

    def one(field: str) -> Fact[SecuritySetting]:
        value = truth(in_force, f"security.{field}")
        if value is None:
            return UNSET
        origin = above if truth(set_here, f"security.{field}") is None else own
        return SecuritySetting(accept=value, origin=origin)

    return SecurityPolicy(
        promiscuous=one("allowPromiscuous"),
        mac_changes=one("macChanges"),
        forged_transmits=one("forgedTransmits"),
    )


def _teaming(in_force: Any, set_here: Any, own: str, above: str) -> Fact[Teaming | None]:
    teaming = at(in_force, "nicTeaming")
    if teaming is None:
        return UNSET
    order = at(teaming, "nicOrder")
    if order is None:
        # Without an order every uplink is active.
        return None
    rolling = truth(teaming, "rollingOrder")
    return Teaming(
        policy=text(teaming, "policy"),
        active=texts(order, "activeNic"),
        standby=texts(order, "standbyNic"),
        notify_switches=truth(teaming, "notifySwitches"),
        fail_back=None if rolling is None else not rolling,
        origin=above if at(set_here, "nicTeaming.nicOrder") is None else own,
    )
