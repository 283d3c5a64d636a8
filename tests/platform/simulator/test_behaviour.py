"""A server that hides, refuses, hangs or breaks off does so where it was told to."""

from __future__ import annotations

import http.client
import socket
import ssl

import pytest
from pyVmomi import vim, vmodl

from datacenter.harbour import harbour
from datacenter.simulator import Behaviour, serve
from looking import found, view_of

QUERY = vmodl.query.PropertyCollector
HELLO = (
    '<?xml version="1.0"?><e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"><e:Body>'
    '<RetrieveServiceContent xmlns="urn:vim25"><_this type="ServiceInstance">ServiceInstance'
    "</_this></RetrieveServiceContent></e:Body></e:Envelope>"
)


def contents(content, one, *paths):
    kind = type(one)
    spec = QUERY.FilterSpec(
        objectSet=[QUERY.ObjectSpec(obj=one)],
        propSet=[QUERY.PropertySpec(type=kind, pathSet=list(paths))],
    )
    (answer,) = content.propertyCollector.RetrieveContents([spec])
    return answer


def ask(server, timeout):
    context = ssl.create_default_context(cafile=str(server.certificate))
    connection = http.client.HTTPSConnection(
        server.host, server.port, timeout=timeout, context=context
    )
    try:
        connection.request("POST", "/sdk", HELLO, {"Content-Type": "text/xml"})
        return connection.getresponse().read()
    finally:
        connection.close()


def test_a_denied_property_is_missing_and_says_why(login):
    deny = ["DistributedVirtualSwitch@Zones:config", "HostSystem:config.firewall"]
    with serve(harbour(), behaviour=Behaviour(deny=deny)) as server:
        content = login(server).content
        switch = found(content, vim.dvs.VmwareDistributedVirtualSwitch, "Zones")
        answer = contents(content, switch, "name", "config", "config.maxMtu")
        assert [p.name for p in answer.propSet] == ["name"]
        assert [m.path for m in answer.missingSet] == ["config", "config.maxMtu"]
        assert isinstance(answer.missingSet[0].fault, vim.fault.NoPermission)
        host = view_of(content, vim.HostSystem)[0]
        assert host.config.firewall is None
        assert host.config.lockdownMode == "lockdownNormal"
        answer = contents(content, host, "config.firewall")
        assert [m.path for m in answer.missingSet] == ["config.firewall"]


def test_a_scenario_may_hide_a_switch_and_its_ports(login):
    scenario = harbour()
    scenario["unreadable"] = [{"type": "DistributedVirtualSwitch", "name": "Zones", "path": ""}]
    with serve(scenario) as server:
        content = login(server).content
        (switch,) = (c for c in view_of(content, vim.dvs.VmwareDistributedVirtualSwitch) if c._moId)
        assert contents(content, switch, "config", "portgroup").propSet == []
        with pytest.raises(vim.fault.NoPermission):
            switch.FetchDVPorts(None)


def test_one_object_answers_with_a_fault(clean_server, login):
    plain = login(clean_server).content
    moid = found(plain, vim.HostSystem, "esx-2.harbour.example")._moId
    with serve(harbour(), behaviour=Behaviour(fault_object=moid)) as server:
        content = login(server).content
        view = content.viewManager.CreateContainerView(
            content.rootFolder, [vim.HostSystem], recursive=True
        )
        hosts = list(view.view)
        assert len(hosts) == 4
        for host in hosts:
            if host._moId == moid:
                with pytest.raises(vmodl.fault.ManagedObjectNotFound):
                    host.name  # noqa: B018
            else:
                assert host.name


def test_a_server_that_hangs_answers_no_more():
    with serve(harbour(), behaviour=Behaviour(hang_after=2)) as server:
        assert b"sessionManager" in ask(server, 5)
        assert b"sessionManager" in ask(server, 5)
        with pytest.raises(socket.timeout):
            ask(server, 0.5)


def test_a_server_that_drops_breaks_off_within_its_answer():
    with serve(harbour(), behaviour=Behaviour(drop_after=1)) as server:
        assert b"sessionManager" in ask(server, 5)
        with pytest.raises((http.client.IncompleteRead, ConnectionResetError)):
            ask(server, 5)


def test_a_scenario_that_does_not_fit_is_refused_in_words():
    scenario = harbour()
    scenario["datacenters"][0]["machines"][0]["host"] = "esx-9"
    with (
        pytest.raises(RuntimeError, match='machine web-01: no host "esx-9"'),
        serve(scenario),
    ):
        pass
