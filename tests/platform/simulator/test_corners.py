"""Parts of a scenario that Harbour has none of."""

from __future__ import annotations

import base64
import http.client
import json
import shutil
import ssl

import pytest
from pyVim.task import WaitForTask
from pyVmomi import vim, vmodl

from datacenter.faults import plant
from datacenter.harbour import harbour
from datacenter.harbour_switch import distributed_portgroup
from datacenter.scenario import copied, distributed_switch, host, machine
from datacenter.simulator import save, serve
from looking import found

SWITCH = vim.dvs.VmwareDistributedVirtualSwitch
GROUP = vim.dvs.DistributedVirtualPortgroup
QUERY = vmodl.query.PropertyCollector


@pytest.fixture(scope="module")
def odd():
    """Harbour with one of everything."""
    scenario = plant(harbour(), "mirror-to-less-trusted", "forged-transmits-on-live-port")
    switch = distributed_switch(scenario, "Zones")
    switch["private_vlans"] = [
        {"primary": 500, "secondary": 500, "kind": "promiscuous"},
        {"primary": 500, "secondary": 501, "kind": "isolated"},
    ]
    isolated = distributed_portgroup("DMZ-501", {"private": 501})
    isolated["setting"]["filter"] = [
        {"description": "no mail", "action": "drop", "protocol": 6, "port": 25, "direction": "both"}
    ]
    trunk = distributed_portgroup("DMZ-TRUNK", {"trunk": [[100, 110], [120, 120]]})
    switch["portgroups"] += [isolated, trunk]
    web = machine(scenario, "web-20")
    web["nics"][0]["network"] = "DMZ-501"
    web["nics"].append(
        {
            "kind": "sriov",
            "network": "DMZ-TRUNK",
            "switch": "Zones",
            "physical_function": "0000:1a:00.0",
        }
    )
    web["passthrough"].append({"device": "0000:5e:00.0", "name": "Ethernet Controller"})
    machine(scenario, "web-19")["power"] = "off"
    host(scenario, "esx-1")["lockdown_exceptions"] = ["svc-backup"]
    cluster = scenario["datacenters"][0]["clusters"][0]
    cluster["groups"] = [
        {"name": "databases", "machines": ["db-01", "db-02"]},
        {"name": "licensed", "hosts": ["esx-1.harbour.example", "esx-2.harbour.example"]},
    ]
    cluster["rules"] = [
        {"name": "apart", "kind": "anti-affinity", "enabled": True, "machines": ["db-01", "db-02"]},
        {
            "name": "licences",
            "kind": "machine-host",
            "enabled": True,
            "mandatory": True,
            "machine_group": "databases",
            "host_group": "licensed",
        },
    ]
    return scenario


@pytest.fixture(scope="module")
def odd_server(odd):
    with serve(odd) as server:
        yield server


def test_private_vlans_trunks_and_filters(odd_server, login):
    content = login(odd_server).content
    rows = found(content, SWITCH, "Zones").config.pvlanConfig
    assert [(r.primaryVlanId, r.secondaryVlanId, r.pvlanType) for r in rows] == [
        (500, 500, "promiscuous"),
        (500, 501, "isolated"),
    ]
    isolated = found(content, GROUP, "DMZ-501").config.defaultPortConfig
    assert isolated.vlan.pvlanId == 501
    (rule,) = isolated.filterPolicy.filterConfig[0].trafficRuleset.rules
    assert isinstance(rule.action, vim.dvs.TrafficRule.DropAction)
    assert rule.qualifier[0].destinationIpPort.portNumber == 25
    trunk = found(content, GROUP, "DMZ-TRUNK").config.defaultPortConfig.vlan
    assert [(r.start, r.end) for r in trunk.vlanId] == [(100, 110), (120, 120)]


def test_a_mirror_names_ports(odd_server, login):
    switch = found(login(odd_server).content, SWITCH, "Zones")
    (session,) = switch.config.vspanSession
    keys = [*session.sourcePortReceived.portKey, *session.destinationPort.portKey]
    ports = {p.key: p.connectee for p in switch.FetchDVPorts(None)}
    assert [ports[key].connectedEntity.name for key in keys] == ["app-03", "web-02"]


