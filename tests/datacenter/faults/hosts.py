"""Faults of hosts: their NICs, their management, their services."""

from __future__ import annotations

from datacenter.faults.fault import Fault
from datacenter.harbour_hosts import kernel, portgroup
from datacenter.scenario import Scenario, host, hosts, named


def management_interface_on_machine_network(scenario: Scenario) -> None:
    """esx-4 answers to management on the DMZ's own network."""
    interface = kernel("vmk2", "DMZ-100", "10.1.100.204/24", 4, ["management"])
    host(scenario, "esx-4")["kernel"].append(interface | {"switch": "Zones"})


def nic_carries_two_zones(scenario: Scenario) -> None:
    """The cardholder data's own NICs carry an application network too."""
    for each in hosts(scenario):
        each["portgroups"].append(portgroup("APP-201", "vSwitch1", 201))


def single_management_nic(scenario: Scenario) -> None:
    """vmnic1 is out of vSwitch0 on every host: management hangs on one NIC."""
    for each in hosts(scenario):
        named(each["switches"], "vSwitch0")["nics"] = ["vmnic0"]
        for group in each["portgroups"]:
            if "teaming" in group["policy"]:
                group["policy"]["teaming"] = {"active": ["vmnic0"], "standby": []}


def lockdown_off(scenario: Scenario) -> None:
    """esx-2 lets everyone with an account on it log in directly."""
    host(scenario, "esx-2")["lockdown"] = "lockdownDisabled"


def ssh_running(scenario: Scenario) -> None:
    """SSH runs on esx-3 and starts with it."""
    named(host(scenario, "esx-3")["services"], "TSM-SSH", key="key").update(
        {"running": True, "policy": "on"}
    )


FAULTS = (
    Fault(
        "management-interface-on-machine-network",
        "esx-4 offers management on vmk2 in DMZ-100.",
        management_interface_on_machine_network,
    ),
    Fault(
        "nic-carries-two-zones",
        "vmnic4 and vmnic5 carry APP-201 beside CDE-300.",
        nic_carries_two_zones,
    ),
    Fault(
        "single-management-nic",
        "vSwitch0 has vmnic0 alone on every host.",
        single_management_nic,
    ),
    Fault("lockdown-off", "Lockdown mode is off on esx-2.", lockdown_off),
    Fault("ssh-running", "SSH runs on esx-3.", ssh_running),
)
