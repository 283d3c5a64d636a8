"""What a workbook tells becomes records; what it does not tell is not read."""

import pytest

from ringfence.foundation.progress import SilentProgress
from ringfence.model.facts import NotRead
from ringfence.model.inventory import Inventory
from ringfence.model.network import AccessVlan, NoVlan, TrunkVlan
from ringfence.model.snapshot_file import read_snapshot, write_snapshot
from ringfence.sources.rvtools import SOURCE
from ringfence.sources.rvtools.snapshot import read_workbook
from rvtools_workbook import sheets, write_workbook

S = "0b0e4c1e"


def read(tmp_path, change=None):
    tables = sheets()
    if change is not None:
        change(tables)
    return Inventory(read_workbook(write_workbook(tmp_path / "export.xlsx", tables)))


@pytest.fixture(scope="module")
def inventory(tmp_path_factory):
    return read(tmp_path_factory.mktemp("rvtools"))


def test_the_source_is_found_by_its_file(tmp_path):
    path = write_workbook(tmp_path / "export.xlsx", sheets())
    assert SOURCE.recognises(path)
    assert not SOURCE.recognises(tmp_path)
    assert len(SOURCE.read_saved(path, SilentProgress()).machines) == 3


def test_where_it_is_from(inventory):
    (source,) = inventory.snapshot.sources
    assert (source.kind, source.name, source.stable) == ("rvtools", "export.xlsx", False)
    assert source.started == "2026-11-23T09:14:00"
    assert source.product == "VMware vCenter Server 8.0.2"


def test_hosts(inventory):
    host = inventory.hosts[f"{S}/host-1"]
    assert (host.name, host.cluster, host.maintenance) == ("esx-1", f"{S}/domain-c1", False)
    assert (host.cpu_mhz, host.memory_mib) == (83200, 262144)
    assert host.time_servers == ("10.1.12.30", "10.1.12.31")
    assert [nic.name for nic in host.physical_nics] == [f"vmnic{number}" for number in range(5)]
    for missing in (host.lockdown, host.services, host.firewall, host.settings, host.stacks):
        assert isinstance(missing, NotRead)


def test_kernel_interfaces(inventory):
    first, second = inventory.hosts[f"{S}/host-1"].kernel_interfaces
    assert (first.port_group, first.port) == (f"{S}/host-1/pg/Management", None)
    assert (first.services, first.addresses) == (("management",), ("10.1.10.11/24",))
    assert second.port_group == f"{S}/dvportgroup-DMZ-100"
    assert isinstance(second.port, NotRead)
    assert second.services == ("migration", "storage", "witness")
    (third,) = inventory.hosts[f"{S}/host-2"].kernel_interfaces
    assert third.services == ()


def test_standard_switches(inventory):
    switch = inventory.switches[f"{S}/host-1/switch/vSwitch0"]
    (member,) = switch.members
    assert [uplink.physical_nics for uplink in member.uplinks] == [
        (f"{S}/host-1/vmnic0",),
        (f"{S}/host-1/vmnic1",),
    ]
    assert switch.security.promiscuous.accept is False
    group = inventory.port_groups[f"{S}/host-1/pg/VMs"]
    assert (group.switch, group.host, group.vlan) == (switch.id, f"{S}/host-1", NoVlan())
    assert group.security.forged_transmits.accept is True
    assert group.security.forged_transmits.origin == group.id
    assert group.security.promiscuous.origin == switch.id
    assert inventory.port_groups[f"{S}/host-2/pg/Management"].vlan == AccessVlan(vlan=10)
    assert isinstance(group.teaming, NotRead)
    assert isinstance(group.security.mac_learning, NotRead)


