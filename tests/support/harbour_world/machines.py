"""Machines and resource pools."""

import msgspec

from harbour_world.names import CORES, FOLDERS, HOSTS, MEMORY, PREFIXES, SPEED, ZONES
from harbour_world.network import STANDARD
from ringfence.model.machines import Machine, VirtualNic
from ringfence.model.places import Allocation, ResourcePool


def machines() -> tuple[Machine, ...]:
    """All of them: four servers of each zone, management, the firewall."""
    servers = [
        machine(f"{prefix}-0{n}", zone, n, ZONES[zone], f"00:50:56:80:{index:02x}:{n:02x}")
        for index, (zone, prefix) in enumerate(PREFIXES.items())
        for n in HOSTS
    ]
    management = [
        machine(name, "management", n, "MGMT-VMs-12", f"00:50:56:80:0c:{n:02x}")
        for n, name in enumerate(("vcenter-1", "backup-1", "log-1"), start=1)
    ]
    return (*servers, *management, _appliance())


def machine(name: str, zone: str, n: int, network: str, mac: str) -> Machine:
    """A running machine with one NIC on host ``n``, in its zone's folder and pool."""
    return Machine(
        id=name,
        name=name,
        host=f"host-{n}",
        folder=f"f-{FOLDERS.get(zone, zone)}",
        pool=f"pool-{zone}",
        power="on",
        nics=(virtual_nic(name, n, 0, network, mac),),
        passthrough=(),
        cpu=Allocation(reservation=0, expandable=True, limit=None, shares=2000),
        memory=Allocation(reservation=0, expandable=True, limit=None, shares=40960),
        cpu_count=2,
        memory_mib=4096,
        migration_encryption="required",
    )


def virtual_nic(name: str, n: int, index: int, network: str, mac: str) -> VirtualNic:
    """A connected NIC on a standard network of host ``n``, or on a distributed one."""
    standard = network in STANDARD
    return VirtualNic(
        id=f"{name}/{4000 + index}",
        label=f"Network adapter {index + 1}",
        mac=mac,
        port_group=f"host-{n}/{network}" if standard else f"pg-{network}",
        connected=True,
        start_connected=True,
        addresses=(),
    )


def _appliance() -> Machine:
    found = machine("fw-1", "appliances", 1, "DMZ-100", "00:50:56:80:f1:01")
    nics = tuple(
        virtual_nic("fw-1", 1, index, network, f"00:50:56:80:f1:0{index + 1}")
        for index, network in enumerate(ZONES.values())
    )
    reserved = {"expandable": False, "limit": None, "shares": 4000}
    return msgspec.structs.replace(
        found,
        nics=nics,
        cpu_count=4,
        memory_mib=8192,
        cpu=Allocation(reservation=4 * SPEED, **reserved),
        memory=Allocation(reservation=8192, **reserved),
    )


def pools() -> tuple[ResourcePool, ...]:
    """One below the root for each zone, with limits."""
    open_ended = Allocation(reservation=0, expandable=True, limit=None, shares=4000)
    root = ResourcePool(
        id="resources", name="Resources", owner="compute", cpu=open_ended, memory=open_ended
    )
    return (root, *(_pool(zone) for zone in (*FOLDERS, "appliances")))


def _pool(zone: str) -> ResourcePool:
    def part(whole: int) -> Allocation:
        reservation = whole * len(HOSTS) // 5 if zone == "cardholder" else 0
        limit = whole * len(HOSTS) * 3 // 10
        return Allocation(reservation=reservation, expandable=False, limit=limit, shares=4000)

    return ResourcePool(
        id=f"pool-{zone}",
        name=zone,
        parent="resources",
        owner="compute",
        cpu=part(CORES * SPEED),
        memory=part(MEMORY),
    )
