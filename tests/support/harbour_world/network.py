"""Switches, port groups and live ports."""

from harbour_world.names import HOSTS, PREFIXES, ZONES
from ringfence.model.network import (
    AccessVlan,
    Port,
    PortGroup,
    PortOverrides,
    SecurityPolicy,
    SecuritySetting,
    SwitchMember,
    Teaming,
    UplinkBinding,
    VirtualSwitch,
)


def rejecting(origin: str, **accepted: bool) -> SecurityPolicy:
    """A security policy set on ``origin``; settings named as ``True`` are accepted."""

    def setting(name: str) -> SecuritySetting:
        return SecuritySetting(accept=accepted.get(name, False), origin=origin)

    return SecurityPolicy(
        promiscuous=setting("promiscuous"),
        mac_changes=setting("mac_changes"),
        forged_transmits=setting("forged_transmits"),
    )


def teaming(*active: str, standby: tuple[str, ...] = ()) -> Teaming:
    """An order of uplinks."""
    return Teaming(policy="loadbalance_srcid", active=active, standby=standby)


NICS = {"vSwitch0": ("vmnic0", "vmnic1"), "vSwitch1": ("vmnic4", "vmnic5")}
STANDARD = {
    "Management": ("vSwitch0", 10, teaming("vmnic0", standby=("vmnic1",))),
    "Migration": ("vSwitch0", 11, teaming("vmnic1", standby=("vmnic0",))),
    "MGMT-VMs-12": ("vSwitch0", 12, None),
    "CDE-300": ("vSwitch1", 300, None),
}
NO_OVERRIDES = PortOverrides(
    vlan=False,
    security=False,
    mac_management=False,
    filters=False,
    teaming=False,
    flow_monitoring=False,
    live_moving=False,
    resource_pool=False,
    reset_at_disconnect=True,
)


def standard_switch(n: int, name: str) -> VirtualSwitch:
    """A standard switch of host ``n``."""
    own = f"host-{n}/{name}"
    uplinks = tuple(
        UplinkBinding(name=nic, physical_nics=(f"host-{n}/{nic}",)) for nic in NICS[name]
    )
    return VirtualSwitch(
        id=own,
        name=name,
        kind="standard",
        members=(SwitchMember(host=f"host-{n}", uplinks=uplinks, mtu=1500),),
        security=rejecting(own),
        teaming=teaming(*NICS[name]),
    )


def standard_groups(n: int) -> tuple[PortGroup, ...]:
    """The port groups of host ``n``."""
    return tuple(
        standard_group(n, name, switch, vlan, order)
        for name, (switch, vlan, order) in STANDARD.items()
    )


def standard_group(
    n: int, name: str, switch: str, vlan: int, order: Teaming | None = None
) -> PortGroup:
    """A port group of host ``n`` that inherits its security."""
    return PortGroup(
        id=f"host-{n}/{name}",
        name=name,
        switch=f"host-{n}/{switch}",
        host=f"host-{n}",
        vlan=AccessVlan(vlan=vlan),
        security=rejecting(f"host-{n}/{switch}"),
        teaming=order or teaming(*NICS[switch]),
        binding="static",
        folder="f-network",
    )


def zones_switch() -> VirtualSwitch:
    """The distributed switch."""

    def uplinks(n: int) -> tuple[UplinkBinding, ...]:
        return tuple(
            UplinkBinding(name=f"Uplink {i}", physical_nics=(f"host-{n}/vmnic{i + 1}",))
            for i in (1, 2)
        )

    return VirtualSwitch(
        id="zones",
        name="Zones",
        kind="distributed",
        members=tuple(SwitchMember(host=f"host-{n}", uplinks=uplinks(n)) for n in HOSTS),
        mtu=1500,
        security=rejecting("zones"),
        deprecated_security=rejecting("zones"),
        teaming=teaming("Uplink 1", "Uplink 2"),
        discovery_operation="none",
        health_check=False,
        flow_collector="",
        resource_control=True,
        datacenter="dc",
        folder="f-network",
    )


def distributed_group(name: str, vlan: int) -> PortGroup:
    """A port group of the distributed switch that sets its own security in both places."""
    own = f"pg-{name}"
    return PortGroup(
        id=own,
        name=name,
        switch="zones",
        vlan=AccessVlan(vlan=vlan),
        security=rejecting(own),
        deprecated_security=rejecting(own),
        teaming=teaming("Uplink 1", "Uplink 2"),
        binding="static",
        overrides=NO_OVERRIDES,
        folder="f-network",
    )


def distributed_groups() -> tuple[PortGroup, ...]:
    """Its port groups."""
    uplinks = PortGroup(id="pg-uplinks", name="Zones-Uplinks", switch="zones", uplink=True)
    return (distributed_group("APP-200", 200), distributed_group("DMZ-100", 100), uplinks)


def live_port(zone: str, n: int) -> Port:
    """The port of a zone's machine on host ``n``."""
    group = f"pg-{ZONES[zone]}"
    return Port(
        id=f"port-{PREFIXES[zone]}-{n}",
        key=str(n),
        switch="zones",
        port_group=group,
        host=f"host-{n}",
        connectee=f"{PREFIXES[zone]}-0{n}/4000",
        overridden=(),
        vlan=AccessVlan(vlan=int(ZONES[zone][-3:])),
        security=rejecting(group),
        deprecated_security=rejecting(group),
        blocked=False,
    )
