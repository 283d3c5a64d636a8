"""Faults of virtual switches and port groups."""

from __future__ import annotations

from datacenter.faults.fault import Fault
from datacenter.harbour_hosts import portgroup
from datacenter.harbour_switch import distributed_portgroup
from datacenter.scenario import (
    Scenario,
    distributed_switch,
    host,
    hosts,
    machine,
    named,
)


def wrong_vlan_on_one_host(scenario: Scenario) -> None:
    """On esx-3, CDE-300 has the VLAN of the application tier."""
    named(host(scenario, "esx-3")["portgroups"], "CDE-300")["vlan"] = 200


def port_group_missing_on_one_host(scenario: Scenario) -> None:
    """esx-4, where no management machine runs, lacks MGMT-VMs-12."""
    groups = host(scenario, "esx-4")["portgroups"]
    groups.remove(named(groups, "MGMT-VMs-12"))


def trunk_to_machine(scenario: Scenario) -> None:
    """web-12 hangs on a port group that carries nearly every VLAN."""
    switch = distributed_switch(scenario, "Zones")
    switch["portgroups"].append(distributed_portgroup("DMZ-TRUNK", {"trunk": [[1, 4093]]}))
    machine(scenario, "web-12")["nics"][0]["network"] = "DMZ-TRUNK"


def vlan_4095(scenario: Scenario) -> None:
    """db-14 hangs on a standard port group that hands every tag to the machine."""
    for each in hosts(scenario):
        each["portgroups"].append(portgroup("CDE-ALL", "vSwitch1", 4095))
    machine(scenario, "db-14")["nics"][0]["network"] = "CDE-ALL"


def promiscuous_inherited(scenario: Scenario) -> None:
    """vSwitch1 allows promiscuous mode on every host; CDE-300 says nothing and inherits it."""
    for each in hosts(scenario):
        named(each["switches"], "vSwitch1")["policy"]["security"]["promiscuous"] = True


def forged_transmits_on_live_port(scenario: Scenario) -> None:
    """The port of web-05 kept an override from a time when overrides were allowed."""
    distributed_switch(scenario, "Zones")["ports"].append(
        {"port": "web-05:0", "setting": {"mac": {"forged_transmits": True}}}
    )


def mac_policy_two_places(scenario: Scenario) -> None:
    """APP-200 rejects MAC changes where it counts, and accepts them in the deprecated place."""
    group = named(distributed_switch(scenario, "Zones")["portgroups"], "APP-200")
    group["setting"]["security"]["mac_changes"] = True


def mirror_to_less_trusted(scenario: Scenario) -> None:
    """What app-03 sends and receives is copied to web-02."""
    distributed_switch(scenario, "Zones")["mirrors"].append(
        {
            "name": "debug-app-03",
            "kind": "dvPortMirror",
            "enabled": True,
            "source_received": ["app-03:0"],
            "source_transmitted": ["app-03:0"],
            "destination_ports": ["web-02:0"],
            "normal_traffic_allowed": True,
        }
    )


def native_vlan_used(scenario: Scenario) -> None:
    """The DMZ has a port group on VLAN 1, which leaves the switches without a tag."""
    switch = distributed_switch(scenario, "Zones")
    switch["portgroups"].append(distributed_portgroup("DMZ-1", {"access": 1}))


def switch_not_readable(scenario: Scenario) -> None:
    """The account may not read how Zones is set, nor its ports."""
    for path in ("config", "FetchDVPorts"):
        scenario["unreadable"].append(
            {"type": "DistributedVirtualSwitch", "name": "Zones", "path": path}
        )


FAULTS = (
    Fault(
        "wrong-vlan-on-one-host",
        "Port group CDE-300 has VLAN 200 on esx-3 and 300 on the others.",
        wrong_vlan_on_one_host,
    ),
    Fault(
        "port-group-missing-on-one-host",
        "esx-4 lacks port group MGMT-VMs-12.",
        port_group_missing_on_one_host,
    ),
    Fault(
        "trunk-to-machine",
        "web-12 is on port group DMZ-TRUNK, a trunk of VLANs 1 to 4093.",
        trunk_to_machine,
    ),
    Fault(
        "vlan-4095",
        "db-14 is on port group CDE-ALL, VLAN 4095: every tag reaches it.",
        vlan_4095,
    ),
    Fault(
        "promiscuous-inherited",
        "vSwitch1 allows promiscuous mode, and CDE-300 inherits it.",
        promiscuous_inherited,
    ),
    Fault(
        "forged-transmits-on-live-port",
        "The live port of web-05 accepts forged transmits, against its port group.",
        forged_transmits_on_live_port,
    ),
    Fault(
        "mac-policy-two-places",
        "The two places of the MAC policy of APP-200 disagree on MAC changes.",
        mac_policy_two_places,
    ),
    Fault(
        "mirror-to-less-trusted",
        "A mirror session copies the frames of app-03 to web-02 in the DMZ.",
        mirror_to_less_trusted,
    ),
    Fault(
        "native-vlan-used",
        "Port group DMZ-1 has VLAN 1, the native VLAN.",
        native_vlan_used,
    ),
    Fault(
        "switch-not-readable",
        "The account may not read the settings of switch Zones.",
        switch_not_readable,
    ),
)
