"""The distributed switch ``Zones`` of Harbour, with its two port groups."""

from __future__ import annotations

from datacenter.harbour_hosts import HOSTS, REJECT_ALL, host_name
from datacenter.scenario import Part

UPLINKS = ["Uplink 1", "Uplink 2"]
NO_OVERRIDES = {
    "vlan": False,
    "security": False,
    "mac": False,
    "filter": False,
    "teaming": False,
    "ipfix": False,
    "block": False,
    "shaping": False,
    "live_port_moving": False,
    "resource_pool": False,
    "reset_at_disconnect": True,
}


def zones_switch() -> Part:
    """The switch on vmnic2 and vmnic3 of every host."""
    return {
        "name": "Zones",
        "uuid": "50 2a 11 00 5d 0a 4b 6e-9f 1e 6a 1b 7c 00 00 01",
        "version": "7.0.3",
        "mtu": 1500,
        "uplinks": UPLINKS,
        "members": [
            {"host": host_name(n), "nics": {"Uplink 1": "vmnic2", "Uplink 2": "vmnic3"}}
            for n in HOSTS
        ],
        "network_io_control": True,
        "traffic": [
            {"key": "management", "shares": "normal", "reservation": 100},
            {"key": "vmotion", "shares": "normal", "reservation": 100},
            {"key": "virtualMachine", "shares": "high", "reservation": 0},
        ],
        "health_check": [],
        "discovery": {"protocol": "lldp", "operation": "none"},
        "ipfix": None,
        "mirrors": [],
        "private_vlans": [],
        "defaults": {"security": dict(REJECT_ALL), "mac": dict(REJECT_ALL)},
        "uplink_portgroup": {
            "name": "Zones-DVUplinks",
            "setting": {"vlan": {"trunk": [[0, 4094]]}},
            "overrides": dict(NO_OVERRIDES),
        },
        "portgroups": [
            distributed_portgroup("DMZ-100", {"access": 100}),
            distributed_portgroup("APP-200", {"access": 200}),
        ],
        "ports": [],
    }


def distributed_portgroup(name: str, vlan: Part) -> Part:
    """A port group with a VLAN that rejects everything in both places and lets no port override."""
    return {
        "name": name,
        "type": "earlyBinding",
        "spare": 2,
        "setting": {
            "vlan": vlan,
            "security": dict(REJECT_ALL),
            "mac": {**REJECT_ALL, "learning": {"enabled": False, "flooding": False}},
            "teaming": {"policy": "loadbalance_srcid", "active": UPLINKS, "standby": []},
        },
        "overrides": dict(NO_OVERRIDES),
        "backing": "standard",
    }