def test_a_port_keeps_its_override(odd_server, login):
    switch = found(login(odd_server).content, SWITCH, "Zones")
    own = [
        (p.state.runtimeInfo.linkPeer, p.config.setting.macManagementPolicy.forgedTransmits)
        for p in switch.FetchDVPorts(vim.dvs.PortCriteria(connected=True))
        if not p.config.setting.macManagementPolicy.inherited
    ]
    assert own == [("web-05", True)]


def test_devices_past_the_switch(odd_server, login):
    devices = found(login(odd_server).content, vim.VirtualMachine, "web-20").config.hardware.device
    (card,) = (d for d in devices if isinstance(d, vim.vm.device.VirtualPCIPassthrough))
    assert card.backing.id == "0000:5e:00.0"
    (function,) = (d for d in devices if isinstance(d, vim.vm.device.VirtualSriovEthernetCard))
    assert function.sriovBacking.physicalFunctionBacking.id == "0000:1a:00.0"
    assert function.backing.port.portKey


def test_a_machine_that_is_off_is_not_connected(odd_server, login):
    web = found(login(odd_server).content, vim.VirtualMachine, "web-19")
    assert web.runtime.powerState == "poweredOff"
    (card,) = (d for d in web.config.hardware.device if isinstance(d, vim.vm.device.VirtualVmxnet3))
    assert (card.connectable.connected, card.connectable.startConnected) == (False, True)
    assert list(web.guest.net) == []


def test_placement_rules(odd_server, login):
    cluster = found(login(odd_server).content, vim.ClusterComputeResource, "compute")
    apart, licences = cluster.configurationEx.rule
    assert sorted(m.name for m in apart.vm) == ["db-01", "db-02"]
    assert (licences.mandatory, licences.affineHostGroupName) == (True, "licensed")
    groups = {g.name: g for g in cluster.configurationEx.group}
    assert [h.name.partition(".")[0] for h in groups["licensed"].host] == ["esx-1", "esx-2"]


def test_the_odd_one_is_saved_and_served(odd, tmp_path, login):
    with serve(load=save(odd, tmp_path / "odd")) as server:
        content = login(server).content
        switch = found(content, SWITCH, "Zones")
        own = [
            p
            for p in switch.FetchDVPorts(vim.dvs.PortCriteria(connected=True))
            if not p.config.setting.macManagementPolicy.inherited
        ]
        assert len(own) == 1
        host = found(content, vim.HostSystem, "esx-1.harbour.example")
        access = host.configManager.hostAccessManager
        assert list(access.QueryLockdownExceptions()) == ["svc-backup"]


def test_users_excepted_from_lockdown_are_not_made_up(odd, tmp_path, login):
    folder = save(odd, tmp_path / "odd")
    for answers in folder.glob("HostAccessManager-*"):
        shutil.rmtree(answers)
    with serve(load=folder) as server:
        host = found(login(server).content, vim.HostSystem, "esx-1.harbour.example")
        with pytest.raises(vmodl.fault.NotSupported):
            host.configManager.hostAccessManager.QueryLockdownExceptions()


def test_encryption_of_fault_tolerance_is_told_and_saved(odd, tmp_path, login):
    def told(server):
        content = login(server).content
        web = found(content, vim.VirtualMachine, "web-01")
        properties = QUERY.PropertySpec(
            type=vim.VirtualMachine, pathSet=["config.ftEncryptionMode"]
        )
        spec = QUERY.FilterSpec(objectSet=[QUERY.ObjectSpec(obj=web)], propSet=[properties])
        (answer,) = content.propertyCollector.RetrieveContents([spec])
        return answer.propSet[0].val

    with serve(odd) as server:
        assert told(server) == "ftEncryptionRequired"
    with serve(load=save(odd, tmp_path / "odd")) as server:
        assert told(server) == "ftEncryptionRequired"


