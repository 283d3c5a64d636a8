"""Hosts, their switches and kernel interfaces."""

import pytest

from ringfence.model.facts import NotRead, Setting
from ringfence.model.hosts import HostFirewallRuleset, NetworkStack
from ringfence.model.network import (
    AccessVlan,
    NoVlan,
    SecuritySetting,
    Teaming,
    TrunkVlan,
    UplinkBinding,
    VlanRange,
)
from ringfence.sources.vsphere.hosts import host_parts
from ringfence.sources.vsphere.names import Ids
from vsphere_objects import assembled, content, host, listed, no_permission, port_group_xml

IDS = Ids("s")


def groups_of(*entries):
    parts = host_parts(host(**{"config.network.portgroup": listed("HostPortGroup", *entries)}), IDS)
    return {group.name: group for group in parts.port_groups}


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        (0, NoVlan()),
        (7, AccessVlan(vlan=7)),
        (4095, TrunkVlan(ranges=(VlanRange(first=0, last=4094),))),
    ],
)
def test_vlans_of_standard_port_groups(number, expected):
    group = groups_of(port_group_xml("Net", "vSwitch0", number))["Net"]
    assert group.vlan == expected
    assert (group.id, group.switch, group.host) == (
        "s/host-1/pg/Net",
        "s/host-1/switch/vSwitch0",
        "s/host-1",
    )


def test_a_standard_port_group_shows_what_is_in_force_and_where_it_is_set():
    here = "<security><allowPromiscuous>true</allowPromiscuous></security>"
    group = groups_of(port_group_xml("Net", "vSwitch0", 1, here=here, in_force="true"))["Net"]
    assert group.security.promiscuous == SecuritySetting(accept=True, origin="s/host-1/pg/Net")
    assert group.security.mac_changes == SecuritySetting(
        accept=True, origin="s/host-1/switch/vSwitch0"
    )
    assert group.teaming == Teaming(
        policy="x", active=("vmnic0",), origin="s/host-1/switch/vSwitch0"
    )


def test_a_port_group_without_a_computed_policy_is_not_guessed():
    bare = "<spec><name>Net</name><vlanId>1</vlanId><vswitchName>vSwitch0</vswitchName></spec>"
    group = groups_of(bare)["Net"]
    assert isinstance(group.security, NotRead)
    assert isinstance(group.teaming, NotRead)


def test_a_switch_has_its_nics_as_uplinks():
    (switch,) = host_parts(host(), IDS).switches
    assert switch.uplink_names == ("vmnic0",)
    assert switch.members[0].uplinks == (
        UplinkBinding(name="vmnic0", physical_nics=("s/host-1/vmnic0",)),
    )


def test_lists_that_a_read_host_does_not_have_are_empty():
    parts = host_parts(host(), IDS)
    assert (parts.proxies, parts.host.kernel_interfaces, parts.host.services) == ((), (), ())


def test_a_host_that_does_not_answer_has_nothing_read():
    gone = content("HostSystem", "host-9", {"name": "a", "runtime.connectionState": "disconnected"})
    parts = host_parts(gone, IDS)
    for fact in (parts.switches, parts.port_groups, parts.host.physical_nics, parts.host.lockdown):
        assert isinstance(fact, NotRead)
        assert "disconnected" in fact.detail


def test_a_part_that_the_account_may_not_read_is_told():
    parts = host_parts(
        content(
            "HostSystem",
            "host-1",
            {"name": "a", "config.product": "AboutInfo|<fullName>x</fullName>"},
            no_permission("config.network.vswitch"),
        ),
        IDS,
    )
    assert isinstance(parts.switches, NotRead)
    assert parts.switches.reason == "no-permission"
    assert parts.port_groups == ()


