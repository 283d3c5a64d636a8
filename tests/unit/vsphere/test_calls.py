"""What only methods and other APIs tell: ports read again, neighbours, tags."""

import json

import pytest

from ringfence.connections.https import HttpsClient
from ringfence.connections.settings import Endpoint, TlsSettings
from ringfence.connections.vsphere import connect
from ringfence.foundation.errors import SourceError
from ringfence.foundation.progress import SilentProgress
from ringfence.model.facts import NotRead
from ringfence.model.hosts import Neighbour, NetworkHint
from ringfence.model.machines import Tag
from ringfence.model.network import AccessVlan
from ringfence.sources.vsphere.calls import hints, neighbour
from ringfence.sources.vsphere.collect import collect
from ringfence.sources.vsphere.tags import read_tags
from vsphere_inventory import Inventory
from vsphere_objects import listed, plain, port, references
from vsphere_stub import Fault, listening, read_request, reply, settings, stub

SETTING = (
    '<defaultPortConfig><vlan xsi:type="VmwareDistributedVirtualSwitchVlanIdSpec"><vlanId>{}'
    "</vlanId></vlan></defaultPortConfig>"
)
ATTACHED = "<connectedEntity>vm-1</connectedEntity><nicKey>4000</nicKey>"


def group_properties(vlan):
    return {
        "name": "DMZ",
        "key": "dvportgroup-5",
        "config": "X|<distributedVirtualSwitch>dvs-1</distributedVirtualSwitch>"
        f"<configVersion>{vlan}</configVersion>{SETTING.format(vlan)}",
        "config.configVersion": str(vlan),
    }


def distributed():
    """A host, a distributed switch and one port group."""
    return Inventory(
        {
            ("Folder", "group-d1"): {"name": "Datacenters"},
            ("VmwareDistributedVirtualSwitch", "dvs-1"): {
                "name": "Zones",
                "uuid": "50 aa",
                "config": "X|<configVersion>1</configVersion>",
                "config.configVersion": "1",
                "portgroup": references("DistributedVirtualPortgroup", "dvportgroup-5"),
            },
            ("DistributedVirtualPortgroup", "dvportgroup-5"): group_properties(100),
            ("HostSystem", "host-1"): {
                "name": "esx-1",
                "config.product": "AboutInfo|<fullName>x</fullName>",
                "config.network.pnic": listed("PhysicalNic", "<device>vmnic0</device>"),
                "configManager.networkSystem": "networkSystem-1",
            },
        }
    )


def read(served, *, observed_vlans=False, **more):
    with (
        stub(served.answers(**more)) as listening_port,
        connect(settings(listening_port)) as connection,
    ):
        return collect(connection, SilentProgress(), observed_vlans=observed_vlans)


def test_ports_are_read_again_with_a_port_group_that_changed():
    served = distributed()
    fetched = []

    def before_read(kind, _, paths):
        if kind == "DistributedVirtualPortgroup" and "config" not in paths and len(fetched) == 1:
            served.objects[kind, "dvportgroup-5"] = group_properties(200)

    def fetch(body):
        assert "<portgroupKey>dvportgroup-5</portgroupKey>" in body
        assert "<connected>true</connected>" in body
        fetched.append(1)
        return port(7, ATTACHED)

    served.before_read = before_read
    found = read(served, FetchDVPorts=fetch)
    assert len(fetched) == 2
    assert found.port_groups[0].vlan == AccessVlan(vlan=200)
    assert found.ports[0].vlan == AccessVlan(vlan=200)
    assert found.sources[0].stable


def test_ports_that_break_off_are_an_error_and_not_half_an_answer(monkeypatch):
    monkeypatch.setattr("ringfence.sources.vsphere.calls._GROUPS_OF_A_CALL", 1)
    served = distributed()
    second = group_properties(100) | {"key": "dvportgroup-6"}
    served.objects["DistributedVirtualPortgroup", "dvportgroup-6"] = second

    def fetch(body):
        if "dvportgroup-6" in body:
            raise Fault("SystemError")
        return port(7, ATTACHED)

    with pytest.raises(SourceError, match="FetchDVPorts"):
        read(served, FetchDVPorts=fetch)


def test_ports_that_are_refused_are_unread():
    def refuse(_):
        raise Fault("NoPermission")

    found = read(distributed(), FetchDVPorts=refuse)
    assert isinstance(found.ports, NotRead)
    assert found.ports.reason == "no-permission"


LLDP = (
    "<lldpInfo><chassisId>02:00</chassisId><portId>Eth1/1</portId>"
    "<parameter><key>System Name</key><value>leaf-1</value></parameter>"
    "<parameter><key>Vlan ID</key><value>1</value></parameter></lldpInfo>"
)
CDP = "<connectedSwitchPort><devId>leaf-2</devId><portId>Eth1/2</portId></connectedSwitchPort>"


