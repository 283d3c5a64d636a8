"""A snapshot small enough to read: one host, one switch, two networks, three machines."""

from ringfence.model.facts import NotRead
from ringfence.model.hosts import Host, KernelInterface, PhysicalNic
from ringfence.model.machines import Machine, VirtualNic
from ringfence.model.network import (
    AccessVlan,
    PortGroup,
    SecurityPolicy,
    SecuritySetting,
    SwitchMember,
    UplinkBinding,
    VirtualSwitch,
)
from ringfence.model.places import Cluster, Datacenter, Folder
from ringfence.model.snapshot import ReadingSource, Snapshot, Unread

REFUSED = NotRead(reason="no-permission", detail="the account may not read it")


def rejecting(origin: str) -> SecurityPolicy:
    """A security policy that rejects everything, set on ``origin``."""
    setting = SecuritySetting(accept=False, origin=origin)
    return SecurityPolicy(promiscuous=setting, mac_changes=setting, forged_transmits=setting)


def port_group(name: str, vlan: int) -> PortGroup:
    """A standard port group on the only switch."""
    return PortGroup(
        id=f"host-1/{name}",
        name=name,
        switch="host-1/vSwitch0",
        host="host-1",
        vlan=AccessVlan(vlan=vlan),
        security=rejecting("host-1/vSwitch0"),
        teaming=None,
    )


def machine(name: str, folder: str, network: str, address: str) -> Machine:
    """A machine with one NIC."""
    nic = VirtualNic(
        id=f"vm-{name}/4000",
        label="Network adapter 1",
        mac="00:50:56:00:00:01",
        port_group=f"host-1/{network}",
        connected=True,
        start_connected=True,
        addresses=(address,),
    )
    return Machine(
        id=f"vm-{name}",
        name=name,
        host="host-1",
        folder=folder,
        power="on",
        nics=(nic,),
        passthrough=(),
    )


def small_snapshot(app_vlan: int = 200) -> Snapshot:
    """Everything of the small datacenter; the host's lockdown was not read."""
    return Snapshot(
        sources=(ReadingSource(kind="test", name="small", started="2026-11-23T09:14:00Z"),),
        datacenters=(Datacenter(id="dc-1", name="Small", path="/Small"),),
        folders=(
            Folder(id="folder-dmz", name="dmz", path="/Small/vm/dmz"),
            Folder(id="folder-app", name="app", path="/Small/vm/app"),
        ),
        clusters=(Cluster(id="cluster-1", name="compute", hosts=("host-1",)),),
        hosts=(
            Host(
                id="host-1",
                name="esx-1.small.example",
                cluster="cluster-1",
                connection="connected",
                lockdown=REFUSED,
                physical_nics=(PhysicalNic(id="host-1/vmnic0", name="vmnic0"),),
                kernel_interfaces=(
                    KernelInterface(
                        id="host-1/vmk0",
                        name="vmk0",
                        port_group="host-1/Management",
                        services=("management",),
                        addresses=("10.1.10.11/24",),
                    ),
                ),
            ),
        ),
        switches=(
            VirtualSwitch(
                id="host-1/vSwitch0",
                name="vSwitch0",
                kind="standard",
                members=(
                    SwitchMember(
                        host="host-1",
                        uplinks=(UplinkBinding(name="vmnic0", physical_nics=("host-1/vmnic0",)),),
                    ),
                ),
                security=rejecting("host-1/vSwitch0"),
            ),
        ),
        port_groups=(
            port_group("APP-200", app_vlan),
            port_group("DMZ-100", 100),
            port_group("Management", 10),
        ),
        ports=(),
        mirror_sessions=(),
        machines=(
            machine("app-01", "folder-app", "APP-200", "10.1.200.11/24"),
            machine("web-01", "folder-dmz", "DMZ-100", "10.1.100.11/24"),
            machine("web-02", "folder-dmz", "DMZ-100", "10.1.100.12/24"),
        ),
        unread=(
            Unread(object="host-1", name="esx-1.small.example", property="lockdown", why=REFUSED),
        ),
    )


SMALL_POLICY = """\
ringfence: 1
name: small
configuration: virtual-separation
zones:
  dmz:         {trust: 20, networks: ["DMZ-*"], machines: [{folder: "/Small/vm/dmz"}]}
  application: {trust: 50, networks: ["APP-*"], machines: [{folder: "/Small/vm/app"}]}
  management:  {trust: 100, role: management, networks: [Management]}
fabric:
  domains:
    site: {uplinks: "*/*", vlans: 10-400, native: none}
"""
SENSITIVE_POLICY = SMALL_POLICY.replace("{trust: 50,", "{trust: 50, sensitive: true,")