def test_kernel_interfaces_with_services_by_mark_and_by_stack():
    vnics = listed(
        "HostVirtualNic",
        "<device>vmk0</device><portgroup>Net</portgroup><spec><ip><ipAddress>10.1.10.11</ipAddress>"
        "<subnetMask>255.255.255.0</subnetMask><ipV6Config><ipV6Address><ipAddress>fd00::1"
        "</ipAddress><prefixLength>64</prefixLength></ipV6Address></ipV6Config></ip><mac>02:00</mac>"
        "<mtu>9000</mtu><netStackInstanceKey>defaultTcpipStack</netStackInstanceKey></spec>",
        "<device>vmk1</device><spec><netStackInstanceKey>vmotion</netStackInstanceKey>"
        "<distributedVirtualPort><switchUuid>50 aa</switchUuid><portgroupKey>dvportgroup-1"
        "</portgroupKey><portKey>12</portKey></distributedVirtualPort></spec>",
    )
    marks = listed(
        "VirtualNicManagerNetConfig",
        "<nicType>management</nicType><candidateVnic><device>vmk0</device><key>k.vmk0</key>"
        "</candidateVnic><selectedVnic>k.vmk0</selectedVnic>",
        "<nicType>vsan</nicType><selectedVnic>vsan.key-vim.host.VirtualNic-vmk0</selectedVnic>",
        "<nicType>ptp</nicType><selectedVnic>ptp.key-vim.host.VirtualNic-vmk0</selectedVnic>",
    )
    parts = host_parts(
        host(
            **{
                "config.network.vnic": vnics,
                "config.virtualNicManagerInfo.netConfig": marks,
            }
        ),
        Ids("s", {"50 aa": "dvs-1"}),
    )
    first, second = parts.host.kernel_interfaces
    assert first.services == ("management", "storage")
    assert first.addresses == ("10.1.10.11/24", "fd00::1/64")
    assert (first.id, first.port_group, first.mtu) == ("s/host-1/vmk0", "s/host-1/pg/Net", 9000)
    assert (second.services, second.stack) == (("migration",), "vmotion")
    assert (second.port_group, second.port) == ("s/dvportgroup-1", "s/dvs-1/port/12")


def test_services_that_could_not_be_read_are_unread_on_each_interface():
    parts = host_parts(
        content(
            "HostSystem",
            "host-1",
            {
                "config.product": "AboutInfo|<fullName>x</fullName>",
                "config.network.vnic": listed("HostVirtualNic", "<device>vmk0</device>"),
            },
            no_permission("config.virtualNicManagerInfo.netConfig"),
        ),
        IDS,
    )
    assert isinstance(parts.host.kernel_interfaces[0].services, NotRead)


def test_stacks_with_their_own_routes():
    route = "<network>10.9.0.0</network><prefixLength>16</prefixLength><gateway>10.1.1.2</gateway>"
    stacks = listed(
        "HostNetStackInstance",
        "<key>defaultTcpipStack</key><ipRouteConfig><defaultGateway>10.1.1.1</defaultGateway>"
        f"</ipRouteConfig><routeTableConfig><ipRoute><route>{route}</route></ipRoute>"
        "</routeTableConfig>",
        "<key>vmotion</key>",
    )
    parts = host_parts(host(**{"config.network.netStackInstance": stacks}), IDS)
    assert parts.host.stacks == (
        NetworkStack(name="default", gateway="10.1.1.1", routes=("10.9.0.0/16 via 10.1.1.2",)),
        NetworkStack(name="vmotion", gateway=None, routes=()),
    )
    old = host(**{"config.network.ipRouteConfig": "X|<defaultGateway>10.1.1.1</defaultGateway>"})
    assert host_parts(old, IDS).host.stacks == (NetworkStack(name="default", gateway="10.1.1.1"),)


def test_the_hosts_own_firewall():
    ruleset = (
        "<defaultPolicy><incomingBlocked>true</incomingBlocked></defaultPolicy><ruleset><key>ssh"
        "</key><enabled>true</enabled><allowedHosts><ipAddress>10.1.1.5</ipAddress><ipNetwork>"
        "<network>10.2.0.0</network><prefixLength>16</prefixLength></ipNetwork><allIp>false</allIp>"
        "</allowedHosts></ruleset><ruleset><key>any</key><enabled>false</enabled></ruleset>"
    )
    firewall = host_parts(host(**{"config.firewall": f"X|{ruleset}"}), IDS).host.firewall
    assert firewall.incoming_blocked is True
    assert isinstance(firewall.outgoing_blocked, NotRead)
    assert firewall.rulesets == (
        HostFirewallRuleset(key="any", enabled=False, all_addresses=True),
        HostFirewallRuleset(
            key="ssh", enabled=True, all_addresses=False, networks=("10.1.1.5", "10.2.0.0/16")
        ),
    )


def test_settings_that_a_host_does_not_have_are_told_apart_from_empty_ones():
    options = listed(
        "OptionValue",
        "<key>Net.DVFilterBindIpAddress</key><value/>",
        "<key>Net.BlockGuestBPDU</key><value>1</value>",
        "<key>Config.HostAgent.plugins.solo.enableMob</key><value>false</value>",
    )
    found = {s.key: s for s in host_parts(host(**{"config.option": options}), IDS).host.settings}
    assert found["Net.DVFilterBindIpAddress"] == Setting(key="Net.DVFilterBindIpAddress", value="")
    assert found["Net.BlockGuestBPDU"].value == 1
    assert found["Config.HostAgent.plugins.solo.enableMob"].value is False
    assert isinstance(found["DCUI.Access"].value, NotRead)


