"""The network of a host: physical NICs, kernel interfaces, TCP/IP stacks."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from typing import Any, Final

from ringfence.model.facts import Fact, NotRead
from ringfence.model.hosts import KernelInterface, KernelService, NetworkStack, PhysicalNic
from ringfence.sources.vsphere.attachments import distributed_attachment
from ringfence.sources.vsphere.content import Content
from ringfence.sources.vsphere.names import Ids
from ringfence.sources.vsphere.values import at, items, number, text

# nicType of HostVirtualNicManager; what is not listed tells nothing about isolation (ptp).
_SERVICES: Final[Mapping[str, KernelService]] = {
    "management": "management",
    "vmotion": "migration",
    "vSphereProvisioning": "provisioning",
    "faultToleranceLogging": "fault-tolerance",
    "vSphereReplication": "replication",
    "vSphereReplicationNFC": "replication",
    "vSphereBackupNFC": "backup",
    "vsan": "storage",
    "vsanExternal": "storage",
    "vsanWitness": "witness",
    "nvmeTcp": "storage",
    "nvmeRdma": "storage",
}
# Interfaces on these stacks carry the service whether it is marked or not.
_STACK_SERVICES: Final[Mapping[str, KernelService]] = {
    "vmotion": "migration",
    "vSphereProvisioning": "provisioning",
}
_DEFAULT_STACK: Final = "defaultTcpipStack"


def device_of(key: str) -> str:
    """Return the device that a key such as ``key-vim.host.PhysicalNic-vmnic0`` names."""
    return key.rpartition("-")[2]


def physical_nics(value: Any, host: str, ids: Ids) -> tuple[PhysicalNic, ...]:
    """Return the physical NICs of ``config.network.pnic``, in order of device."""
    nics = (
        PhysicalNic(
            id=ids.on_host(host, text(nic, "device")),
            name=text(nic, "device"),
            mac=text(nic, "mac"),
            pci=text(nic, "pci"),
            # No linkSpeed: the link is down.
            speed=number(nic, "linkSpeed.speedMb") or 0,
        )
        for nic in items(value)
    )
    return tuple(sorted(nics, key=lambda nic: nic.id))


def kernel_interfaces(content: Content, ids: Ids, unset: Fact[Any]) -> Fact[Any]:
    """Return the kernel interfaces of a host with the services that are marked on each."""
    services = content.fact("config.virtualNicManagerInfo.netConfig", _marked, unset)

    def read(value: Any) -> tuple[KernelInterface, ...]:
        found = (_interface(nic, content.id, ids, services) for nic in items(value))
        return tuple(sorted(found, key=lambda interface: interface.id))

    return content.fact("config.network.vnic", read, unset)


def stacks(content: Content, unset: Fact[Any]) -> Fact[Any]:
    """Return the TCP/IP stacks of a host; a host of one stack tells only its own routes."""

    def read(value: Any) -> tuple[NetworkStack, ...]:
        return tuple(
            NetworkStack(
                name=_stack(text(entry, "key")),
                gateway=text(entry, "ipRouteConfig.defaultGateway") or None,
                routes=_routes(entry),
            )
            for entry in items(value)
        )

    def only(value: Any) -> tuple[NetworkStack, ...]:
        return (NetworkStack(name="default", gateway=text(value, "defaultGateway") or None),)

    found = content.fact("config.network.netStackInstance", read, unset)
    if found == ():
        found = content.fact("config.network.ipRouteConfig", only, unset)
    return found


def _interface(
    nic: Any, host: str, ids: Ids, services: Fact[dict[str, set[KernelService]]]
) -> KernelInterface:
    device, spec = text(nic, "device"), at(nic, "spec")
    stack = text(spec, "netStackInstanceKey") or _DEFAULT_STACK
    marked: Fact[tuple[KernelService, ...]]
    if isinstance(services, NotRead):
        marked = services
    else:
        words = set(services.get(device, ()))
        if stack in _STACK_SERVICES:
            words.add(_STACK_SERVICES[stack])
        marked = tuple(sorted(words))
    port_group, port = _attachment(nic, host, ids)
    return KernelInterface(
        id=ids.on_host(host, device),
        name=device,
        port_group=port_group,
        port=port,
        services=marked,
        stack=_stack(stack),
        addresses=_addresses(at(spec, "ip")),
        mac=text(spec, "mac"),
        mtu=number(spec, "mtu") or 1500,
    )


def _attachment(nic: Any, host: str, ids: Ids) -> tuple[Fact[str | None], str | None]:
    """Return the ids of the port group and, on a distributed switch, of the live port."""
    if name := text(nic, "portgroup") or text(nic, "spec.portgroup"):
        return ids.port_group(host, name), None
    port = at(nic, "spec.distributedVirtualPort")
    if port is not None:
        return distributed_attachment(port, ids)
    if network := text(nic, "spec.opaqueNetwork.opaqueNetworkId"):
        return ids.opaque(network), None
    return None, None


def _addresses(ip: Any) -> tuple[str, ...]:
    found = []
    address, mask = text(ip, "ipAddress"), text(ip, "subnetMask")
    if address and address != "0.0.0.0":  # noqa: S104 (no address was given yet)
        found.append(str(ipaddress.ip_interface(f"{address}/{mask}" if mask else address)))
    for entry in items(ip, "ipV6Config.ipV6Address"):
        prefix = number(entry, "prefixLength")
        found.append(str(ipaddress.ip_interface(f"{text(entry, 'ipAddress')}/{prefix or 128}")))
    return tuple(found)


def _marked(net_configs: Any) -> dict[str, set[KernelService]]:
    """Return the services by device: ``selectedVnic`` holds keys of ``candidateVnic``."""
    found: dict[str, set[KernelService]] = {}
    for config in items(net_configs):
        service = _SERVICES.get(text(config, "nicType"))
        if service is None:
            continue
        devices = {text(nic, "key"): text(nic, "device") for nic in items(config, "candidateVnic")}
        for key in items(config, "selectedVnic"):
            device = devices.get(key) or device_of(str(key))
            found.setdefault(device, set()).add(service)
    return found


def _routes(stack: Any) -> tuple[str, ...]:
    routes = [
        *items(stack, "routeTableConfig.ipRoute"),
        *items(stack, "routeTableConfig.ipv6Route"),
    ]
    return tuple(
        f"{text(route, 'network')}/{text(route, 'prefixLength')} via {text(route, 'gateway')}"
        for entry in routes
        for route in (at(entry, "route") or entry,)
    )


def _stack(key: str) -> str:
    return "default" if key in {"", _DEFAULT_STACK} else key
