"""Changes through the API are seen wherever the same fact can be read."""

from __future__ import annotations

import pytest
from pyVim.task import WaitForTask
from pyVmomi import vim, vmodl

from looking import found

SWITCH = vim.dvs.VmwareDistributedVirtualSwitch
GROUP = vim.dvs.DistributedVirtualPortgroup


def group_of(host, name):
    (group,) = (g for g in host.config.network.portgroup if g.spec.name == name)
    return group


def test_a_port_group_takes_another_vlan(server, login):
    content = login(server).content
    host = found(content, vim.HostSystem, "esx-3.harbour.example")
    system = host.configManager.networkSystem
    spec = group_of(host, "CDE-300").spec
    spec.vlanId = 200
    spec.policy.security.allowPromiscuous = True
    system.UpdatePortGroup("CDE-300", spec)
    after = group_of(host, "CDE-300")
    assert after.spec.vlanId == 200
    assert after.computedPolicy.security.allowPromiscuous is True
    assert after.computedPolicy.security.forgedTransmits is False
    assert [g.spec.vlanId for g in system.networkInfo.portgroup if g.spec.name == "CDE-300"] == [
        200
    ]


def test_a_port_group_that_is_not_there_is_not_found(server, login):
    host = found(login(server).content, vim.HostSystem, "esx-3.harbour.example")
    spec = group_of(host, "CDE-300").spec
    with pytest.raises(vim.fault.NotFound):
        host.configManager.networkSystem.UpdatePortGroup("CDE-301", spec)
    spec.vlanId = 5000
    with pytest.raises(vmodl.fault.InvalidArgument):
        host.configManager.networkSystem.UpdatePortGroup("CDE-300", spec)


def test_a_switch_hands_its_policy_down(server, login):
    host = found(login(server).content, vim.HostSystem, "esx-3.harbour.example")
    system = host.configManager.networkSystem
    (switch,) = (s for s in host.config.network.vswitch if s.name == "vSwitch0")
    spec = switch.spec
    spec.policy.security.macChanges = True
    spec.bridge.nicDevice = ["vmnic0"]
    system.UpdateVirtualSwitch("vSwitch0", spec)
    assert group_of(host, "Management").computedPolicy.security.macChanges is True
    assert group_of(host, "CDE-300").computedPolicy.security.macChanges is False
    (switch,) = (s for s in host.config.network.vswitch if s.name == "vSwitch0")
    assert list(switch.pnic) == ["key-vim.host.PhysicalNic-vmnic0"]


def test_port_groups_come_and_go(server, login):
    content = login(server).content
    host = found(content, vim.HostSystem, "esx-1.harbour.example")
    system = host.configManager.networkSystem
    spec = vim.host.PortGroup.Specification(
        name="CDE-301", vlanId=301, vswitchName="vSwitch1", policy=vim.host.NetworkPolicy()
    )
    system.AddPortGroup(spec)
    network = found(content, vim.Network, "CDE-301")
    assert [h.name for h in network.host] == ["esx-1.harbour.example"]
    assert group_of(host, "CDE-301").computedPolicy.security.allowPromiscuous is False
    with pytest.raises(vim.fault.AlreadyExists):
        system.AddPortGroup(spec)
    system.RemovePortGroup("CDE-301")
    assert "CDE-301" not in [n.name for n in host.network]
    system.RemovePortGroup("CDE-300")
    assert len(found(content, vim.Network, "CDE-300").host) == 3