def test_distributed_switches(inventory):
    switch = inventory.switches[f"{S}/dvs-1"]
    assert [member.host for member in switch.members] == [f"{S}/host-1", f"{S}/host-2"]
    assert [(u.name, u.physical_nics) for u in switch.members[0].uplinks] == [
        ("Uplink 1", (f"{S}/host-1/vmnic2",)),
        ("Uplink 2", (f"{S}/host-1/vmnic3",)),
    ]
    group = inventory.port_groups[f"{S}/dvportgroup-DMZ-100"]
    assert (group.vlan, group.binding, group.blocked) == (AccessVlan(vlan=100), "static", False)
    assert (group.teaming.active, group.teaming.standby) == (("Uplink 1", "Uplink 2"), ())
    # What RVTools tells of a new switch is the place that no longer decides.
    assert isinstance(group.security, NotRead)
    assert group.deprecated_security.promiscuous.accept is False
    for missing in (group.filters, group.overrides, group.flow_monitoring, switch.private_vlans):
        assert isinstance(missing, NotRead)
    trunk = inventory.port_groups[f"{S}/dvportgroup-Trunk"].vlan
    assert [(part.first, part.last) for part in trunk.ranges] == [(1, 10), (20, 20)]
    assert inventory.port_groups[f"{S}/dvportgroup-Zones-DVUplinks-1"].uplink


def test_an_old_distributed_switch_has_one_place(tmp_path):
    def change(tables):
        tables["dvSwitch"][0]["Version"] = "6.5.0"

    group = read(tmp_path, change).port_groups[f"{S}/dvportgroup-DMZ-100"]
    assert group.security.promiscuous.accept is False
    assert group.deprecated_security is None


def test_machines(inventory):
    machine = inventory.machines[f"{S}/vm-1"]
    assert (machine.name, machine.host, machine.power) == ("web-01", f"{S}/host-1", "on")
    assert (machine.template, machine.cpu_count, machine.guest_tools) == (False, 2, "toolsOk")
    assert inventory.folder_path(machine) == "/DC/vm/dmz"
    assert machine.pool == f"{S}/resgroup-dmz"
    assert (machine.cpu.reservation, machine.cpu.limit, machine.cpu.shares) == (1000, None, 2000)
    for missing in (machine.tags, machine.passthrough, machine.extra):
        assert isinstance(missing, NotRead)
    assert isinstance(inventory.machines[f"{S}/vm-2"].cpu, NotRead)
    template = inventory.machines[f"{S}/vm-3"]
    assert template.template is True
    assert inventory.folder_path(template) == "/DC/vm/dmz/old"


def test_a_folder_without_its_path_is_not_read(inventory):
    folder = inventory.machines[f"{S}/vm-2"].folder
    assert isinstance(folder, NotRead)
    assert "Discovered virtual machine" in folder.detail


def test_virtual_nics(inventory):
    first, second = inventory.machines[f"{S}/vm-1"].nics
    assert first.port_group == f"{S}/dvportgroup-DMZ-100"
    assert isinstance(first.port, NotRead)
    assert (first.connected, first.start_connected, first.mac_assignment) == (
        True,
        True,
        "assigned",
    )
    assert first.addresses == ("10.1.100.11", "10.1.100.12", "fd00::11")
    assert (second.port_group, second.port) == (None, None)
    (standard,) = inventory.machines[f"{S}/vm-2"].nics
    assert (standard.port_group, standard.port) == (f"{S}/host-1/pg/VMs", None)
    assert isinstance(standard.connected, NotRead)
    (gone,) = inventory.machines[f"{S}/vm-3"].nics
    assert gone.port_group == NotRead(
        reason="not-collected", detail="Gone is in neither vPort nor dvPort"
    )


def test_pools_and_clusters(inventory):
    pool = inventory.pools[f"{S}/resgroup-dmz"]
    assert (pool.parent, pool.owner) == (f"{S}/resgroup-Resources", f"{S}/domain-c1")
    assert (pool.cpu.limit, pool.cpu.expandable, pool.memory.shares) == (5000, True, 4000)
    assert inventory.pools[f"{S}/resgroup-Resources"].cpu.limit is None
    cluster = inventory.clusters[f"{S}/domain-c1"]
    assert cluster.hosts == (f"{S}/host-1", f"{S}/host-2")
    assert (cluster.moves_machines, cluster.restarts_machines) == (True, False)


