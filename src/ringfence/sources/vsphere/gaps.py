"""What is known to exist and could not be read: never silently absent.

An account sees that a folder or host holds a machine, also where it may not read that machine.
Leaving it out would prove zones apart that it may join; so it is there, with every fact unread.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Final

import msgspec

from ringfence.model.facts import Fact, NotRead
from ringfence.model.hosts import Host
from ringfence.model.machines import Machine, VirtualNic
from ringfence.model.network import Port, PortGroup, VirtualSwitch
from ringfence.sources.vsphere.ports import unread_port

HIDDEN: Final = NotRead(
    reason="no-permission", detail="the account sees that it exists and may not read it"
)
CHANGED: Final = NotRead(
    reason="changed-while-reading", detail="it changed each time that it was read"
)


def unread_machine(identity: str, host: str | None, why: NotRead = HIDDEN) -> Machine:
    """Return a machine of which only the existence is known, and perhaps its host."""
    return Machine(
        id=identity,
        name=identity.rpartition("/")[2],
        instance_uuid=why,
        host=host if host is not None else why,
        folder=why,
        pool=why,
        power=why,
        template=why,
        tags=why,
        nics=why,
        passthrough=why,
        side_channels=why,
        cpu=why,
        memory=why,
        cpu_count=why,
        memory_mib=why,
        migration_encryption=why,
        fault_tolerance_encryption=why,
        guest_tools=why,
        extra=why,
    )


def unread_host(identity: str, cluster: str | None, why: NotRead = HIDDEN) -> Host:
    """Return a host of which only the existence is known, and perhaps its cluster."""
    return Host(
        id=identity,
        name=identity.rpartition("/")[2],
        cluster=cluster,
        connection=why,
        maintenance=why,
        product=why,
        cpu_mhz=why,
        memory_mib=why,
        physical_nics=why,
        kernel_interfaces=why,
        stacks=why,
        services=why,
        firewall=why,
        lockdown=why,
        lockdown_exceptions=why,
        time_servers=why,
        settings=why,
    )


def unread_port_group(identity: str, switch: str, why: NotRead = HIDDEN) -> PortGroup:
    """Return a port group that something is attached to, and of which nothing else is known."""
    return PortGroup(
        id=identity,
        name=identity.rpartition("/")[2],
        switch=switch,
        vlan=why,
        security=why,
        deprecated_security=why,
        teaming=why,
        filters=why,
        binding=why,
        overrides=why,
        flow_monitoring=why,
        blocked=why,
    )


def unread_switch(identity: str, name: str, why: NotRead = HIDDEN) -> VirtualSwitch:
    """Return a distributed switch of which only the existence is known."""
    return VirtualSwitch(
        id=identity,
        name=name or identity.rpartition("/")[2],
        kind="distributed",
        members=why,
        uplink_names=why,
        version=why,
        mtu=why,
        security=why,
        deprecated_security=why,
        teaming=why,
        private_vlans=why,
        discovery_operation=why,
        health_check=why,
        flow_collector=why,
        resource_control=why,
        settings=why,
    )


def with_standing_networks(
    machine: Machine, groups: Mapping[str, PortGroup], unread_hosts: Mapping[str, NotRead]
) -> Machine:
    """Return a machine whose NICs name no standard network that its host does not have.

    A NIC that runs on a network of that name nowhere to be found is not understood: networks are
    renamed under running machines. One that does not run is on no network. ``unread_hosts`` are
    those whose networks were not read.
    """
    if isinstance(machine.nics, NotRead) or not any(
        isinstance(nic.port_group, str)
        and "/pg/" in nic.port_group
        and nic.port_group not in groups
        for nic in machine.nics
    ):
        return machine
    return msgspec.structs.replace(
        machine, nics=tuple(_standing(machine, nic, groups, unread_hosts) for nic in machine.nics)
    )


def _stands(nic: VirtualNic, groups: Mapping[str, PortGroup]) -> bool:
    group = nic.port_group
    return not isinstance(group, str) or "/pg/" not in group or group in groups


def _standing(
    machine: Machine,
    nic: VirtualNic,
    groups: Mapping[str, PortGroup],
    unread_hosts: Mapping[str, NotRead],
) -> VirtualNic:
    group = nic.port_group
    if not isinstance(group, str) or _stands(nic, groups):
        return nic
    host, _, name = group.partition("/pg/")
    found: Fact[str | None]
    if host in unread_hosts:
        found = unread_hosts[host]
    elif machine.power == "on" and nic.connected is not False:
        detail = f"attached to the network {name}, which its host does not have"
        found = NotRead(reason="not-understood", detail=detail)
    else:
        found = None
    return msgspec.structs.replace(nic, port_group=found)


def missing_ports(
    machines: Iterable[Machine],
    hosts: Iterable[Host],
    ports: Mapping[str, Port],
    why: Callable[[str], NotRead],
) -> dict[str, Port]:
    """Return a port for every attachment to one that was not read; ``why`` is asked by switch."""
    found: dict[str, Port] = {}
    attached: list[tuple[Fact[str | None], Fact[str | None]]] = [
        (nic.port, nic.port_group)
        for machine in machines
        if not isinstance(machine.nics, NotRead)
        for nic in machine.nics
    ]
    attached.extend(
        (interface.port, interface.port_group)
        for host in hosts
        if not isinstance(host.kernel_interfaces, NotRead)
        for interface in host.kernel_interfaces
    )
    for port, group in attached:
        if isinstance(port, str) and port not in ports and isinstance(group, str):
            switch = port.partition("/port/")[0]
            found[port] = unread_port(port, switch, group, why(switch))
    return found