def test_a_distributed_port_group_takes_another_vlan(server, login):
    content = login(server).content
    group = found(content, GROUP, "APP-200")
    version = group.config.configVersion
    vlan = vim.dvs.VmwareDistributedVirtualSwitch.VlanIdSpec(vlanId=300, inherited=False)
    policy = vim.dvs.VmwareDistributedVirtualSwitch.MacManagementPolicy(
        inherited=False, allowPromiscuous=True, macChanges=False, forgedTransmits=False
    )
    spec = GROUP.ConfigSpec(
        configVersion=version,
        defaultPortConfig=vim.dvs.VmwareDistributedVirtualSwitch.VmwarePortConfigPolicy(
            vlan=vlan, macManagementPolicy=policy
        ),
    )
    WaitForTask(group.ReconfigureDVPortgroup_Task(spec))
    setting = group.config.defaultPortConfig
    assert setting.vlan.vlanId == 300
    assert setting.macManagementPolicy.allowPromiscuous is True
    assert setting.securityPolicy.allowPromiscuous.value is False
    assert list(setting.uplinkTeamingPolicy.uplinkPortOrder.activeUplinkPort) == [
        "Uplink 1",
        "Uplink 2",
    ]
    assert (group.name, group.config.type) == ("APP-200", "earlyBinding")
    switch = found(content, SWITCH, "Zones")
    ports = switch.FetchDVPorts(vim.dvs.PortCriteria(portgroupKey=[group.key], connected=True))
    assert {p.config.setting.vlan.vlanId for p in ports} == {300}
    with pytest.raises(vim.fault.ConcurrentAccess):
        WaitForTask(group.ReconfigureDVPortgroup_Task(spec))


def test_a_machine_moves_to_another_port_group(server, login):
    content = login(server).content
    web = found(content, vim.VirtualMachine, "web-05")
    switch, group = found(content, SWITCH, "Zones"), found(content, GROUP, "APP-200")
    (card,) = (d for d in web.config.hardware.device if isinstance(d, vim.vm.device.VirtualVmxnet3))
    card.backing.port = vim.dvs.PortConnection(switchUuid=switch.uuid, portgroupKey=group.key)
    change = vim.vm.device.VirtualDeviceSpec(operation="edit", device=card)
    WaitForTask(web.ReconfigVM_Task(vim.vm.ConfigSpec(deviceChange=[change])))
    ports = switch.FetchDVPorts(vim.dvs.PortCriteria(connected=True, uplinkPort=False))
    (port,) = (p for p in ports if p.connectee.connectedEntity == web)
    assert port.portgroupKey == group.key
    assert port.config.setting.vlan.vlanId == 200


def test_services_and_lockdown_change(server, login):
    host = found(login(server).content, vim.HostSystem, "esx-1.harbour.example")
    host.configManager.serviceSystem.StartService("TSM-SSH")
    host.configManager.serviceSystem.UpdateServicePolicy("TSM-SSH", "on")
    services = {s.key: (s.running, s.policy) for s in host.config.service.service}
    assert services["TSM-SSH"] == (True, "on")
    with pytest.raises(vim.fault.NotFound):
        host.configManager.serviceSystem.StopService("telnetd")
    host.configManager.hostAccessManager.ChangeLockdownMode("lockdownDisabled")
    assert host.config.lockdownMode == "lockdownDisabled"
    host.configManager.firewallSystem.EnableRuleset("sshServer")
    (ruleset,) = (r for r in host.config.firewall.ruleset if r.key == "sshServer")
    assert ruleset.enabled
    option = vim.option.OptionValue(key="Net.BlockGuestBPDU", value=0)
    host.configManager.advancedOption.UpdateOptions([option])
    assert {o.key: o.value for o in host.config.option}["Net.BlockGuestBPDU"] == 0


def test_who_waits_for_updates_is_told(server, login):
    content = login(server).content
    host = found(content, vim.HostSystem, "esx-1.harbour.example")
    collector = content.propertyCollector.CreatePropertyCollector()
    properties = vmodl.query.PropertyCollector.PropertySpec(
        type=vim.HostSystem, pathSet=["config.network"]
    )
    objects = vmodl.query.PropertyCollector.ObjectSpec(obj=host)
    spec = vmodl.query.PropertyCollector.FilterSpec(propSet=[properties], objectSet=[objects])
    collector.CreateFilter(spec, partialUpdates=False)
    first = collector.WaitForUpdatesEx("", None)
    group = group_of(host, "CDE-300").spec
    group.vlanId = 200
    host.configManager.networkSystem.UpdatePortGroup("CDE-300", group)
    options = vmodl.query.PropertyCollector.WaitOptions(maxWaitSeconds=5)
    update = collector.WaitForUpdatesEx(first.version, options)
    (change,) = update.filterSet[0].objectSet[0].changeSet
    assert change.name == "config.network"
    assert {g.spec.name: g.spec.vlanId for g in change.val.portgroup}["CDE-300"] == 200
