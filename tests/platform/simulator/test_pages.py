"""Long answers come page by page, and end."""

from __future__ import annotations

import pytest
from pyVmomi import vim, vmodl

from datacenter.harbour import harbour
from datacenter.simulator import Behaviour, serve
from looking import found, view_of

QUERY = vmodl.query.PropertyCollector


def machines_spec(content):
    view = content.viewManager.CreateContainerView(
        content.rootFolder, [vim.VirtualMachine], recursive=True
    )
    walk = QUERY.TraversalSpec(path="view", skip=False, type=vim.view.ContainerView)
    objects = QUERY.ObjectSpec(obj=view, skip=True, selectSet=[walk])
    properties = QUERY.PropertySpec(type=vim.VirtualMachine, pathSet=["name", "config.uuid"])
    return QUERY.FilterSpec(objectSet=[objects], propSet=[properties])


def pages_of(content, maximum):
    collector = content.propertyCollector
    page = collector.RetrievePropertiesEx(
        [machines_spec(content)], QUERY.RetrieveOptions(maxObjects=maximum)
    )
    while True:
        yield page
        if not page.token:
            return
        page = collector.ContinueRetrievePropertiesEx(page.token)


def test_pages_are_no_longer_than_asked_and_hold_everything_once(clean_server, login):
    content = login(clean_server).content
    pages = list(pages_of(content, 25))
    assert [len(page.objects) for page in pages] == [25, 25, 12]
    names = [p.val for page in pages for o in page.objects for p in o.propSet if p.name == "name"]
    assert len(names) == len(set(names)) == 62


def test_one_page_is_enough_for_few(clean_server, login):
    (page,) = pages_of(login(clean_server).content, 100)
    assert (len(page.objects), page.token) == (62, None)


def test_a_cancelled_answer_goes_no_further(clean_server, login):
    content = login(clean_server).content
    page = next(pages_of(content, 10))
    content.propertyCollector.CancelRetrievePropertiesEx(page.token)
    with pytest.raises(vmodl.fault.InvalidArgument):
        content.propertyCollector.ContinueRetrievePropertiesEx(page.token)


def test_the_server_may_set_a_lower_limit(login):
    with serve(harbour(), behaviour=Behaviour(page_limit=20)) as server:
        pages = list(pages_of(login(server).content, 1000))
        assert [len(page.objects) for page in pages] == [20, 20, 20, 2]


def test_traversal_follows_the_managers_of_a_host(clean_server, login):
    content = login(clean_server).content
    host = found(content, vim.HostSystem, "esx-1.harbour.example")
    steps = [
        QUERY.TraversalSpec(path=f"configManager.{path}", skip=False, type=vim.HostSystem)
        for path in ("networkSystem", "serviceSystem", "firewallSystem", "virtualNicManager")
    ]
    kinds = {
        vim.host.NetworkSystem: "networkInfo",
        vim.host.ServiceSystem: "serviceInfo",
        vim.host.FirewallSystem: "firewallInfo",
        vim.host.VirtualNicManager: "info",
    }
    spec = QUERY.FilterSpec(
        objectSet=[QUERY.ObjectSpec(obj=host, skip=True, selectSet=steps)],
        propSet=[QUERY.PropertySpec(type=k, pathSet=[path]) for k, path in kinds.items()],
    )
    answer = content.propertyCollector.RetrieveContents([spec])
    assert {type(o.obj): o.propSet[0].name for o in answer} == kinds


def test_a_generated_datacenter_has_the_size_asked_for(login):
    with serve(generate="hosts=70,machines=900,portgroups=30") as server:
        content = login(server).content
        pages = list(pages_of(content, 400))
        assert [len(page.objects) for page in pages] == [400, 400, 100]
        assert len(view_of(content, vim.HostSystem)) == 70
        assert len(view_of(content, vim.ClusterComputeResource)) == 3
        groups = view_of(content, vim.dvs.DistributedVirtualPortgroup)
        assert len([g for g in groups if not g.config.uplink]) == 30
