"""The wiring of hosts: who is wired alike, what differs, what stands on what."""

from itertools import pairwise

import msgspec

from report_extremes import nothing, wide_host
from report_inventory import inventory, memberships, policy
from report_results import GENERATED, harbour
from ringfence.model.facts import NotRead
from ringfence.model.hosts import PhysicalNic
from ringfence.model.inventory import Inventory
from ringfence.model.machines import PassthroughDevice
from ringfence.model.network import AccessVlan, Port
from ringfence.report.format import ReportInput
from ringfence.report.pictures.layout import TAB, plan
from ringfence.report.view.attached import Attached, chips, natural
from ringfence.report.view.shape import Wirings, speed_text
from ringfence.report.view.wiring import Drawing, cluster_wirings, short_names

UNREAD = NotRead(reason="no-permission")


def drawings(told: ReportInput) -> dict[str, Drawing]:
    """The drawings of Harbour by their first host."""
    (cluster,) = cluster_wirings(told)
    return {drawing.hosts[0]: drawing for drawing in cluster.drawings}


def changed(**tables: object) -> ReportInput:
    """The clean Harbour with some tables of its snapshot replaced."""
    clean = inventory(faulty=False)
    snapshot = msgspec.structs.replace(clean.snapshot, **tables)
    return ReportInput(
        Inventory(snapshot), policy(), memberships(clean, faulty=False), None, None, GENERATED
    )


def test_hosts_that_are_wired_alike_are_drawn_once() -> None:
    (cluster,) = cluster_wirings(harbour(faulty=False))
    assert [drawing.hosts for drawing in cluster.drawings] == [("esx-1", "esx-2", "esx-3", "esx-4")]
    assert not cluster.drawings[0].differs


def test_the_others_value_stands_beside_what_differs() -> None:
    found = drawings(harbour())
    assert list(found) == ["esx-1", "esx-3", "esx-4"]
    assert found["esx-1"].other == {}
    assert found["esx-3"].other == {("vlan", "vSwitch1", "CDE-300"): "300"}
    assert found["esx-4"].other["nic", "vmnic1", "speed"] == "10 Gb/s"
    assert found["esx-4"].other["security", "vSwitch1", "CDE-300"] == "all rejected"
    assert found["esx-4"].other["vlan", "vSwitch0", "MGMT-VMs-12"] == "12"


def test_what_was_not_read_is_not_called_different() -> None:
    assert ("security", "vSwitch0", "Management") not in drawings(harbour())["esx-4"].other


def test_management_comes_first_and_kernel_interfaces_before_machines() -> None:
    shape = drawings(harbour())["esx-1"].shape
    assert [switch.name for switch in shape.switches] == ["vSwitch0", "Zones", "vSwitch1"]
    assert [tab.name for tab in shape.switches[0].tabs] == [
        "Management",
        "Migration",
        "MGMT-VMs-12",
    ]


def test_roles_of_nics_come_from_the_teaming_of_the_port_groups() -> None:
    switches = drawings(harbour())["esx-1"].shape.switches
    roles = {nic.name: nic.role for switch in switches for nic in switch.nics}
    assert roles == {
        "vmnic0": "active",  # of Management
        "vmnic1": "active",  # of Migration
        "vmnic2": "active",
        "vmnic3": "active",
        "vmnic4": "active",
        "vmnic5": "standby",
    }


def test_a_device_is_a_gate_and_so_is_a_machine_with_two_networks() -> None:
    gates = {gate.name: gate for gate in drawings(harbour())["esx-1"].attached.gates}
    assert gates["fw-1"].device == "inner-firewall"
    assert gates["fw-1"].tabs == (
        ("Zones", "DMZ-100"),
        ("Zones", "APP-200"),
        ("vSwitch1", "CDE-300"),
    )
    assert gates["app-13"].kind == "joins"


def test_a_misplaced_machine_keeps_the_colour_of_its_own_zone() -> None:
    machines = drawings(harbour())["esx-3"].attached.on_tab["Zones", "APP-200"]
    (wrong,) = [each for each in machines if each.remark]
    assert (wrong.machine, wrong.zone, wrong.trouble) == ("web-07", "dmz", "misplaced")
    assert chips(machines)[0].remark == "dmz"


def test_many_machines_are_joined_by_zone_and_name() -> None:
    machines = drawings(harbour())["esx-1"].attached.on_tab["Zones", "DMZ-100"]
    (chip,) = chips(machines)
    assert (chip.label, chip.count, chip.zone) == ("web-01…18", 10, "dmz")


def test_chips_never_exceed_their_room_and_stand_for_everyone() -> None:
    machines = [
        Attached(machine=f"{letter}{number}", host="h", tabs=(("s", "p"),), memberships=())
        for letter in "abcdefghijkl"
        for number in range(3)
    ]
    found = chips(machines)
    assert len(found) == 6
    assert sum(chip.count for chip in found) == len(machines)


def test_names_sort_by_their_numbers() -> None:
    assert sorted(["web-10", "web-2", "app-1"], key=natural) == ["app-1", "web-2", "web-10"]


def test_host_names_lose_the_domain_that_all_share() -> None:
    assert short_names(["a.x.example", "b.x.example"]) == {"a.x.example": "a", "b.x.example": "b"}
    different = ["a.x.example", "a.y.example"]
    assert short_names(different) == {name: name for name in different}


