"""The clean Harbour: four hosts, three zones and their management, everything hardened.

Nothing in it is a finding of the audit, and every pair of its zones is proved to be apart but for
the declared flows. Faults are planted by ``datacenter.faults``.
"""

from __future__ import annotations

from datacenter.devices import clean_devices
from datacenter.harbour_hosts import HOSTS, harbour_host
from datacenter.harbour_machines import harbour_machines
from datacenter.harbour_rights import harbour_permissions, harbour_roles
from datacenter.harbour_switch import zones_switch
from datacenter.scenario import Part, Scenario

# Two hosts of 32 cores at 2.6 GHz and 256 GB would do; four leave room for failures.
CLUSTER_MHZ = 4 * 32 * 2600
CLUSTER_MB = 4 * 256 * 1024


def harbour() -> Scenario:
    """The clean scenario, new on every call."""
    return {
        "schema": 1,
        "name": "harbour",
        "server": {
            "kind": "vcenter",
            "name": "vcenter.harbour.example",
            "instance_uuid": "0b0e4c1e-5d0a-4b6e-9f1e-6a1b7c000001",
            "version": "8.0.2",
            "user": "administrator@vsphere.local",
            "password": "harbour",
        },
        "time": "2026-11-02T08:00:00Z",
        "settings": _settings(),
        "roles": harbour_roles(),
        "permissions": harbour_permissions(),
        "datacenters": [
            {
                "name": "Harbour",
                "datastore": "shared-1",
                "folders": ["vm/dmz", "vm/app", "vm/cde", "vm/mgmt", "vm/appliances"],
                "clusters": [_cluster()],
                "hosts": [],
                "distributed_switches": [zones_switch()],
                "machines": harbour_machines(),
            }
        ],
        "unreadable": [],
        "devices": clean_devices(),
    }


def _cluster() -> Part:
    return {
        "name": "compute",
        "drs": True,
        "ha": True,
        "hosts": [harbour_host(number) for number in HOSTS],
        "pools": [
            _pool("dmz", cpu=(0.05, 0.30), memory=(0.05, 0.25)),
            _pool("application", cpu=(0.10, 0.30), memory=(0.15, 0.30)),
            _pool("cardholder", cpu=(0.20, 0.40), memory=(0.20, 0.40)),
            _pool("management", cpu=(0.05, 0.15), memory=(0.05, 0.15)),
            _pool("appliances", cpu=(0.05, 0.10), memory=(0.05, 0.10)),
        ],
        "groups": [],
        "rules": [],
    }


def _pool(name: str, *, cpu: tuple[float, float], memory: tuple[float, float]) -> Part:
    """A zone's pool: a reservation that is its own and a limit, as shares of the cluster."""

    def allocation(share: tuple[float, float], whole: int) -> Part:
        reservation, limit = share
        return {
            "reservation": int(reservation * whole),
            "limit": int(limit * whole),
            "expandable": False,
            "shares": "normal",
        }

    return {
        "name": name,
        "parent": "",
        "cpu": allocation(cpu, CLUSTER_MHZ),
        "memory": allocation(memory, CLUSTER_MB),
    }


def _settings() -> Part:
    """Options of the management server: events kept and forwarded, passwords renewed."""
    return {
        "VirtualCenter.InstanceName": "vcenter.harbour.example",
        "VirtualCenter.VimPasswordExpirationInDays": 30,
        "config.log.level": "info",
        "event.batchsize": 2000,
        "event.maxAge": 90,
        "event.maxAgeEnabled": True,
        "task.maxAge": 90,
        "task.maxAgeEnabled": True,
        "vpxd.event.syslog.enabled": True,
    }