def test_what_no_workbook_tells(inventory):
    snapshot = inventory.snapshot
    for missing in (
        snapshot.ports,
        snapshot.mirror_sessions,
        snapshot.roles,
        snapshot.permissions,
        snapshot.global_permissions,
    ):
        assert isinstance(missing, NotRead)
    assert "mirror sessions" in [unread.property for unread in snapshot.unread]


def test_sheets_that_are_not_there_are_not_read(tmp_path):
    def change(tables):
        for name in set(tables) - {"vInfo", "vHost"}:
            del tables[name]

    inventory = read(tmp_path, change)
    assert isinstance(inventory.machines[f"{S}/vm-1"].nics, NotRead)
    assert isinstance(inventory.hosts[f"{S}/host-1"].physical_nics, NotRead)
    assert isinstance(inventory.hosts[f"{S}/host-1"].kernel_interfaces, NotRead)
    assert inventory.clusters[f"{S}/cluster/compute"].moves_machines.reason == "not-collected"
    assert "vNetwork" in [unread.property for unread in inventory.snapshot.unread]


def test_columns_that_are_not_there_are_not_read(tmp_path):
    def change(tables):
        for row in tables["vNIC"]:
            del row["Switch"]
        for row in tables["vSC_VMK"]:
            del row["Services"]
        for row in tables["vPort"]:
            del row["VLAN"]
        for row in tables["dvSwitch"]:
            row["Host members"] = 7

    inventory = read(tmp_path, change)
    (member,) = inventory.switches[f"{S}/host-1/switch/vSwitch0"].members
    assert isinstance(member.uplinks, NotRead)
    assert isinstance(inventory.switches[f"{S}/dvs-1"].members, NotRead)
    (interface, _) = inventory.hosts[f"{S}/host-1"].kernel_interfaces
    assert isinstance(interface.services, NotRead)
    assert isinstance(inventory.port_groups[f"{S}/host-1/pg/VMs"].vlan, NotRead)


def test_a_count_of_members_that_fits_the_nics_names_them(tmp_path):
    def change(tables):
        tables["dvSwitch"][0]["Host members"] = 2

    members = read(tmp_path, change).switches[f"{S}/dvs-1"].members
    assert [member.host for member in members] == [f"{S}/host-1", f"{S}/host-2"]


@pytest.mark.parametrize(
    ("cell", "kind"),
    [(4095, TrunkVlan), (4096, NotRead), ("5-4", NotRead), ("1-5000", NotRead), ("x", NotRead)],
)
def test_vlans(tmp_path, cell, kind):
    def change(tables):
        tables["dvPort"][0]["VLAN"] = cell

    group = read(tmp_path, change).port_groups[f"{S}/dvportgroup-DMZ-100"]
    assert isinstance(group.vlan, kind)


def test_a_name_of_two_networks_is_not_read(tmp_path):
    def change(tables):
        tables["vPort"][0]["Port Group"] = "DMZ-100"
        tables["vNetwork"][0]["Switch"] = ""

    nic, _ = read(tmp_path, change).machines[f"{S}/vm-1"].nics
    assert nic.port_group.detail == "DMZ-100 is the name of several networks"


def test_sheets_of_version_3_have_other_names(tmp_path):
    def change(tables):
        for name in list(tables):
            tables[f"tab{name}"] = tables.pop(name)

    assert len(read(tmp_path, change).machines) == 3


def test_the_snapshot_can_be_written_and_read(tmp_path, inventory):
    write_snapshot(inventory.snapshot, tmp_path / "s")
    assert read_snapshot(tmp_path / "s") == inventory.snapshot