def test_a_nic_is_in_a_domain_only_where_exactly_one_is_declared_for_it() -> None:
    clean = inventory(faulty=False)
    declared = policy().model_copy(
        update={
            "fabric": policy().fabric.model_validate(
                {
                    "domains": {
                        "left": {"uplinks": ["*/vmnic0", "*/vmnic1"]},
                        "right": {"uplinks": ["*/vmnic1", "*/vmnic2"]},
                    }
                }
            )
        }
    )
    shape = Wirings(clean, declared).shape(clean.snapshot.hosts[0])
    domains = {nic.name: nic.domain for switch in shape.switches for nic in switch.nics}
    assert domains["vmnic0"] == "left"
    assert domains["vmnic1"] == "not declared"
    assert domains["vmnic2"] == "right"
    assert domains["vmnic3"] == "not declared"


def test_what_was_not_read_of_a_host_is_told() -> None:
    hosts = list(inventory(faulty=False).snapshot.hosts)
    hosts[0] = msgspec.structs.replace(hosts[0], physical_nics=UNREAD, kernel_interfaces=UNREAD)
    drawing = drawings(changed(hosts=tuple(hosts)))["esx-1"]
    assert drawing.notes == ("Not read: physical NICs.", "Not read: kernel interfaces.")


def test_teaming_that_was_not_read_makes_roles_not_read() -> None:
    groups = tuple(
        msgspec.structs.replace(group, teaming=UNREAD)
        for group in inventory(faulty=False).snapshot.port_groups
    )
    shape = drawings(changed(port_groups=groups))["esx-1"].shape
    assert {nic.role for switch in shape.switches for nic in switch.nics} == {"not read"}


def test_passthrough_and_unread_networks_are_told_below_the_drawing() -> None:
    machines = list(inventory(faulty=False).snapshot.machines)
    device = PassthroughDevice(id="p", label="PCI", physical_nic="host-1/vmnic5")
    first, second = machines[0], machines[1]
    assert not isinstance(second.nics, NotRead)
    nic = msgspec.structs.replace(second.nics[0], port_group=UNREAD)
    machines[0] = msgspec.structs.replace(first, passthrough=(device,))
    machines[1] = msgspec.structs.replace(second, nics=(nic,), host="host-1")
    (drawing,) = drawings(changed(machines=tuple(machines))).values()
    owns, unread = drawing.notes
    assert owns.startswith("web-01 on esx-1 owns the physical NIC vmnic5 directly (passthrough)")
    assert unread == "The networks of 1 machine were not read: web-02."


def test_a_live_port_with_a_vlan_of_its_own_stands_out() -> None:
    machines = list(inventory(faulty=False).snapshot.machines)
    first = machines[0]
    assert not isinstance(first.nics, NotRead)
    nic = msgspec.structs.replace(first.nics[0], port="port-1")
    machines[0] = msgspec.structs.replace(first, nics=(nic,))
    port = Port(
        id="port-1",
        key="1",
        switch="dvs-1",
        port_group="dvpg-100",
        overridden=("vlan", "security"),
        vlan=AccessVlan(vlan=210),
    )
    (drawing,) = drawings(changed(machines=tuple(machines), ports=(port,))).values()
    chip = chips(drawing.attached.on_tab["Zones", "DMZ-100"])[0]
    assert (chip.label, chip.remark) == ("web-01", "VLAN 210, own security")
    assert drawing.notes == (
        "The live port of web-01 on esx-1 has VLAN 210 and own security, unlike its port group.",
    )


def test_an_overlay_network_is_not_called_a_vlan() -> None:
    groups = tuple(
        msgspec.structs.replace(group, backing="overlay", logical_switch="web")
        for group in inventory(faulty=False).snapshot.port_groups
    )
    shape = drawings(changed(port_groups=groups))["esx-1"].shape
    assert {tab.network for switch in shape.switches for tab in switch.tabs} == {"overlay web"}


def test_speeds_are_told_with_their_unit() -> None:
    assert speed_text(PhysicalNic(id="n", name="n", speed=25000)) == "25 Gb/s"
    assert speed_text(PhysicalNic(id="n", name="n", speed=100)) == "100 Mb/s"
    assert speed_text(PhysicalNic(id="n", name="n", speed=0)) == "link down"
    assert speed_text(PhysicalNic(id="n", name="n")) == "speed not read"


def test_a_plan_puts_a_ghost_where_a_port_group_is_missing() -> None:
    made = plan(drawings(harbour())["esx-4"])
    ghost = made.tabs["vSwitch0", "MGMT-VMs-12"]
    assert ghost.shape is None
    assert ghost.chips == ()


def test_a_plan_folds_empty_port_groups_of_a_wide_switch() -> None:
    made = plan(drawings(wide_host())["esx-1"])
    folded = made.tabs["Zones", ""]
    assert len(folded.folded) == 35
    assert len(made.bars[1].tabs) == 2 + 5 + 1


def test_nothing_in_a_plan_overlaps_its_neighbour() -> None:
    for told in (harbour(), wide_host()):
        for drawing in drawings(told).values():
            made = plan(drawing)
            edges = sorted(tab.x for tab in made.tabs.values())
            assert all(right - left >= TAB for left, right in pairwise(edges))
            nics = sorted(nic.x for nic in made.nics)
            assert all(right - left >= 96 for left, right in pairwise(nics))
            assert made.width >= max(edges) + TAB


def test_no_host_is_no_cluster() -> None:
    assert cluster_wirings(nothing()) == ()
