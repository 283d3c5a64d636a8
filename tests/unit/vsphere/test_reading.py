"""The reading of a live server: pages, faults, and objects that move meanwhile."""

import pytest

from ringfence.connections.soap import Reference
from ringfence.connections.vsphere import connect
from ringfence.foundation.errors import ConnectionFailedError, NothingCollectedError
from ringfence.foundation.progress import SilentProgress
from ringfence.model.facts import NotRead
from ringfence.model.network import AccessVlan
from ringfence.sources.vsphere.collect import collect
from ringfence.sources.vsphere.property_reader import PropertyReader
from vsphere_inventory import Inventory
from vsphere_objects import listed, port_group_xml
from vsphere_stub import Fault, settings, stub

ROOT = ("Folder", "group-d1")


def machine(name, version="1", **more):
    return {
        "name": name,
        "parent": "group-d1",
        "runtime.host": "host-1",
        "runtime.powerState": "poweredOn",
        "config.template": "false",
        "config.changeVersion": version,
        "config.hardware.device": "ArrayOfVirtualDevice|",
    } | more


def host(vlan=7):
    return {
        "name": "esx-1",
        "runtime.connectionState": "connected",
        "config.product": "AboutInfo|<fullName>x</fullName>",
        "config.network.portgroup": listed("HostPortGroup", port_group_xml("Net", "v", vlan)),
    }


def inventory(**more):
    return Inventory(
        {
            ROOT: {"name": "Datacenters"},
            ("HostSystem", "host-1"): host(),
            ("VirtualMachine", "vm-1"): machine("web-01"),
            ("VirtualMachine", "vm-2"): machine("web-02"),
        },
        **more,
    )


def read(served, **more):
    with stub(served.answers(**more)) as port, connect(settings(port)) as connection:
        return collect(connection, SilentProgress())


def test_a_reading_that_stands_still():
    found = read(inventory())
    assert [one.name for one in found.machines] == ["web-01", "web-02"]
    assert found.sources[0].stable
    assert found.sources[0].started == "2026-11-01T00:00:00Z"
    assert found.machines[0].id == "0f0e0d0c/vm-1"


@pytest.mark.parametrize("page", [1, 2])
def test_a_server_that_gives_less_at_a_time_is_asked_for_the_rest(page):
    found = read(inventory(page=page))
    assert len(found.machines) == 2


def test_many_objects_are_asked_for_in_pages(monkeypatch):
    monkeypatch.setattr("ringfence.sources.vsphere.property_reader._PAGE", {"VirtualMachine": 1})
    served = inventory()
    assert len(read(served).machines) == 2
    asked = [ids for kind, ids, paths in served.requests if kind == "VirtualMachine"]
    assert {len(ids) for ids in asked} == {1}


def test_a_property_that_this_version_does_not_have_is_left_out_and_told():
    found = read(inventory(unsupported={"config.migrateEncryption", "config.ftEncryptionMode"}))
    for one in found.machines:
        assert isinstance(one.migration_encryption, NotRead)
        assert one.migration_encryption.reason == "not-supported"
    assert {entry.property for entry in found.unread} == {
        "config.migrateEncryption",
        "config.ftEncryptionMode",
    }
    assert found.sources[0].stable


def test_a_fault_for_one_object_leaves_the_others():
    found = read(inventory(broken={"vm-2"}))
    good, bad = found.machines
    assert good.name == "web-01"
    assert isinstance(bad.nics, NotRead)
    assert bad.nics.reason == "fault"
    assert "0f0e0d0c/vm-2" in {entry.object for entry in found.unread}


def test_a_session_that_ends_is_told():
    def ended(*_):
        raise Fault("NotAuthenticated")

    with pytest.raises(ConnectionFailedError, match="ended the session"):
        read(inventory(before_read=ended))


def test_an_account_that_sees_nothing_is_told():
    with pytest.raises(NothingCollectedError, match="no host and no machine"):
        read(Inventory({ROOT: {"name": "Datacenters"}}))