def test_what_was_not_readable_stays_so_when_served(odd, tmp_path, login):
    hidden = copied(odd)
    hidden["unreadable"] = [
        {"type": "DistributedVirtualSwitch", "name": "Zones", "path": "config"},
        {"type": "DistributedVirtualSwitch", "name": "Zones", "path": "FetchDVPorts"},
    ]
    with serve(load=save(hidden, tmp_path / "hidden")) as server:
        switch = found(login(server).content, SWITCH, "Zones")
        with pytest.raises(vim.fault.NoPermission):
            switch.FetchDVPorts(None)
        with pytest.raises(vim.fault.NoPermission):
            _ = switch.config


def test_switches_and_port_groups_change(server, login):
    content = login(server).content
    switch = found(content, SWITCH, "Zones")
    session = SWITCH.VspanSession(
        name="debug", enabled=True, stripOriginalVlan=False, normalTrafficAllowed=False
    )
    spec = SWITCH.ConfigSpec(
        configVersion=switch.config.configVersion,
        vspanConfigSpec=[SWITCH.VspanConfigSpec(vspanSession=session, operation="add")],
    )
    WaitForTask(switch.ReconfigureDvs_Task(spec))
    assert [s.name for s in switch.config.vspanSession] == ["debug"]
    with pytest.raises(vim.fault.ConcurrentAccess):
        WaitForTask(switch.ReconfigureDvs_Task(spec))
    vlan = SWITCH.VlanIdSpec(vlanId=102, inherited=False)
    setting = SWITCH.VmwarePortConfigPolicy(vlan=vlan)
    WaitForTask(
        switch.AddDVPortgroup_Task(
            [GROUP.ConfigSpec(name="DMZ-102", type="earlyBinding", defaultPortConfig=setting)]
        )
    )
    group = found(content, GROUP, "DMZ-102")
    assert group.config.defaultPortConfig.vlan.vlanId == 102
    assert group.config.defaultPortConfig.macManagementPolicy.inherited
    assert len(group.host) == 4
    assert group in found(content, vim.HostSystem, "esx-1.harbour.example").network


class Rest:
    """The tags' own API, asked with nothing but Python."""

    def __init__(self, server):
        self.server = server
        self.session = ""
        login = base64.b64encode(f"{server.user}:{server.password}".encode()).decode()
        self.session = self.ask("POST", "session", {"Authorization": f"Basic {login}"})

    def ask(self, method, path, headers=(), body=None):
        context = ssl.create_default_context(cafile=str(self.server.certificate))
        connection = http.client.HTTPSConnection(self.server.address, timeout=10, context=context)
        content = json.dumps(body) if body else ""
        known = {"vmware-api-session-id": self.session, "Content-Type": "application/json"}
        connection.request(method, f"/rest/com/vmware/cis/{path}", content, known | dict(headers))
        answer = connection.getresponse()
        text = answer.read()
        connection.close()
        assert answer.status == 200
        return json.loads(text)["value"]

    def tags(self):
        names = {i: self.ask("GET", f"tagging/tag/id:{i}") for i in self.ask("GET", "tagging/tag")}
        path = "tagging/tag-association?~action=list-attached-objects-on-tags"
        attached = self.ask("POST", path, body={"tag_ids": list(names)})
        return {
            names[entry["tag_id"]]["name"]: sorted(o["id"] for o in entry["object_ids"])
            for entry in attached
        }


def test_tags_have_an_api_of_their_own(tmp_path, login):
    scenario = harbour()
    machine(scenario, "web-01")["tags"] = ["zone=dmz", "owner=web-team"]
    machine(scenario, "web-02")["tags"] = ["zone=dmz"]
    with serve(scenario) as server:
        content = login(server).content
        ids = [found(content, vim.VirtualMachine, f"web-0{n}")._moId for n in (1, 2)]
        assert Rest(server).tags() == {"dmz": sorted(ids), "web-team": ids[:1]}
    folder = save(scenario, tmp_path / "tagged")
    with serve(load=folder) as server:
        assert Rest(server).tags() == {"dmz": sorted(ids), "web-team": ids[:1]}
