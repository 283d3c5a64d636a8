"""The machines of Harbour: web, application and database servers, management, one firewall."""

from __future__ import annotations

from collections.abc import Iterator

from datacenter.harbour_hosts import host_name
from datacenter.scenario import Part

FIREWALL = "fw-1"
FIREWALL_CPUS = 4
FIREWALL_MB = 8192
HOST_MHZ = 2600
# In the order of its NICs: network, distributed switch, the subnet's number.
FIREWALL_NICS = (("DMZ-100", "Zones", 100), ("APP-200", "Zones", 200), ("CDE-300", "", 30))


def harbour_machines() -> list[Part]:
    """All of them, numbered from one and spread over the hosts."""
    outer, middle, inner = FIREWALL_NICS
    return [
        *_servers("web", 20, "dmz", "dmz", outer),
        *_servers("app", 24, "app", "application", middle),
        *_servers("db", 14, "cde", "cardholder", inner),
        _management("vcenter-1", 1, 10, cpus=8, memory_mb=28672),
        _management("backup-1", 2, 20, cpus=4, memory_mb=8192),
        _management("log-1", 3, 30, cpus=4, memory_mb=8192),
        _firewall(),
    ]


def _servers(
    prefix: str, count: int, folder: str, pool: str, attached: tuple[str, str, int]
) -> Iterator[Part]:
    network, switch, octet = attached
    for number in range(1, count + 1):
        last = 10 + number
        nic = {
            "kind": "vmxnet3",
            "network": network,
            "switch": switch,
            "mac": f"00:50:56:80:{octet:02x}:{number:02x}",
            "addresses": [f"10.1.{octet}.{last}/24", f"fd00:1:{octet}::{last}/64"],
        }
        yield machine_of(
            f"{prefix}-{number:02d}", (number - 1) % 4 + 1, folder=folder, pool=pool, nics=[nic]
        )


def machine_of(
    name: str,
    host: int,
    *,
    folder: str,
    pool: str,
    nics: list[Part],
    cpus: int = 2,
    memory_mb: int = 4096,
) -> Part:
    """A running machine with encrypted migration and no wish of its own for resources."""
    return {
        "name": name,
        "folder": folder,
        "host": host_name(host),
        "pool": pool,
        "power": "on",
        "template": False,
        "cpus": cpus,
        "memory_mb": memory_mb,
        "guest": "debian11_64Guest",
        "nics": nics,
        "passthrough": [],
        "options": {
            "isolation.tools.copy.disable": "TRUE",
            "isolation.tools.paste.disable": "TRUE",
        },
        "migrate_encryption": "required",
        "ft_encryption": "ftEncryptionRequired",
        "tools": "guestToolsRunning",
    }


def _management(name: str, host: int, last: int, *, cpus: int, memory_mb: int) -> Part:
    nic = {
        "kind": "vmxnet3",
        "network": "MGMT-VMs-12",
        "switch": "",
        "mac": f"00:50:56:80:0c:{last:02x}",
        "addresses": [f"10.1.12.{last}/24"],
    }
    return machine_of(
        name,
        host,
        folder="mgmt",
        pool="management",
        nics=[nic],
        cpus=cpus,
        memory_mb=memory_mb,
    )


def _firewall() -> Part:
    """The inner firewall: a NIC in each zone, and everything it has reserved for it alone."""
    nics = [
        {
            "kind": "vmxnet3",
            "network": network,
            "switch": switch,
            "mac": f"00:50:56:80:f1:{index + 1:02x}",
            "addresses": [f"10.1.{octet}.1/24", f"fd00:1:{octet}::1/64"],
        }
        for index, (network, switch, octet) in enumerate(FIREWALL_NICS)
    ]
    firewall = machine_of(
        FIREWALL,
        1,
        folder="appliances",
        pool="appliances",
        nics=nics,
        cpus=FIREWALL_CPUS,
        memory_mb=FIREWALL_MB,
    )
    firewall["cpu"] = {"reservation": FIREWALL_CPUS * HOST_MHZ, "shares": "high"}
    firewall["memory"] = {"reservation": FIREWALL_MB, "shares": "high"}
    return firewall
