"""Machines: what their NICs are attached to, and what bypasses the switch."""

import pytest

from ringfence.model.facts import NotRead
from ringfence.model.places import Allocation
from ringfence.sources.vsphere.machines import machine
from ringfence.sources.vsphere.names import Ids
from vsphere_objects import (
    content,
    device,
    listed,
    nic,
    no_permission,
    on_distributed,
    on_standard,
    virtual_machine,
)

IDS = Ids("s", {"50 aa": "dvs-1"})
PCI = {"host-1": {"0000:5e:00.0": "s/host-1/vmnic0"}}


def read(*devices, **more):
    return machine(virtual_machine("vm-1", *devices, **more), IDS, PCI)


def test_a_nic_on_a_distributed_port():
    (found,) = read(nic(on_distributed("dvportgroup-5"))).nics
    assert found.id == "s/vm-1/4000"
    assert (found.port_group, found.port) == ("s/dvportgroup-5", "s/dvs-1/port/7")
    assert (found.mac, found.mac_assignment) == ("00:50:56:aa:00:01", "assigned")
    assert (found.connected, found.start_connected) == (True, True)


def test_a_nic_on_a_standard_network_is_on_the_port_group_of_its_host():
    (found,) = read(nic(on_standard("Net"))).nics
    assert (found.port_group, found.port) == ("s/host-1/pg/Net", None)


def test_a_standard_network_of_a_host_that_is_not_known_is_unread():
    (found,) = read(nic(on_standard("Net")), runtime__host="").nics
    assert isinstance(found.port_group, NotRead)


def test_a_nic_on_an_overlay_network():
    overlay = (
        '<backing xsi:type="VirtualEthernetCardOpaqueNetworkBackingInfo">'
        "<opaqueNetworkId>ls-1</opaqueNetworkId></backing>"
    )
    assert read(nic(overlay)).nics[0].port_group == "s/overlay/ls-1"


def test_a_nic_without_a_network_and_one_that_is_attached_in_an_unknown_way():
    assert read(nic("")).nics[0].port_group is None
    odd = read(nic('<backing xsi:type="NewBacking"><x>1</x></backing>')).nics[0].port_group
    assert isinstance(odd, NotRead)
    assert odd.reason == "not-understood"


@pytest.mark.parametrize(
    "backing",
    [
        on_distributed("", port="7"),
        on_distributed("", port=""),
        (
            '<backing xsi:type="VirtualEthernetCardNetworkBackingInfo"><deviceName/>'
            "<network>network-1</network></backing>"
        ),
        (
            '<backing xsi:type="VirtualEthernetCardLegacyNetworkBackingInfo"><deviceName>x'
            "</deviceName></backing>"
        ),
        "<backing><x>1</x></backing>",
    ],
)
def test_an_attachment_that_is_not_understood_is_not_taken_for_none(backing):
    (found,) = read(nic(backing)).nics
    assert isinstance(found.port_group, NotRead)
    assert found.port_group.reason == "not-understood"


def test_a_kind_of_nic_that_is_not_known_is_still_a_nic():
    card = device("VirtualNewCard", 4000, f"{on_standard('Net')}<macAddress>02:00</macAddress>")
    assert len(read(card).nics) == 1


def test_sriov_keeps_its_port_group_and_names_the_physical_nic():
    card = device(
        "VirtualSriovEthernetCard",
        4001,
        f"{on_standard('Net')}<macAddress>02:00</macAddress><sriovBacking><physicalFunctionBacking>"
        "<id>5e:00.0</id></physicalFunctionBacking></sriovBacking>",
    )
    (found,) = read(card).nics
    assert (found.sriov, found.physical_nic, found.port_group) == (
        True,
        "s/host-1/vmnic0",
        "s/host-1/pg/Net",
    )


def passthrough(backing):
    return device("VirtualPCIPassthrough", 13000, f"<backing>{backing}</backing>")