def test_methods_that_the_server_refuses_leave_their_fact_unread():
    def refuse(_):
        raise Fault("NoPermission")

    found = read(inventory(), RetrieveAllPermissions=refuse)
    assert isinstance(found.permissions, NotRead)
    assert found.permissions.reason == "no-permission"


def changing(change, times=1):
    """An inventory that changes each time that markers are about to be compared."""
    served = inventory()
    left = [times]

    def before_read(kind, _, paths):
        markers = kind == "HostSystem" and "config.product" not in paths
        if markers and left[0]:
            left[0] -= 1
            change(served.objects, left[0])

    served.before_read = before_read
    return served


def test_a_machine_that_changed_is_read_again():
    def change(objects, _):
        objects["VirtualMachine", "vm-1"] = machine("web-01-new", version="2")

    found = read(changing(change))
    assert found.machines[0].name == "web-01-new"
    assert found.sources[0].stable


def test_a_machine_that_moved_is_read_again():
    def change(objects, _):
        objects["VirtualMachine", "vm-1"] = machine("web-01", **{"runtime.host": "host-2"})

    assert read(changing(change)).machines[0].host == "0f0e0d0c/host-2"


def test_a_port_group_that_changed_is_read_again():
    def change(objects, _):
        objects["HostSystem", "host-1"] = host(vlan=9)

    assert read(changing(change)).port_groups[0].vlan == AccessVlan(vlan=9)


def test_what_comes_and_goes_meanwhile():
    def change(objects, _):
        del objects["VirtualMachine", "vm-1"]
        objects["VirtualMachine", "vm-3"] = machine("web-03")

    found = read(changing(change, times=1))
    assert [one.name for one in found.machines] == ["web-02", "web-03"]


def test_what_does_not_stand_still_is_left_unread():
    def change(objects, number):
        objects["VirtualMachine", "vm-1"] = machine("web-01", version=f"x{number}")
        objects["HostSystem", "host-1"] = host(vlan=10 + number)

    found = read(changing(change, times=99))
    assert not found.sources[0].stable
    moving, still = found.machines
    assert isinstance(moving.nics, NotRead)
    assert moving.nics.reason == "changed-while-reading"
    assert still.name == "web-02"
    assert isinstance(found.hosts[0].kernel_interfaces, NotRead)


def test_ports_attached_now_do_not_make_a_host_look_changed():
    def change(objects, number):
        ports = "<port><mac>02:00</mac></port>" * (number + 1)
        group = port_group_xml("Net", "v", 7) + ports
        objects["HostSystem", "host-1"]["config.network.portgroup"] = listed("HostPortGroup", group)

    assert read(changing(change, times=99)).sources[0].stable


def test_permissions_that_change_meanwhile_are_the_later_ones():
    entries = iter(["<returnval><principal>a</principal><roleId>1</roleId></returnval>"])
    later = "<returnval><principal>b</principal><roleId>1</roleId></returnval>"
    found = read(inventory(), RetrieveAllPermissions=lambda _: next(entries, later))
    assert [one.principal for one in found.permissions] == ["b"]
    assert found.sources[0].stable


def test_permissions_that_do_not_stand_still_are_unread():
    count = iter(range(99))
    found = read(
        inventory(),
        RetrieveAllPermissions=lambda _: (
            f"<returnval><principal>{next(count)}</principal><roleId>1</roleId></returnval>"
        ),
    )
    assert isinstance(found.permissions, NotRead)
    assert not found.sources[0].stable


def test_an_object_that_is_gone_has_no_values():
    with (
        stub(inventory().answers()) as port,
        connect(settings(port)) as connection,
        PropertyReader(connection) as reader,
    ):
        gone = reader.values(Reference("HostSystem", "host-9"), ("name",))
        assert isinstance(gone.at("name"), NotRead)