def test_a_word_for_lockdown_that_is_not_known_is_not_understood():
    assert (
        host_parts(host(**{"config.lockdownMode": "lockdownStrict"}), IDS).host.lockdown == "strict"
    )
    odd = host_parts(host(**{"config.lockdownMode": "lockdownNew"}), IDS).host.lockdown
    assert isinstance(odd, NotRead)
    assert odd.reason == "not-understood"


def test_a_link_that_is_down_has_no_speed():
    (nic,) = host_parts(host(), IDS).host.physical_nics
    assert (nic.id, nic.speed, nic.pci) == ("s/host-1/vmnic0", 0, "0000:5E:00.0")


def test_uplinks_of_distributed_switches_and_groups_of_them():
    proxy = (
        "<dvsUuid>50 aa</dvsUuid><dvsName>Zones</dvsName><mtu>9000</mtu>"
        "<uplinkPort><key>1</key><value>Uplink 1</value></uplinkPort>"
        "<uplinkPort><key>2</key><value>Uplink 2</value></uplinkPort>"
        "<hostLag><lagName>lag1</lagName><uplinkPort><key>21</key><value>lag1-0</value></uplinkPort>"
        "<uplinkPort><key>22</key><value>lag1-1</value></uplinkPort></hostLag>"
        "<pnic>key-vim.host.PhysicalNic-vmnic2</pnic><spec><backing>"
        "<pnicSpec><pnicDevice>vmnic2</pnicDevice><uplinkPortKey>1</uplinkPortKey></pnicSpec>"
        "<pnicSpec><pnicDevice>vmnic5</pnicDevice><uplinkPortKey>22</uplinkPortKey></pnicSpec>"
        "<pnicSpec><pnicDevice>vmnic4</pnicDevice><uplinkPortKey>21</uplinkPortKey></pnicSpec>"
        "</backing></spec>"
    )
    one = host(**{"config.network.proxySwitch": listed("HostProxySwitch", proxy)})
    (seen,) = host_parts(one, IDS).proxies
    assert seen.member.uplinks == (
        UplinkBinding(name="Uplink 1", physical_nics=("s/host-1/vmnic2",)),
        UplinkBinding(
            name="lag1", physical_nics=("s/host-1/vmnic4", "s/host-1/vmnic5"), aggregated=True
        ),
    )


@pytest.mark.parametrize(
    "inside",
    [
        "<pnic>key-vim.host.PhysicalNic-vmnic9</pnic>",
        "<spec><backing><pnicSpec><pnicDevice>vmnic9</pnicDevice></pnicSpec></backing></spec>",
        (
            "<spec><backing><pnicSpec><pnicDevice>vmnic9</pnicDevice><uplinkPortKey>5</uplinkPortKey>"
            "</pnicSpec></backing></spec>"
        ),
    ],
)
def test_a_nic_whose_uplink_has_no_name_does_not_look_unused(inside):
    proxy = listed("HostProxySwitch", f"<dvsUuid>50 aa</dvsUuid>{inside}")
    (seen,) = host_parts(host(**{"config.network.proxySwitch": proxy}), IDS).proxies
    assert isinstance(seen.member.uplinks, NotRead)
    assert "vmnic9" in seen.member.uplinks.detail


def test_a_host_alone_stands_in_a_folder_and_one_in_a_cluster_does_not():
    places = (
        content("Folder", "group-h1", {"name": "host", "parent": "datacenter-1"}),
        content("Datacenter", "datacenter-1", {"name": "Harbour", "parent": "group-d1"}),
        content("ComputeResource", "domain-s1", {"name": "alone", "parent": "group-h1"}),
        content("ClusterComputeResource", "domain-c1", {"name": "c", "parent": "group-h1"}),
    )
    assembly = assembled(*places, host("host-1"), host("host-2", "domain-s1"))
    snapshot = assembly.finish(_source())
    first, second = snapshot.hosts
    assert (first.cluster, first.folder, first.datacenter) == (
        "s/domain-c1",
        None,
        "s/datacenter-1",
    )
    assert (second.cluster, second.folder) == (None, "s/group-h1")


def _source():
    from ringfence.model.snapshot import ReadingSource

    return ReadingSource(kind="vsphere", name="test")