def test_passthrough_names_the_physical_nic_where_it_is_one():
    (found,) = read(passthrough("<id>0000:5e:00.0</id>")).passthrough
    assert found.physical_nic == "s/host-1/vmnic0"


@pytest.mark.parametrize(
    "backing",
    ["<id>0000:af:00.0</id>", "<assignedId>x</assignedId>", "<deviceName>gpu</deviceName>"],
)
def test_a_device_that_may_be_a_nic_is_not_taken_for_none(backing):
    (found,) = read(passthrough(backing)).passthrough
    assert isinstance(found.physical_nic, NotRead)


def test_a_share_of_a_graphics_card_is_no_nic():
    shared = device(
        "VirtualPCIPassthrough",
        13000,
        '<backing xsi:type="VirtualPCIPassthroughVmiopBackingInfo"><vgpu>grid</vgpu></backing>',
    )
    assert read(shared).passthrough[0].physical_nic is None


def test_addresses_are_what_the_guest_reports():
    guest = (
        "<deviceConfigId>4000</deviceConfigId><ipAddress>10.1.1.1</ipAddress><ipConfig><ipAddress>"
        "<ipAddress>10.1.1.1</ipAddress><prefixLength>24</prefixLength></ipAddress></ipConfig>"
    )
    one = nic(on_standard("Net"))
    assert read(one, guest__net=listed("GuestNicInfo", guest)).nics[0].addresses == ("10.1.1.1/24",)
    bare = "<deviceConfigId>4000</deviceConfigId><ipAddress>10.1.1.1</ipAddress>"
    assert read(one, guest__net=listed("GuestNicInfo", bare)).nics[0].addresses == ("10.1.1.1",)
    assert isinstance(read(one).nics[0].addresses, NotRead)


def test_what_a_guest_reports_and_is_no_address_is_left_out():
    lies = (
        "<deviceConfigId>4000</deviceConfigId><ipAddress>&lt;script&gt;</ipAddress>"
        "<ipAddress>10.1.1.1</ipAddress><ipAddress>999.1.1.1</ipAddress>"
    )
    found = read(nic(on_standard("Net")), guest__net=listed("GuestNicInfo", lies))
    assert found.nics[0].addresses == ("10.1.1.1",)


def test_filters_of_a_nic_come_from_the_machines_options():
    options = listed("OptionValue", "<key>ethernet0.filter0.name</key><value>dv-agent</value>")
    found = read(nic(on_standard("Net")), config__extraConfig=options)
    assert found.nics[0].filters == ("dv-agent",)
    assert [setting.key for setting in found.extra] == ["ethernet0.filter0.name"]


def test_a_machine_without_such_options_has_none():
    assert read().extra == ()


def test_resources():
    cpu = (
        "X|<reservation>500</reservation><expandableReservation>true</expandableReservation>"
        "<limit>-1</limit><shares><shares>2000</shares><level>normal</level></shares>"
    )
    assert read(config__cpuAllocation=cpu).cpu == Allocation(
        reservation=500, expandable=True, limit=None, shares=2000, level="normal"
    )


def test_a_template_and_a_machine_that_is_off():
    found = read(config__template="true", runtime__powerState="poweredOff")
    assert (found.template, found.power) == (True, "off")


def test_a_machine_whose_files_are_out_of_reach_has_nothing_read():
    gone = content("VirtualMachine", "vm-1", {"name": "a", "runtime.host": "host-1"})
    found = machine(gone, IDS, PCI)
    for fact in (found.nics, found.passthrough, found.template, found.extra):
        assert isinstance(fact, NotRead)
        assert fact.reason == "fault"


def test_a_machine_that_the_account_may_not_read():
    hidden = content("VirtualMachine", "vm-1", {"name": "a"}, no_permission("config"))
    found = machine(hidden, IDS, PCI)
    assert isinstance(found.nics, NotRead)
    assert found.nics.reason == "no-permission"


def test_names_as_users_know_them():
    assert read(name="a%2fb %25").name == "a/b %"
