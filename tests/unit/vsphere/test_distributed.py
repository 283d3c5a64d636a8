"""Distributed switches: members, settings, live ports, mirrors, overlays."""

import pytest

from ringfence.connections.soap import Reference
from ringfence.model.facts import NotRead
from ringfence.model.network import AccessVlan, PrivateVlan
from vsphere_objects import (
    ON_VM_1,
    SOURCE,
    assembled,
    attached,
    content,
    group,
    host,
    listed,
    nic,
    no_permission,
    on_distributed,
    on_standard,
    port,
    references,
    snapshot,
    switch,
    tree,
    virtual_machine,
    xml,
)


def test_a_distributed_switch_with_members_that_tell_their_uplinks_and_one_that_does_not():
    member = "<host><config><host>{}</host></config></host>"
    one = host(
        **{
            "config.network.proxySwitch": listed(
                "HostProxySwitch", "<dvsUuid>50 aa</dvsUuid><mtu>1500</mtu>"
            )
        }
    )
    both = member.format("host-1") + member.format("host-2")
    found = snapshot(*tree(), switch(both), group(), one)
    zones = next(each for each in found.switches if each.kind == "distributed")
    assert [each.host for each in zones.members] == ["s/host-1", "s/host-2"]
    assert zones.members[0].uplinks == ()
    assert isinstance(zones.members[1].uplinks, NotRead)
    assert (zones.folder, zones.datacenter) == ("s/group-n1", "s/datacenter-1")


def test_a_switch_that_may_not_be_read_is_unknown_and_so_are_its_mirrors():
    hidden = content(
        "VmwareDistributedVirtualSwitch",
        "dvs-1",
        {
            "name": "Zones",
            "uuid": "50 aa",
            "portgroup": references("DistributedVirtualPortgroup", "dvportgroup-6"),
        },
        no_permission("config"),
    )
    unread_group = content(
        "DistributedVirtualPortgroup", "dvportgroup-6", {"name": "DMZ"}, no_permission("config")
    )
    found = snapshot(hidden, unread_group)
    (zones,) = found.switches
    for fact in (zones.security, zones.teaming, zones.private_vlans, found.mirror_sessions):
        assert isinstance(fact, NotRead)
        assert fact.reason == "no-permission"
    (dmz,) = found.port_groups
    assert dmz.switch == "s/dvs-1"
    assert isinstance(dmz.vlan, NotRead)
    assert ("s/dvs-1", "config") in {(entry.object, entry.property) for entry in found.unread}


def test_a_part_of_a_configuration_that_is_left_out_is_not_taken_for_a_default():
    bare = content(
        "DistributedVirtualPortgroup",
        "dvportgroup-5",
        {"name": "DMZ", "config": "X|<distributedVirtualSwitch>dvs-1</distributedVirtualSwitch>"},
    )
    (dmz,) = snapshot(switch(), bare).port_groups
    for fact in (dmz.vlan, dmz.security, dmz.filters, dmz.blocked, dmz.overrides):
        assert isinstance(fact, NotRead)


def test_private_vlans_are_joined_with_the_table_of_the_switch():
    table = (
        "<pvlanConfig><primaryVlanId>100</primaryVlanId><secondaryVlanId>101</secondaryVlanId>"
        "<pvlanType>isolated</pvlanType></pvlanConfig>"
    )
    private = content(
        "DistributedVirtualPortgroup",
        "dvportgroup-5",
        {
            "name": "DMZ",
            "config": "X|<distributedVirtualSwitch>dvs-1</distributedVirtualSwitch>"
            "<defaultPortConfig><vlan xsi:type='VmwareDistributedVirtualSwitchPvlanSpec'>"
            "<pvlanId>101</pvlanId></vlan></defaultPortConfig>",
        },
    )
    (dmz,) = snapshot(switch(table), private).port_groups
    assert dmz.vlan == PrivateVlan(primary=100, secondary=101, kind="isolated")


def test_live_ports_with_their_own_and_with_inherited_settings():
    own = (
        '<vlan xsi:type="VmwareDistributedVirtualSwitchVlanIdSpec"><inherited>false</inherited>'
        "<vlanId>200</vlanId></vlan>"
    )
    assembly = assembled(
        switch(), group(), virtual_machine("vm-1", nic(on_distributed("dvportgroup-5")))
    )
    assembly.add_ports("dvs-1", xml(port(7, ON_VM_1, own) + port(8) + port(9, ON_VM_1)))
    seven, nine = assembly.finish(SOURCE).ports
    assert (seven.id, seven.vlan, seven.overridden) == (
        "s/dvs-1/port/7",
        AccessVlan(vlan=200),
        ("vlan",),
    )
    assert (nine.vlan, nine.overridden, nine.connectee) == (
        AccessVlan(vlan=100),
        (),
        "s/vm-1/4000",
    )


