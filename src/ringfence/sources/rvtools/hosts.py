"""Hosts with their physical NICs and kernel interfaces."""

from __future__ import annotations

import ipaddress
from collections import defaultdict
from collections.abc import Mapping
from typing import Final

from ringfence.model.facts import NOT_COLLECTED, Fact, NotRead
from ringfence.model.hosts import Host, KernelInterface, KernelService, PhysicalNic
from ringfence.sources.rvtools.addresses import addresses_of
from ringfence.sources.rvtools.names import Key
from ringfence.sources.rvtools.networks import Networks, id_of, port_of
from ringfence.sources.rvtools.rows import Row
from ringfence.sources.rvtools.workbook import Workbook

# As RVTools writes them, without spaces and case; parts of words, since releases differ.
_SERVICES: Final[Mapping[str, KernelService]] = {
    "management": "management",
    "vmotion": "migration",
    "provisioning": "provisioning",
    "vsan": "storage",
    "iscsi": "storage",
    "nfs": "storage",
    "nvme": "storage",
    "faulttolerance": "fault-tolerance",
    "replication": "replication",
    "backup": "backup",
    "witness": "witness",
}


def host_ids(workbook: Workbook) -> dict[Key, str]:
    """Return the id of every host by its name."""
    return {
        key: key.id("host", row.text("Object ID"))
        for row in workbook.rows("vHost")
        if (key := Key.of(row, "Host")).name
    }


def hosts(
    workbook: Workbook, ids: Mapping[Key, str], clusters: Mapping[Key, str], networks: Networks
) -> tuple[Host, ...]:
    """Return every host of the sheet ``vHost``."""
    nics: dict[str, list[PhysicalNic]] = defaultdict(list)
    for row in workbook.rows("vNIC"):
        host = ids.get(Key.of(row, "Host"))
        if host is not None:
            nics[host].append(_physical_nic(row, host))
    interfaces: dict[str, list[KernelInterface]] = defaultdict(list)
    for row in workbook.rows("vSC_VMK"):
        host = ids.get(Key.of(row, "Host"))
        if host is not None:
            interfaces[host].append(_kernel_interface(row, host, networks))
    has_nics, has_interfaces = workbook.has("vNIC"), workbook.has("vSC_VMK")
    found = {}
    for row in workbook.rows("vHost"):
        host = ids.get(Key.of(row, "Host"))
        if host is None:
            continue
        found[host] = Host(
            id=host,
            name=row.text("Host"),
            cluster=clusters.get(Key.of(row, "Cluster")),
            maintenance=row.truth("in Maintenance Mode"),
            product=row.fact("ESX Version"),
            cpu_mhz=_total_mhz(row),
            memory_mib=row.number("# Memory"),
            physical_nics=tuple(nics[host]) if has_nics else NOT_COLLECTED,
            kernel_interfaces=tuple(interfaces[host]) if has_interfaces else NOT_COLLECTED,
            time_servers=row.words("NTP Server(s)"),
        )
    return tuple(found.values())


def _physical_nic(row: Row, host: str) -> PhysicalNic:
    name = row.text("Network Device")
    return PhysicalNic(
        id=f"{host}/{name}",
        name=name,
        mac=row.text("MAC").lower(),
        pci=row.text("PCI"),
        speed=row.number("Speed"),
    )


def _kernel_interface(row: Row, host: str, networks: Networks) -> KernelInterface:
    name = row.text("Device")
    group = networks.find(Key.of(row, "Port Group"), host, "")
    return KernelInterface(
        id=f"{host}/{name}",
        name=name,
        port_group=id_of(group),
        port=port_of(group),
        services=_services(row),
        addresses=_addresses(row),
        mac=row.fact("Mac Address"),
        mtu=row.number("MTU"),
    )


def _services(row: Row) -> Fact[tuple[KernelService, ...]]:
    if row.has("Services") and not row.text("Services"):
        return ()
    words = row.words("Services")
    if isinstance(words, NotRead):
        return words
    services: list[KernelService] = []
    for word in words:
        plain = "".join(word.casefold().split())
        known = [service for part, service in _SERVICES.items() if part in plain]
        if not known:
            detail = f"the workbook's service {word[:40]} is not known"
            return NotRead(reason="not-understood", detail=detail)
        services += known
    return tuple(dict.fromkeys(services))


def _addresses(row: Row) -> Fact[tuple[str, ...]]:
    """Return the IPv4 address with the length of its mask, and the IPv6 address as it stands."""
    four, six = row.text("IP Address"), row.text("IP 6 Address")
    if not four and not six:
        return row.words("IP Address")
    addresses = []
    if four:
        try:
            mask = row.text("Subnet mask")
            addresses.append(str(ipaddress.ip_interface(f"{four}/{mask}" if mask else four)))
        except ValueError:
            return NotRead(reason="not-understood", detail=f"the address {four[:40]}")
    return addresses_of([*addresses, *(part.strip() for part in six.split(",") if part.strip())])


def _total_mhz(row: Row) -> Fact[int]:
    speed, cores = row.number("Speed"), row.number("# Cores")
    if isinstance(speed, NotRead):
        return speed
    return cores if isinstance(cores, NotRead) else speed * cores
