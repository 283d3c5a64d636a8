"""Saved folders, good and bad."""

import json

import pytest

from ringfence.foundation.errors import NothingCollectedError, SourceError
from ringfence.foundation.progress import SilentProgress
from ringfence.model.facts import NotRead
from ringfence.model.machines import Tag
from ringfence.sources.vsphere import SOURCE
from ringfence.sources.vsphere.folder import read_folder, recognises
from vsphere_objects import listed, object_xml, references

HOST = {
    "name": "esx-1",
    "config": "HostConfigInfo|<product><fullName>x</fullName></product><network/>",
    "vm": references("VirtualMachine", "vm-1"),
}


def save(path, /, **objects):
    for number, (name, text) in enumerate(objects.items()):
        (path / f"{number:04d}-{name}.xml").write_text(text, encoding="utf-8")
    return path


def machine(name="web-01", moid="vm-1"):
    config = "VirtualMachineConfigInfo|<template>false</template><hardware/>"
    return object_xml("VirtualMachine", moid, {"name": name, "config": config})


def host():
    return object_xml("HostSystem", "host-1", HOST)


def read(folder):
    return read_folder(folder, SilentProgress())


@pytest.fixture
def saved(tmp_path):
    return save(tmp_path, machine=machine(), host=host())


def test_a_small_folder(saved):
    found = read(saved)
    assert [one.name for one in found.hosts] == ["esx-1"]
    assert [one.name for one in found.machines] == ["web-01"]
    assert found.sources[0].kind == "vsphere"
    assert recognises(saved)
    assert SOURCE.recognises(saved)
    assert SOURCE.read_saved(saved, SilentProgress()) == found


def test_the_server_names_the_objects(saved):
    about = (
        "ServiceContent|<about><instanceUuid>0f0e0d0c-1111-2222-3333-444444444444</instanceUuid>"
        "<fullName>VMware vCenter</fullName><apiVersion>8.0</apiVersion>"
        "<apiType>VirtualCenter</apiType></about>"
    )
    save(saved, service=object_xml("ServiceInstance", "ServiceInstance", {"content": about}))
    found = read(saved)
    assert found.hosts[0].id == "0f0e0d0c/host-1"
    assert found.sources[0].product == "VMware vCenter"


def test_a_single_host_is_named_by_its_hardware(tmp_path):
    about = "ServiceContent|<about><apiType>HostAgent</apiType></about>"
    uuid = "HostListSummary|<hardware><uuid>4c4c4544-0000-1111-2222-333333333333</uuid></hardware>"
    save(
        tmp_path,
        service=object_xml("ServiceInstance", "ServiceInstance", {"content": about}),
        host=object_xml("HostSystem", "ha-host", HOST | {"summary": uuid}),
    )
    found = read(tmp_path)
    assert found.hosts[0].id == "4c4c4544/ha-host"
    assert isinstance(found.settings, NotRead)


def test_what_a_folder_does_not_hold_is_not_read(saved):
    found = read(saved)
    for fact in (found.roles, found.permissions, found.settings, found.machines[0].tags):
        assert isinstance(fact, NotRead)


def test_roles_and_the_permissions_that_entities_carry(saved):
    roles = listed("AuthorizationRole", "<roleId>5</roleId><name>R</name>")
    permission = "<principal>CORP\\x</principal><roleId>5</roleId><entity>group-v1</entity>"
    save(
        saved,
        roles=object_xml("AuthorizationManager", "AuthorizationManager", {"roleList": roles}),
        folder=object_xml(
            "Folder", "group-v1", {"name": "dmz", "permission": listed("Permission", permission)}
        ),
    )
    found = read(saved)
    assert [role.name for role in found.roles] == ["R"]
    assert [entry.principal for entry in found.permissions] == ["CORP\\x"]


def test_types_that_are_not_known_are_ignored(saved):
    save(saved, datastore=object_xml("Datastore", "datastore-1", {"name": "d"}))
    assert len(read(saved).hosts) == 1


def test_live_ports_are_in_a_folder_of_their_switch(saved):
    switch = object_xml(
        "VmwareDistributedVirtualSwitch", "dvs-1", {"name": "Zones", "uuid": "50 aa"}
    )
    save(saved, switch=switch)
    assert isinstance(read(saved).ports, NotRead)
    ports = saved / "VmwareDistributedVirtualSwitch-dvs-1"
    ports.mkdir()
    (ports / "FetchDVPorts.xml").write_text(
        "<FetchDVPortsResponse><returnval><key>7</key><portgroupKey>dvportgroup-5</portgroupKey>"
        "<connectee><connectedEntity>vm-1</connectedEntity><nicKey>4000</nicKey></connectee>"
        "</returnval></FetchDVPortsResponse>"
    )
    (port,) = read(saved).ports
    assert port.connectee is not None


def test_an_object_cannot_name_a_file_elsewhere(saved):
    evil = "../" * 5 + "etc"
    switch = object_xml("VmwareDistributedVirtualSwitch", evil, {"name": "Zones", "uuid": "1"})
    save(saved, switch=switch)
    assert isinstance(read(saved).ports, NotRead)


def test_tags_beside_the_objects(saved):
    (saved / "tags.json").write_text(json.dumps({"vm-1": [["zone", "dmz"]]}))
    assert read(saved).machines[0].tags == (Tag(category="zone", name="dmz"),)
    (saved / "tags.json").write_text("{")
    with pytest.raises(SourceError, match=r"tags\.json does not hold tags"):
        read(saved)


BAD = {
    "bomb": '<!DOCTYPE a [<!ENTITY x "y">]><ObjectContent>&x;</ObjectContent>',
    "external": '<!DOCTYPE a SYSTEM "file:///etc/passwd"><ObjectContent/>',
    "cut": host()[:-40],
    "deep": "<ObjectContent>" + "<a>" * 4000,
    "other": "<html/>",
    "empty": "",
    "binary": "\0\1\2",
    "nothing": "<ObjectContent/>",
}


@pytest.mark.parametrize("kind", sorted(BAD))
def test_a_bad_file_is_named(saved, kind):
    save(saved, **{f"bad-{kind}": BAD[kind]})
    with pytest.raises(SourceError, match=f"bad-{kind}"):
        read(saved)


def test_a_file_that_is_too_large_is_named(saved, monkeypatch):
    monkeypatch.setattr("ringfence.sources.vsphere.folder._LARGEST_FILE", 10)
    with pytest.raises(SourceError, match=r"0000-machine\.xml is larger"):
        read(saved)


def test_nothing_collected(tmp_path):
    with pytest.raises(NothingCollectedError, match="no saved managed objects"):
        read(tmp_path)
    save(tmp_path, folder=object_xml("Folder", "group-1", {"name": "a"}))
    with pytest.raises(NothingCollectedError, match="no host and no machine"):
        read(tmp_path)


def test_what_is_no_saved_folder_is_not_recognised(tmp_path):
    assert not recognises(tmp_path)
    (tmp_path / "a.xml").write_text("<html/>")
    assert not recognises(tmp_path)
    assert not recognises(tmp_path / "a.xml")


HOSTILE = "<script>alert(1)</script>\x85 =cmd|' /C calc'!A0 \u202e\u2028"


def test_hostile_names_are_kept_as_they_are(tmp_path):
    escaped = HOSTILE.replace("<", "&lt;")
    save(tmp_path, host=host(), machine=machine(name=f"xsd:string|{escaped}"))
    assert read(tmp_path).machines[0].name == HOSTILE
