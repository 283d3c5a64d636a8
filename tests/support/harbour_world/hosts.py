"""Hosts and where they stand."""

from harbour_world.names import CORES, FOLDERS, LOG_SERVER, MEMORY, SPEED
from ringfence.model.facts import Setting
from ringfence.model.hosts import (
    Host,
    HostFirewall,
    HostFirewallRuleset,
    HostService,
    KernelInterface,
    KernelService,
    PhysicalNic,
)
from ringfence.model.places import Folder


def folders() -> tuple[Folder, ...]:
    """The tree of folders."""
    return (
        Folder(id="root", name="Datacenters", path="/"),
        Folder(id="f-host", name="host", path="/Harbour/host", parent="dc"),
        Folder(id="f-network", name="network", path="/Harbour/network", parent="dc"),
        Folder(id="f-vm", name="vm", path="/Harbour/vm", parent="dc"),
        *(
            Folder(id=f"f-{name}", name=name, path=f"/Harbour/vm/{name}", parent="f-vm")
            for name in (*FOLDERS.values(), "appliances")
        ),
    )


def hardened_host(n: int) -> Host:
    """Host ``n``."""
    nics = tuple(PhysicalNic(id=f"host-{n}/vmnic{i}", name=f"vmnic{i}") for i in range(6))
    return Host(
        id=f"host-{n}",
        name=f"esx-{n}.harbour.example",
        cluster="compute",
        datacenter="dc",
        cpu_mhz=CORES * SPEED,
        cpu_cores=CORES,
        memory_mib=MEMORY,
        physical_nics=nics,
        kernel_interfaces=(
            interface(n, 0, "Management", f"10.1.10.{10 + n}/24", "management"),
            interface(n, 1, "Migration", f"10.1.11.{10 + n}/24", "migration"),
        ),
        services=(
            HostService(key="TSM", label="Shell", running=False, policy="off"),
            HostService(key="TSM-SSH", label="SSH", running=False, policy="off"),
        ),
        firewall=HostFirewall(
            incoming_blocked=True,
            outgoing_blocked=True,
            rulesets=(
                ruleset("webAccess", "10.1.10.0/24", "10.1.12.0/24"),
                ruleset("vMotion", "10.1.11.0/24"),
                ruleset("syslog", f"{LOG_SERVER}/32"),
            ),
        ),
        lockdown="normal",
        lockdown_exceptions=(),
        time_servers=(LOG_SERVER,),
        settings=(
            Setting(key="Syslog.global.auditRecord.remoteEnable", value=True),
            Setting(key="Syslog.global.auditRecord.storageEnable", value=True),
            Setting(key="Syslog.global.logHost", value=f"ssl://{LOG_SERVER}:1514"),
        ),
    )


def interface(
    n: int, index: int, network: str, address: str, *services: KernelService
) -> KernelInterface:
    """A kernel interface of host ``n``."""
    group = network if network.startswith("pg-") else f"host-{n}/{network}"
    return KernelInterface(
        id=f"host-{n}/vmk{index}",
        name=f"vmk{index}",
        port_group=group,
        services=services,
        addresses=(address,),
        mac=f"00:50:56:6{index}:{n:02x}:01",
    )


def ruleset(key: str, *networks: str) -> HostFirewallRuleset:
    """An enabled ruleset for these networks."""
    return HostFirewallRuleset(key=key, enabled=True, all_addresses=False, networks=networks)