def test_a_port_that_a_nic_uses_and_that_was_not_read_is_there_unread():
    assembly = assembled(
        switch(), group(), virtual_machine("vm-1", nic(on_distributed("dvportgroup-5")))
    )
    assembly.add_ports("dvs-1", xml(port(9, ON_VM_1)))
    found = {each.id: each for each in assembly.finish(SOURCE).ports}
    assert isinstance(found["s/dvs-1/port/7"].vlan, NotRead)
    assert found["s/dvs-1/port/7"].port_group == "s/dvportgroup-5"


def test_ports_that_could_not_be_read_at_all_are_one_fact():
    assembly = assembled(switch(), group())
    why = NotRead(reason="no-permission")
    assembly.add_ports("dvs-1", why)
    assert assembly.finish(SOURCE).ports == why


def test_mirror_sessions_name_ports_by_their_ids():
    session = (
        "<vspanSession><key>1</key><name>copy</name><enabled>true</enabled>"
        "<sessionType>dvPortMirror</sessionType><sourcePortReceived><portKey>7</portKey>"
        "<vlans>100</vlans></sourcePortReceived><destinationPort><portKey>9</portKey>"
        "<uplinkPortName>Uplink 1</uplinkPortName><ipAddress>10.1.1.9</ipAddress>"
        "</destinationPort><encapsulationVlanId>55</encapsulationVlanId></vspanSession>"
    )
    (found,) = snapshot(switch(session)).mirror_sessions
    assert (found.sources_received, found.destinations) == (
        ("s/dvs-1/port/7",),
        ("s/dvs-1/port/9",),
    )
    assert (found.source_vlans, found.remote_vlan, found.remote_addresses) == (
        (100,),
        55,
        ("10.1.1.9",),
    )


def test_a_single_host_tells_of_distributed_switches_that_it_cannot_describe():
    proxy = listed("HostProxySwitch", "<dvsUuid>50 aa</dvsUuid><dvsName>Zones</dvsName>")
    alone = host(**{"config.network.proxySwitch": proxy})
    found = snapshot(alone, attached())
    zones = next(each for each in found.switches if each.kind == "distributed")
    dmz = next(each for each in found.port_groups if each.id == "s/dvportgroup-5")
    assert (zones.id, zones.name, zones.members[0].host) == ("s/switch/50aa", "Zones", "s/host-1")
    assert dmz.switch == zones.id
    assert isinstance(dmz.vlan, NotRead)
    assert found.machines[0].nics[0].port == "s/switch/50aa/port/7"


def test_overlay_networks_are_keyed_by_their_own_id():
    overlay = content(
        "OpaqueNetwork",
        "network-o1",
        {"name": "seg", "summary": "OpaqueNetworkSummary|<opaqueNetworkId>ls-1</opaqueNetworkId>"},
    )
    backing = (
        '<backing xsi:type="VirtualEthernetCardOpaqueNetworkBackingInfo">'
        "<opaqueNetworkId>{}</opaqueNetworkId></backing>"
    )
    nics = (nic(backing.format("ls-1")), nic(backing.format("ls-2"), key=4001))
    found = snapshot(host(), overlay, virtual_machine("vm-1", *nics))
    groups = {each.id: each for each in found.port_groups if each.backing == "overlay"}
    assert groups["s/overlay/ls-1"].name == "seg"
    assert groups["s/overlay/ls-2"].logical_switch == "ls-2"
    assert {each.switch for each in groups.values()} <= {each.id for each in found.switches}


def test_a_port_group_of_an_overlay_on_a_distributed_switch():
    nsx = "<backingType>nsx</backingType><logicalSwitchUuid>ls-1</logicalSwitchUuid>"
    (dmz,) = snapshot(switch(), group(nsx)).port_groups
    assert (dmz.backing, dmz.logical_switch) == ("overlay", "ls-1")


def test_the_port_group_of_uplinks_is_marked():
    uplinks = "<uplinkPortgroup>dvportgroup-4</uplinkPortgroup>"
    found = snapshot(switch(uplinks), group(moid="dvportgroup-4"), group("<uplink>true</uplink>"))
    assert [each.uplink for each in found.port_groups] == [True, True]


@pytest.mark.parametrize("kind", ["host-1", "vm-1", "dvs-1"])
def test_what_would_not_stand_still_is_left_unread(kind):
    assembly = assembled(
        switch(), group(), host(), virtual_machine("vm-1", nic(on_standard("Net")))
    )
    kinds = {"host-1": "HostSystem", "vm-1": "VirtualMachine"}
    assembly.give_up(Reference(kinds.get(kind, "VmwareDistributedVirtualSwitch"), kind))
    found = assembly.finish(SOURCE)
    facts = {
        "host-1": lambda: found.hosts[0].physical_nics,
        "vm-1": lambda: found.machines[0].nics,
        "dvs-1": lambda: next(s for s in found.switches if s.id == "s/dvs-1").security,
    }
    assert facts[kind]().reason == "changed-while-reading"
    assert ("s/" + kind) in {entry.object for entry in found.unread}
