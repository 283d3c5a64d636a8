"""What is read of a vSphere server: each property with what it gives and what needs it.

The reading asks for exactly this, the published role is derived from it, and ``--preflight``
tells from it what an account would lose. Paths and privileges are those of the vSphere Web
Services API.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

Privilege = Literal["System.View", "System.Read", "Global.Settings"]

PROOF: Final = "every verdict"
SERVICES: Final = "config.virtualNicManagerInfo.netConfig"
MANAGEMENT: Final = "verdicts on management networks, audit of management"
DUTIES: Final = "who can change the answer, audit of separation of duties"


@dataclass(frozen=True)
class Wanted:
    """A property (``path``) of a type of managed objects, or a ``method`` that is called on it.

    ``gives`` is the fact, ``needed_for`` what becomes UNKNOWN without it. A ``marker`` is read
    again after everything else, to tell whether the object changed meanwhile.
    """

    type: str
    path: str
    gives: str
    needed_for: str
    privilege: Privilege = "System.Read"
    marker: bool = False
    method: bool = False


def _viewed(type_name: str, needed_for: str) -> tuple[Wanted, ...]:
    return (
        Wanted(type_name, "name", "its name", needed_for, "System.View", marker=True),
        Wanted(type_name, "parent", "where it stands", needed_for, "System.View", marker=True),
    )


PLACES: Final = (
    *_viewed("Folder", "zones by folder, " + DUTIES),
    Wanted("Folder", "childEntity", "what it holds", PROOF, "System.View"),
    *_viewed("Datacenter", "zones by folder"),
    *_viewed("ComputeResource", "audit of clusters"),
    Wanted("ComputeResource", "host", "the hosts of a cluster", PROOF, "System.View", marker=True),
    Wanted(
        "ComputeResource", "configurationEx", "placement rules", "audit of placement", marker=True
    ),
    *_viewed("ResourcePool", "zones by pool"),
    Wanted("ResourcePool", "owner", "its cluster", "zones by pool", "System.View"),
    Wanted("ResourcePool", "config", "reservations and limits", "audit of resources", marker=True),
    Wanted("VirtualApp", "parentFolder", "where machines stand", "zones by folder", "System.View"),
)

NETWORKS: Final = (
    *_viewed("Network", "zones by network, " + DUTIES),
    Wanted("Network", "host", "the hosts that have it", DUTIES, "System.Read", marker=True),
    Wanted("OpaqueNetwork", "summary", "the overlay network behind it", PROOF, marker=True),
    *_viewed("DistributedVirtualSwitch", PROOF),
    Wanted("DistributedVirtualSwitch", "uuid", "its identity", PROOF, marker=True),
    Wanted("DistributedVirtualSwitch", "portgroup", "its port groups", PROOF),
    Wanted("DistributedVirtualSwitch", "config", "members, private VLANs, mirrors", PROOF),
    Wanted("DistributedVirtualSwitch", "config.configVersion", "its state", PROOF, marker=True),
    Wanted(
        "DistributedVirtualSwitch", "FetchDVPorts", "live ports and overrides", PROOF, method=True
    ),
    *_viewed("DistributedVirtualPortgroup", PROOF),
    Wanted("DistributedVirtualPortgroup", "key", "its identity", PROOF, marker=True),
    Wanted("DistributedVirtualPortgroup", "config", "VLAN, security, teaming, filters", PROOF),
    Wanted("DistributedVirtualPortgroup", "config.configVersion", "its state", PROOF, marker=True),
)

HOSTS: Final = (
    *_viewed("HostSystem", PROOF),
    Wanted("HostSystem", "vm", "the machines on it", PROOF),
    Wanted("HostSystem", "runtime.connectionState", "whether it answers", PROOF, marker=True),
    Wanted("HostSystem", "runtime.inMaintenanceMode", "maintenance", "audit of clusters"),
    Wanted("HostSystem", "summary.hardware.uuid", "its identity", "identity of a single host"),
    Wanted("HostSystem", "hardware.cpuInfo", "its processors", "audit of resources"),
    Wanted("HostSystem", "hardware.memorySize", "its memory", "audit of resources"),
    Wanted("HostSystem", "config.product", "its version", PROOF),
    Wanted("HostSystem", "config.network.pnic", "physical NICs", PROOF),
    Wanted("HostSystem", "config.network.vswitch", "standard switches", PROOF, marker=True),
    Wanted("HostSystem", "config.network.portgroup", "standard port groups", PROOF, marker=True),
    Wanted("HostSystem", "config.network.proxySwitch", "uplinks", PROOF, marker=True),
    Wanted("HostSystem", "config.network.vnic", "kernel interfaces", MANAGEMENT, marker=True),
    Wanted("HostSystem", "config.network.netStackInstance", "TCP/IP stacks", MANAGEMENT),
    Wanted("HostSystem", "config.network.ipRouteConfig", "default gateway", MANAGEMENT),
    Wanted("HostSystem", SERVICES, "services", MANAGEMENT, marker=True),
    Wanted("HostSystem", "config.service.service", "services", "audit of services", marker=True),
    Wanted("HostSystem", "config.firewall", "the host's firewall", "audit of management"),
    Wanted("HostSystem", "config.lockdownMode", "lockdown", "audit of lockdown", marker=True),
    Wanted("HostSystem", "config.dateTimeInfo.ntpConfig.server", "time servers", "audit of logs"),
    Wanted("HostSystem", "config.option", "advanced settings", "audit by setting"),
    Wanted("HostSystem", "configManager.hostAccessManager", "lockdown", "audit of lockdown"),
    Wanted("HostSystem", "configManager.networkSystem", "observed VLANs", "checking the fabric"),
    Wanted(
        "HostAccessManager",
        "QueryLockdownExceptions",
        "accounts outside lockdown",
        "audit of lockdown",
        "Global.Settings",
        method=True,
    ),
    Wanted(
        "HostNetworkSystem",
        "QueryNetworkHint",
        "observed VLANs and neighbours",
        "checking the declared fabric",
        method=True,
    ),
)

MACHINES: Final = (
    Wanted("VirtualMachine", "name", "its name", PROOF, "System.View"),
    Wanted("VirtualMachine", "parent", "its folder", "zones by folder", "System.View", marker=True),
    Wanted("VirtualMachine", "parentVApp", "the vApp it is in", "zones by folder"),
    Wanted("VirtualMachine", "resourcePool", "its pool", "zones by pool", marker=True),
    Wanted("VirtualMachine", "runtime.host", "where it runs", PROOF, marker=True),
    Wanted("VirtualMachine", "runtime.powerState", "whether it runs", PROOF, marker=True),
    Wanted("VirtualMachine", "config.changeVersion", "its version", PROOF, marker=True),
    Wanted("VirtualMachine", "config.template", "whether it is a template", PROOF),
    Wanted("VirtualMachine", "config.instanceUuid", "its identity", PROOF),
    Wanted("VirtualMachine", "config.hardware.device", "NICs, passthrough devices", PROOF),
    Wanted("VirtualMachine", "config.hardware.numCPU", "processors", "audit of resources"),
    Wanted("VirtualMachine", "config.hardware.memoryMB", "memory", "audit of resources"),
    Wanted("VirtualMachine", "config.cpuAllocation", "CPU reservation", "audit of resources"),
    Wanted("VirtualMachine", "config.memoryAllocation", "memory reservation", "audit of resources"),
    Wanted("VirtualMachine", "config.extraConfig", "NIC filters", "audit of filters"),
    Wanted("VirtualMachine", "config.migrateEncryption", "encryption", "audit of migration"),
    Wanted("VirtualMachine", "config.ftEncryptionMode", "encryption", "audit of fault tolerance"),
    Wanted("VirtualMachine", "guest.net", "addresses that the guest reports", "expected addresses"),
    Wanted("VirtualMachine", "guest.toolsRunningStatus", "guest tools", "audit of machines"),
)

RIGHTS: Final = (
    Wanted("AuthorizationManager", "roleList", "roles", DUTIES, "System.View"),
    Wanted(
        "AuthorizationManager",
        "RetrieveAllPermissions",
        "permissions",
        DUTIES,
        "System.View",
        method=True,
    ),
    Wanted("OptionManager", "setting", "the server's settings", "audit by setting"),
)

CATALOGUE: Final = (*PLACES, *NETWORKS, *HOSTS, *MACHINES, *RIGHTS)

# Types as they are asked for, in the order in which they are read; each with the more general
# types whose properties it has too.
READ_ORDER: Final = {
    "Folder": (),
    "Datacenter": (),
    "ComputeResource": (),
    "ClusterComputeResource": ("ComputeResource",),
    "ResourcePool": (),
    "VirtualApp": ("ResourcePool",),
    "Network": (),
    "OpaqueNetwork": ("Network",),
    "DistributedVirtualSwitch": (),
    "VmwareDistributedVirtualSwitch": ("DistributedVirtualSwitch",),
    "DistributedVirtualPortgroup": (),
    "HostSystem": (),
    "VirtualMachine": (),
}
# What saved folders have beside these.
ALSO_SAVED: Final = ("ServiceInstance", "AuthorizationManager", "OptionManager")


def properties(type_name: str, *, markers_only: bool = False) -> tuple[str, ...]:
    """Return the paths that are asked for of a type, each once; only its markers where wanted."""
    types = {type_name, *READ_ORDER.get(type_name, ())}
    return tuple(
        dict.fromkeys(
            wanted.path
            for wanted in CATALOGUE
            if wanted.type in types
            and not wanted.method
            and (wanted.marker or not markers_only)
            and not _within_another(wanted, types, markers_only=markers_only)
        )
    )


def _within_another(wanted: Wanted, types: set[str], *, markers_only: bool) -> bool:
    """Whether a path lies within another that is asked for anyway."""
    return not markers_only and any(
        other.type in types and wanted.path.startswith(f"{other.path}.") for other in CATALOGUE
    )


def roots(type_name: str) -> frozenset[str]:
    """Return the first names of a type's paths, and where saved folders hold permissions."""
    found = {path.partition(".")[0] for path in properties(type_name)}
    if type_name in READ_ORDER:
        found.add("permission")
    return frozenset(found)


def role_privileges() -> tuple[Privilege, ...]:
    """Return the privileges of the least role that reads everything, in order of name."""
    return tuple(sorted({wanted.privilege for wanted in CATALOGUE}))
