"""The lab full-collapse as a vSphere datacenter: the same machines, VLANs, wires and firewall.

Two hosts of the names of the lab's, each with a standard switch for its zones, whose DMZ has a
physical NIC of its own and whose other zones share one, and a switch for management.
"""

from __future__ import annotations

from datacenter.harbour import harbour
from datacenter.harbour_hosts import harbour_host, kernel, portgroup
from datacenter.harbour_machines import machine_of
from datacenter.scenario import Part, Scenario

ZONES = {"dmz": 10, "application": 20, "cardholder": 30, "management": 40}
NETWORKS = {"dmz": "DMZ", "application": "APP", "cardholder": "CARD", "management": "MGMT"}
WIRES = {"dmz": "vmnic0", "application": "vmnic1", "cardholder": "vmnic1"}
HOSTS = (1, 2)


def twin() -> Scenario:
    """The clean scenario, new on every call."""
    whole = harbour()
    datacenter = whole["datacenters"][0]
    (cluster,) = datacenter["clusters"]
    cluster |= {"hosts": [_host(number) for number in HOSTS]}
    datacenter |= {"distributed_switches": [], "machines": _machines()}
    return whole | {"name": "twin", "devices": [], "permissions": [], "roles": []}


def _host(number: int) -> Part:
    host = harbour_host(number)
    groups = [
        portgroup(name, "vs-zones", vlan, active=[WIRES[zone]], standby=[])
        for zone, vlan in ZONES.items()
        if (name := NETWORKS[zone]) != "MGMT"
    ]
    return host | {
        "name": f"kvm{number}",
        "nics": host["nics"][:3],
        "switches": [
            host["switches"][0] | {"name": "vs-mgmt", "nics": ["vmnic2"]},
            host["switches"][1] | {"name": "vs-zones", "nics": ["vmnic0", "vmnic1"]},
        ],
        "portgroups": [*groups, portgroup("MGMT", "vs-mgmt", 0)],
        "kernel": [kernel("vmk0", "MGMT", f"10.40.0.{20 + number}/24", number, ["management"])],
    }


def _machines() -> list[Part]:
    servers = [
        _machine(f"{zone}-{number}", number, [_nic(zone, 10 + number)])
        for zone in ZONES
        for number in HOSTS
    ]
    return [*servers, _machine("firewall", 1, [_nic(zone, 1) for zone in ZONES])]


def _machine(name: str, number: int, nics: list[Part]) -> Part:
    machine = machine_of(name, number, folder="", pool="", nics=nics)
    return machine | {"host": f"kvm{number}"}


def _nic(zone: str, last: int) -> Part:
    vlan = ZONES[zone]
    return {
        "kind": "vmxnet3",
        "network": NETWORKS[zone],
        "switch": "",
        "mac": f"02:00:00:00:{vlan:02x}:{last:02x}",
        "addresses": [f"10.{vlan}.0.{last}/24", f"fd00:{vlan}::{last}/64"],
    }