def test_what_a_host_observes():
    hint = (
        "<returnval><device>vmnic0</device><subnet><ipSubnet>10.1.0.0-10.1.0.255</ipSubnet>"
        f"<vlanId>100</vlanId></subnet><network><network>10.2.0.0</network></network>{CDP}"
        "</returnval>"
    )
    found = read(
        distributed(),
        observed_vlans=True,
        FetchDVPorts=lambda _: "",
        QueryNetworkHint=lambda _: hint,
    )
    (nic,) = found.hosts[0].physical_nics
    assert nic.neighbour == Neighbour(switch="leaf-2", port="Eth1/2", protocol="cdp")
    assert nic.hints == (
        NetworkHint(vlan=0, prefix="10.2.0.0"),
        NetworkHint(vlan=100, prefix="10.1.0.0-10.1.0.255"),
    )


def test_what_a_host_will_not_tell_is_unread():
    def refuse(_):
        raise Fault("NotSupported")

    found = read(
        distributed(), observed_vlans=True, FetchDVPorts=lambda _: "", QueryNetworkHint=refuse
    )
    (nic,) = found.hosts[0].physical_nics
    assert isinstance(nic.neighbour, NotRead)
    assert nic.hints == NotRead(reason="not-supported")


def test_neighbours():
    assert neighbour(plain(f"<h>{LLDP}</h>")) == Neighbour(
        switch="leaf-1", port="Eth1/1", protocol="lldp", native_vlan=1
    )
    assert neighbour(plain("<h><device>vmnic0</device></h>")) is None
    assert neighbour(None) is None
    assert hints(None) == ()


def rest(answers_by_path):
    """A server whose REST API answers by path, after a login by SOAP."""

    def behave(connection):
        while (request := read_request(connection)) is not None:
            path = request[0].split()[1]
            status, body = answers_by_path.get(path, (404, ""))
            reply(connection, status, body)

    return listening(behave)


class Connection:
    """What reading tags asks of a connection."""

    def __init__(self, listening_port, *, is_vcenter=True, password=True):
        self.settings = settings(listening_port)
        if not password:
            self.settings = self.settings.__class__(self.settings.endpoint)
        self.is_vcenter = is_vcenter
        tls = TlsSettings(ca_file=self.settings.tls.ca_file)
        self.https = HttpsClient(Endpoint("localhost", listening_port), tls, 5)


REST = "/rest/com/vmware/cis"
LOGIN = {f"{REST}/session": (200, '{"value": "s"}')}


@pytest.mark.parametrize(
    ("answered", "reason"),
    [
        ({}, "not-collected"),
        ({f"{REST}/session": (401, "")}, "not-collected"),
        ({f"{REST}/session": (200, '{"value": 3}')}, "not-collected"),
        ({f"{REST}/session": (200, "<html>")}, "not-collected"),
        (LOGIN | {f"{REST}/tagging/tag": (200, '{"value": 3}')}, "not-understood"),
        (
            LOGIN
            | {
                f"{REST}/tagging/tag": (200, '{"value": ["t"]}'),
                f"{REST}/tagging/tag/id:t": (200, '{"value": {}}'),
            },
            "not-understood",
        ),
    ],
)
def test_an_api_of_tags_that_is_not_there_never_ends_a_reading(answered, reason):
    with rest(answered) as listening_port:
        connection = Connection(listening_port)
        found = read_tags(connection)
        connection.https.close()
    assert isinstance(found, NotRead)
    assert found.reason == reason
    assert "never-shown" not in found.detail


def test_tags_of_machines_and_of_nothing_else():
    attached = [
        {
            "tag_id": "t",
            "object_ids": [
                {"type": "VirtualMachine", "id": "vm-1"},
                {"type": "HostSystem", "id": "host-1"},
            ],
        }
    ]
    path = f"{REST}/tagging/tag-association?~action=list-attached-objects-on-tags"
    answered = LOGIN | {
        f"{REST}/tagging/tag": (200, '{"value": ["t"]}'),
        f"{REST}/tagging/tag/id:t": (200, '{"value": {"name": "dmz", "category_id": "c"}}'),
        f"{REST}/tagging/category/id:c": (200, '{"value": {"name": "zone"}}'),
        path: (200, json.dumps({"value": attached})),
    }
    with rest(answered) as listening_port:
        connection = Connection(listening_port)
        assert read_tags(connection) == {"vm-1": (Tag(category="zone", name="dmz"),)}
        connection.https.close()


def test_tags_need_a_vcenter_and_a_password():
    assert read_tags(Connection(1, is_vcenter=False)).reason == "not-supported"
    assert "password" in read_tags(Connection(1, password=False)).detail
