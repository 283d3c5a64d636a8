"""A snapshot has every reference resolved, and nothing that exists is silently absent."""

import pytest

from ringfence.model.facts import NotRead
from ringfence.model.network import AccessVlan
from vsphere_objects import (
    SOURCE,
    assembled,
    content,
    host,
    listed,
    nic,
    no_permission,
    on_standard,
    plain,
    port_group_xml,
    references,
    snapshot,
    tree,
    virtual_machine,
)


def test_paths_of_folders_as_an_operator_writes_them():
    found = {folder.name: folder.path for folder in snapshot(*tree()).folders}
    assert found["Datacenters"] == "/"
    assert found["dmz"] == "/Harbour/vm/dmz"


def test_a_tree_that_is_a_loop_ends():
    looped = (
        content("Folder", "a", {"name": "a", "parent": "b"}),
        content("Folder", "b", {"name": "b", "parent": "a"}),
    )
    assert len(snapshot(*looped).folders) == 2


def test_a_machine_that_a_host_runs_and_the_account_may_not_read_is_there_unread():
    running = host(vm=references("VirtualMachine", "vm-1", "vm-2"))
    found = {machine.id: machine for machine in snapshot(running, virtual_machine()).machines}
    assert isinstance(found["s/vm-2"].nics, NotRead)
    assert found["s/vm-2"].nics.reason == "no-permission"
    assert found["s/vm-2"].host == "s/host-1"


def test_a_machine_that_a_folder_holds_and_nobody_runs_is_there_unread():
    holds = references("VirtualMachine", "vm-9")
    folder = content("Folder", "group-v1", {"name": "dmz", "childEntity": holds})
    (machine,) = snapshot(folder).machines
    assert isinstance(machine.template, NotRead)
    assert isinstance(machine.host, NotRead)


def test_a_host_of_a_cluster_that_the_account_may_not_read_is_there_unread():
    hosts = references("HostSystem", "host-1", "host-2")
    cluster = content("ClusterComputeResource", "domain-c1", {"name": "c", "host": hosts})
    found = snapshot(cluster, host()).hosts
    assert [one.id for one in found] == ["s/host-1", "s/host-2"]
    assert isinstance(found[1].physical_nics, NotRead)
    assert found[1].cluster == "s/domain-c1"


@pytest.mark.parametrize(
    ("power", "connected", "reason"),
    [
        ("poweredOn", "true", "not-understood"),
        ("poweredOff", "true", None),
        ("poweredOn", "false", None),
    ],
)
def test_a_network_that_the_host_does_not_have(power, connected, reason):
    machine = virtual_machine(
        "vm-1", nic(on_standard("Gone"), connected=connected), runtime__powerState=power
    )
    found = snapshot(host(), machine).machines[0].nics[0].port_group
    assert (found.reason if isinstance(found, NotRead) else found) == reason


def test_a_network_of_a_host_whose_port_groups_were_not_read():
    unread = content("HostSystem", "host-1", {"name": "h"}, no_permission("config"))
    found = snapshot(unread, virtual_machine("vm-1", nic(on_standard("Net")))).machines[0]
    assert isinstance(found.nics[0].port_group, NotRead)
    assert found.nics[0].port_group.reason == "no-permission"


def test_a_standard_network_has_a_folder_and_a_port_group_on_each_host():
    network = content(
        "Network",
        "network-1",
        {"name": "Net", "parent": "group-n1", "host": references("HostSystem", "host-1")},
    )
    assembly = assembled(*tree(), network, host())
    entry = (
        "<p><entity>network-1</entity><principal>CORP\\x</principal><group>true</group>"
        "<roleId>5</roleId><propagate>true</propagate></p>"
    )
    assembly.permission_entries = [plain(entry)]
    found = assembly.finish(SOURCE)
    assert found.port_groups[0].folder == "s/group-n1"
    assert [p.object for p in found.permissions] == ["s/host-1/pg/Net"]


def test_permissions_that_make_no_sense_are_not_understood():
    assembly = assembled(host())
    assembly.permission_entries = [plain("<p><entity>x</entity><roleId>x</roleId></p>")]
    found = assembly.finish(SOURCE).permissions
    assert isinstance(found, NotRead)
    assert found.reason == "not-understood"


