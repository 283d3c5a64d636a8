"""A plan as a scenario for the simulator of the tests, with its firewalls' own configurations."""

from __future__ import annotations

import json
from typing import Any, Final

from benchmarks.generator.firewalls import devices
from benchmarks.generator.nftables import ruleset
from benchmarks.generator.plan import Network, Plan, PlannedMachine
from benchmarks.generator.records import (
    DATACENTER,
    MANAGEMENT_NETWORK,
    MANAGEMENT_VLAN,
    PHYSICAL_NICS,
    TIME,
    UPLINKS,
    addresses_of,
    host_name,
    kernel_address,
    mac_of,
    switch_name,
)
from benchmarks.generator.size import OUTSIDE
from ringfence.model.facts import NotRead
from ringfence.model.rules import Device

_REJECT: Final = {"promiscuous": False, "mac_changes": False, "forged_transmits": False}


def make_scenario(plan: Plan) -> dict[str, Any]:
    """Return the plan as plain data in the scenario's form."""
    return {
        "schema": 1,
        "name": "generated",
        "server": {
            "kind": "vcenter",
            "name": "vcenter.generated.example",
            "version": "8.0.2",
            "user": "administrator@vsphere.local",
            "password": "generated",
        },
        "time": TIME,
        "datacenters": [
            {
                "name": DATACENTER,
                "datastore": "shared-1",
                "folders": [f"vm/{zone}" for zone in plan.zones if zone != OUTSIDE],
                "clusters": [],
                "hosts": [_host(plan, number) for number in range(plan.size.hosts)],
                "distributed_switches": [_switch(plan, site) for site in range(plan.size.sites)],
                "machines": [_machine(plan, machine) for machine in plan.machines],
            }
        ],
        "devices": {device.id: _configuration(device) for device in devices(plan)},
    }


def _host(plan: Plan, number: int) -> dict[str, Any]:
    return {
        "name": host_name(plan, number),
        "cpu_mhz": 2600,
        "cores": 32,
        "memory_mb": 262144,
        "connection": "connected",
        "nics": [
            {
                "device": f"vmnic{nic}",
                "mac": f"02:00:5e:{number >> 8:02x}:{number & 255:02x}:{nic:02x}",
                "speed": 10000,
                "link": True,
            }
            for nic in range(PHYSICAL_NICS)
        ],
        "switches": [{"name": "vSwitch0", "nics": ["vmnic0", "vmnic1"]}],
        "portgroups": [{"name": MANAGEMENT_NETWORK, "switch": "vSwitch0", "vlan": MANAGEMENT_VLAN}],
        "kernel": [
            {
                "device": "vmk0",
                "portgroup": MANAGEMENT_NETWORK,
                "ip": f"{kernel_address(number)}/16",
                "services": ["management"],
            }
        ],
    }


def _switch(plan: Plan, site: int) -> dict[str, Any]:
    return {
        "name": switch_name(site),
        "uplinks": list(UPLINKS),
        "members": [
            {
                "host": host_name(plan, number),
                "nics": {name: f"vmnic{2 + nic}" for nic, name in enumerate(UPLINKS)},
            }
            for number in plan.hosts_at(site)
        ],
        "defaults": {"security": dict(_REJECT), "mac": dict(_REJECT)},
        "uplink_portgroup": {
            "name": f"{switch_name(site)}-uplinks",
            "setting": {"vlan": {"trunk": [[0, 4094]]}},
        },
        "portgroups": [_port_group(network) for network in plan.networks if network.site == site],
    }


def _port_group(network: Network) -> dict[str, Any]:
    vlan: dict[str, Any] = {"access": network.vlan}
    if network.trunk is not None:
        vlan = {"trunk": [list(network.trunk)]}
    return {
        "name": network.name,
        "type": "earlyBinding",
        "setting": {
            "vlan": vlan,
            "teaming": {
                "policy": "loadbalance_srcid",
                "active": list(UPLINKS[:1]),
                "standby": list(UPLINKS[1:]),
            },
        },
    }


def _machine(plan: Plan, machine: PlannedMachine) -> dict[str, Any]:
    return {
        "name": machine.name,
        "folder": machine.zone,
        "host": host_name(plan, machine.host),
        "power": "on" if machine.on else "off",
        "nics": [
            {
                "kind": "vmxnet3",
                "network": plan.networks[number].name,
                "switch": switch_name(plan.networks[number].site),
                "mac": mac_of(machine, position),
                "addresses": list(addresses_of(machine, plan.networks[number])),
            }
            for position, number in enumerate(machine.networks)
        ],
    }


def _configuration(device: Device) -> dict[str, str]:
    """Return what the firewall's own programs print: its rules, addresses and routes."""
    return {
        "nft.json": json.dumps(ruleset(device)),
        "ip-addr.json": json.dumps(_addresses(device)),
        "ip-route.json": json.dumps(_routes(device)),
    }


def _addresses(device: Device) -> list[dict[str, Any]]:
    interfaces = () if isinstance(device.interfaces, NotRead) else device.interfaces
    return [
        {
            "ifindex": number,
            "ifname": interface.name,
            "flags": ["UP", "LOWER_UP"],
            "operstate": "UP",
            "link_type": "ether",
            "address": interface.mac,
            "addr_info": [
                {
                    "family": "inet6" if ":" in address else "inet",
                    "local": address.partition("/")[0],
                    "prefixlen": int(address.partition("/")[2]),
                    "scope": "global",
                }
                for address in (
                    () if isinstance(interface.addresses, NotRead) else interface.addresses
                )
            ],
        }
        for number, interface in enumerate(interfaces, start=2)
    ]


def _routes(device: Device) -> list[dict[str, Any]]:
    return [
        {
            "dst": "default" if route.destination == "0.0.0.0/0" else route.destination,
            "dev": route.interface,
            "flags": [],
        }
        | ({"gateway": route.next_hop} if route.next_hop else {})
        for route in (() if isinstance(device.routes, NotRead) else device.routes)
    ]
