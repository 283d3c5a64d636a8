"""A vCenter and its NSX: machines on one network, known to both, and held to their addresses."""

from __future__ import annotations

from dataclasses import replace

from ringfence.model.hosts import Host, PhysicalNic
from ringfence.model.machines import Machine, VirtualNic
from ringfence.model.network import (
    AccessVlan,
    PortGroup,
    SwitchMember,
    UplinkBinding,
    VirtualSwitch,
)
from ringfence.model.snapshot import ReadingSource, Snapshot
from ringfence.sources.nsx.answers import Answers, Port, Segment

PROFILE = "/infra/spoofguard-profiles/held"
DISCOVERY = "/infra/ip-discovery-profiles/none"
SILENT = {
    "path": DISCOVERY,
    "ip_v4_discovery_options": {
        "arp_snooping_config": {"arp_snooping_enabled": False},
        "dhcp_snooping_enabled": False,
        "vmtools_enabled": False,
    },
    "ip_v6_discovery_options": {
        "nd_snooping_config": {"nd_snooping_enabled": False},
        "dhcp_snooping_v6_enabled": False,
        "vmtools_v6_enabled": False,
    },
    "tofu_enabled": True,
}
HOST = "host-1"


def address_of(number: int) -> str:
    """Return the address of the machine with a number."""
    return f"10.9.0.{number + 1}"


def snapshot_of(names: list[str]) -> Snapshot:
    """Return a snapshot of machines, each with one NIC on the one network there is."""
    return Snapshot(
        sources=(ReadingSource(kind="vsphere", name="vc"),),
        hosts=(
            Host(
                id=HOST,
                name="esx-1.example",
                physical_nics=(PhysicalNic(id=f"{HOST}/vmnic0", name="vmnic0"),),
                kernel_interfaces=(),
            ),
        ),
        switches=(
            VirtualSwitch(
                id="dvs-1",
                name="dvs-1",
                kind="distributed",
                members=(
                    SwitchMember(
                        host=HOST,
                        uplinks=(UplinkBinding(name="uplink1", physical_nics=(f"{HOST}/vmnic0",)),),
                    ),
                ),
            ),
        ),
        port_groups=(
            PortGroup(id="dvs-1/net", name="net", switch="dvs-1", vlan=AccessVlan(vlan=7)),
        ),
        ports=(),
        mirror_sessions=(),
        machines=tuple(
            Machine(
                id=f"vm-{number}",
                name=name,
                instance_uuid=name.upper(),
                host=HOST,
                power="on",
                template=False,
                nics=(
                    VirtualNic(
                        id=f"vm-{number}/4000",
                        label="Network adapter 1",
                        mac=f"00:50:56:00:00:{number:02x}",
                        port_group="dvs-1/net",
                        connected=True,
                        start_connected=True,
                        addresses=(f"{address_of(number)}/24",),
                    ),
                ),
                passthrough=(),
            )
            for number, name in enumerate(names)
        ),
    )


def joined(answers: Answers, names: list[str]) -> Answers:
    """Return answers with all that a manager says of NICs, hosts and what is left out."""
    nics = tuple(
        {
            "owner_vm_id": name,
            "device_key": "4000",
            "mac_address": f"00:50:56:00:00:{number:02x}",
            "lport_attachment_id": f"port-{number}",
        }
        for number, name in enumerate(names)
    )
    ports = tuple(
        Port(
            {
                "attachment": {"id": f"port-{number}"},
                "address_bindings": [{"ip_address": address_of(number)}],
            },
            (),
        )
        for number, _ in enumerate(names)
    )
    maps = ({"spoofguard_profile_path": PROFILE}, {"ip_discovery_profile_path": DISCOVERY})
    segment = Segment({}, ports, maps)
    return replace(
        answers,
        nics=nics,
        nodes=({"node_deployment_info": {"resource_type": "HostNode", "fqdn": "esx-1.example"}},),
        excluded=(),
        own_excluded=(),
        enabled=True,
        segments=(segment,),
        guard_profiles=({"path": PROFILE, "address_binding_allowlist": True},),
        discovery_profiles=(SILENT,),
    )
