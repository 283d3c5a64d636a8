"""Faults of machines: where they are attached, and what they are given."""

from __future__ import annotations

from datacenter.faults.fault import Fault
from datacenter.scenario import Part, Scenario, host, machine, pool

SPARE_CARD = {"id": "0000:5e:00.0", "name": "Ethernet Controller"}


def _attach(nic: Part, network: str, switch: str = "") -> None:
    nic["network"], nic["switch"] = network, switch


def second_nic_in_another_zone(scenario: Scenario) -> None:
    """app-05 gets a second NIC, on the cardholder network."""
    machine(scenario, "app-05")["nics"].append(
        {
            "kind": "vmxnet3",
            "network": "CDE-300",
            "switch": "",
            "mac": "00:50:56:80:fa:05",
            "addresses": ["10.1.30.205/24", "fd00:1:30::205/64"],
        }
    )


def machine_on_wrong_network(scenario: Scenario) -> None:
    """web-03, a machine of the DMZ, is plugged into the application network."""
    _attach(machine(scenario, "web-03")["nics"][0], "APP-200", "Zones")


def machine_on_migration_network(scenario: Scenario) -> None:
    """app-11 is plugged into the network over which machines migrate."""
    _attach(machine(scenario, "app-11")["nics"][0], "Migration")


def passthrough_nic(scenario: Scenario) -> None:
    """web-09 holds a physical card of its host, past every virtual switch."""
    web = machine(scenario, "web-09")
    host(scenario, web["host"])["pci"].append(dict(SPARE_CARD))
    web["passthrough"].append({"device": SPARE_CARD["id"], "name": SPARE_CARD["name"]})


def appliance_without_reservation(scenario: Scenario) -> None:
    """fw-1 has to share the hosts with everyone else."""
    firewall = machine(scenario, "fw-1")
    firewall["cpu"]["reservation"] = 0
    firewall["memory"]["reservation"] = 0


def pool_without_limit(scenario: Scenario) -> None:
    """The DMZ's pool may take whatever the cluster has."""
    dmz = pool(scenario, "dmz")
    for resource in ("cpu", "memory"):
        dmz[resource] |= {"limit": -1, "expandable": True}


FAULTS = (
    Fault(
        "second-nic-in-another-zone",
        "app-05 has a second NIC on CDE-300.",
        second_nic_in_another_zone,
    ),
    Fault(
        "machine-on-wrong-network",
        "web-03 is in folder dmz and on network APP-200.",
        machine_on_wrong_network,
    ),
    Fault(
        "machine-on-migration-network",
        "app-11 is on the migration network.",
        machine_on_migration_network,
    ),
    Fault(
        "passthrough-nic",
        "web-09 holds the physical card 0000:5e:00.0 of its host.",
        passthrough_nic,
    ),
    Fault(
        "appliance-without-reservation",
        "The firewall fw-1 has no CPU or memory reserved.",
        appliance_without_reservation,
    ),
    Fault(
        "pool-without-limit",
        "Resource pool dmz has no limit and can starve the other zones.",
        pool_without_limit,
    ),
)