def test_a_machine_of_a_vapp_stands_where_the_outermost_vapp_does():
    vapps = (
        content("VirtualApp", "resgroup-v1", {"name": "outer", "parentFolder": "group-v1"}),
        content("VirtualApp", "resgroup-v2", {"name": "inner", "parent": "resgroup-v1"}),
    )
    machine = virtual_machine("vm-1", parent="", parentVApp="resgroup-v2")
    assert snapshot(*vapps, host(), machine).machines[0].folder == "s/group-v1"


def test_rules_of_a_cluster():
    configuration = (
        "ClusterConfigInfoEx|<drsConfig><enabled>true</enabled><defaultVmBehavior>manual"
        "</defaultVmBehavior></drsConfig><dasConfig><enabled>false</enabled></dasConfig>"
        '<rule xsi:type="ClusterVmHostRuleInfo"><name>on</name><enabled>true</enabled>'
        "<mandatory>true</mandatory><vmGroupName>vms</vmGroupName><affineHostGroupName>hosts"
        '</affineHostGroupName></rule><rule xsi:type="ClusterAntiAffinityRuleSpec"><name>apart'
        "</name><enabled>false</enabled><vm>vm-1</vm><vm>vm-2</vm></rule>"
        '<rule xsi:type="ClusterDependencyRuleInfo"><name>later</name></rule>'
        "<group><name>vms</name><vm>vm-1</vm></group><group><name>hosts</name><host>host-1</host>"
        "</group>"
    )
    (found,) = snapshot(
        content("ClusterComputeResource", "domain-c1", {"configurationEx": configuration})
    ).clusters
    assert (found.moves_machines, found.restarts_machines) == (True, False)
    apart, on = found.rules
    assert (on.kind, on.machines, on.hosts) == ("keep-on-hosts", ("s/vm-1",), ("s/host-1",))
    assert (apart.kind, apart.enabled, apart.machines) == (
        "keep-apart",
        False,
        ("s/vm-1", "s/vm-2"),
    )


def test_pools_and_their_parents():
    allocation = "<reservation>1</reservation><limit>5</limit>"
    config = f"X|<cpuAllocation>{allocation}</cpuAllocation><memoryAllocation/>"
    found = snapshot(
        content("ResourcePool", "resgroup-1", {"name": "Resources", "parent": "domain-c1"}),
        content("ResourcePool", "resgroup-2", {"parent": "resgroup-1", "config": config}),
    ).pools
    assert [pool.parent for pool in found] == [None, "s/resgroup-1"]
    assert (found[1].cpu.reservation, found[1].cpu.limit) == (1, 5)
    assert isinstance(found[0].cpu, NotRead)


def test_what_was_not_read_is_summed_up_once_for_a_version():
    unsupported = (
        "<missingSet><path>config.ftEncryptionMode</path><fault>"
        '<fault xsi:type="InvalidProperty"/></fault></missingSet>'
    )
    machines = (content("VirtualMachine", f"vm-{n}", {"name": "x"}, unsupported) for n in (1, 2))
    (entry,) = snapshot(host(), *machines).unread
    assert (entry.object, entry.name, entry.property) == (
        "s",
        "VirtualMachine",
        "config.ftEncryptionMode",
    )


def test_port_groups_of_two_hosts_are_apart():
    other = listed("HostPortGroup", port_group_xml("Net", "vSwitch0", 9))
    found = snapshot(host(), host("host-2", **{"config.network.portgroup": other}))
    assert [each.vlan for each in found.port_groups] == [AccessVlan(vlan=7), AccessVlan(vlan=9)]


def test_what_a_folder_holds_and_nobody_may_see_is_told():
    holds = references("ClusterComputeResource", "domain-c9")
    folder = content("Folder", "group-h1", {"name": "host", "childEntity": holds})
    (entry,) = snapshot(folder, host()).unread
    assert (entry.object, entry.property, entry.why.reason) == (
        "s/domain-c9",
        "everything",
        "no-permission",
    )
