"""What a client other than ours sees of the clean Harbour over TLS."""

from __future__ import annotations

import ssl

import pytest
from pyVim.connect import Disconnect, SmartConnect
from pyVmomi import vim

from datacenter.harbour import harbour
from datacenter.simulator import Behaviour, serve
from looking import found, view_of


def test_login_checks_the_thumbprint(clean_server):
    instance = SmartConnect(
        host=clean_server.host,
        port=clean_server.port,
        user=clean_server.user,
        pwd=clean_server.password,
        thumbprint=clean_server.thumbprint,
    )
    assert instance.content.about.apiType == "VirtualCenter"
    assert instance.content.about.apiVersion == "8.0.2.0"
    Disconnect(instance)


def test_another_certificate_is_noticed(clean_server):
    with pytest.raises(ssl.SSLCertVerificationError):
        SmartConnect(
            host=clean_server.host,
            port=clean_server.port,
            user=clean_server.user,
            pwd=clean_server.password,
            sslContext=ssl.create_default_context(),
        )


def test_a_wrong_password_is_refused(clean_server):
    with pytest.raises(vim.fault.InvalidLogin):
        SmartConnect(
            host=clean_server.host,
            port=clean_server.port,
            user=clean_server.user,
            pwd="guessed",
            sslContext=ssl.create_default_context(cafile=str(clean_server.certificate)),
        )


def test_the_inventory_is_there(clean_server, login):
    content = login(clean_server).content
    hosts = sorted(host.name for host in view_of(content, vim.HostSystem))
    assert hosts == [f"esx-{n}.harbour.example" for n in range(1, 5)]
    assert len(view_of(content, vim.VirtualMachine)) == 62
    assert {n.name for n in view_of(content, vim.Network)} == {
        "APP-200",
        "CDE-300",
        "DMZ-100",
        "MGMT-VMs-12",
        "Management",
        "Migration",
        "Zones-DVUplinks",
    }


# pyvmomi knows them, the simulator's API of vSphere 7.0 does not.
LATER = {"externallyManagedFolderInfo", "configManagerEnabled", "networkBootMode", "summaryEx"}


@pytest.mark.parametrize(
    "kind",
    [
        vim.Datacenter,
        vim.Folder,
        vim.ClusterComputeResource,
        vim.HostSystem,
        vim.ResourcePool,
        vim.Network,
        vim.dvs.VmwareDistributedVirtualSwitch,
        vim.dvs.DistributedVirtualPortgroup,
        vim.VirtualMachine,
    ],
)
def test_every_property_of_every_object_can_be_read(clean_server, login, kind):
    for one in view_of(login(clean_server).content, kind)[:3]:
        for prop in one._GetPropertyList():
            if prop.name not in LATER:
                one._stub.InvokeAccessor(one, prop)


def test_resource_config_of_a_machine_is_answered(clean_server, login):
    firewall = found(login(clean_server).content, vim.VirtualMachine, "fw-1")
    assert firewall.resourceConfig.cpuAllocation.reservation == 4 * 2600
    assert firewall.parentVApp is None


def test_port_groups_inherit_field_by_field():
    scenario = harbour()
    host = scenario["datacenters"][0]["clusters"][0]["hosts"][0]
    host["switches"][1]["policy"]["security"]["promiscuous"] = True
    host["portgroups"][3]["policy"] = {"security": {"forged_transmits": True}}
    with serve(scenario) as server:
        context = ssl.create_default_context(cafile=str(server.certificate))
        instance = SmartConnect(
            host=server.host,
            port=server.port,
            user=server.user,
            pwd=server.password,
            sslContext=context,
        )
        network = found(instance.content, vim.HostSystem, "esx-1.harbour.example").config.network
        groups = {g.spec.name: g for g in network.portgroup}
        own = groups["CDE-300"].spec.policy.security
        assert (own.allowPromiscuous, own.macChanges, own.forgedTransmits) == (None, None, True)
        real = groups["CDE-300"].computedPolicy.security
        assert (real.allowPromiscuous, real.macChanges, real.forgedTransmits) == (True, False, True)
        order = groups["Management"].computedPolicy.nicTeaming.nicOrder
        assert (list(order.activeNic), list(order.standbyNic)) == (["vmnic0"], ["vmnic1"])
        Disconnect(instance)


def test_a_host_tells_its_settings(clean_server, login):
    config = found(login(clean_server).content, vim.HostSystem, "esx-2.harbour.example").config
    assert config.lockdownMode == "lockdownNormal"
    services = {s.key: (s.running, s.policy) for s in config.service.service}
    assert services["TSM-SSH"] == (False, "off")
    assert services["ntpd"] == (True, "on")
    options = {o.key: o.value for o in config.option}
    assert options["Net.BlockGuestBPDU"] == 1
    assert options["Net.DVFilterBindIpAddress"] == ""
    assert options["Config.HostAgent.plugins.solo.enableMob"] is False
    assert all(not r.allowedHosts.allIp for r in config.firewall.ruleset)
    chosen = {c.nicType: list(c.selectedVnic) for c in config.virtualNicManagerInfo.netConfig}
    assert chosen["management"] == ["management.key-vim.host.VirtualNic-vmk0"]
    assert chosen["vmotion"] == ["vmotion.key-vim.host.VirtualNic-vmk1"]
    assert [s.key for s in config.network.netStackInstance] == ["defaultTcpipStack"]
    assert list(config.dateTimeInfo.ntpConfig.server) == ["10.1.12.30"]


def test_a_distributed_switch_knows_its_hosts(clean_server, login):
    content = login(clean_server).content
    switch = found(content, vim.dvs.VmwareDistributedVirtualSwitch, "Zones")
    assert {m.config.host.name for m in switch.config.host} == {
        f"esx-{n}.harbour.example" for n in range(1, 5)
    }
    for member in switch.config.host:
        assert [p.pnicDevice for p in member.config.backing.pnicSpec] == ["vmnic2", "vmnic3"]
    host = found(content, vim.HostSystem, "esx-1.harbour.example")
    (proxy,) = host.config.network.proxySwitch
    assert proxy.dvsName == "Zones"
    assert [p.value for p in proxy.uplinkPort] == ["Uplink 1", "Uplink 2"]
    assert list(proxy.pnic) == [
        "key-vim.host.PhysicalNic-vmnic2",
        "key-vim.host.PhysicalNic-vmnic3",
    ]


def test_live_ports_tell_setting_and_connection(clean_server, login):
    content = login(clean_server).content
    switch = found(content, vim.dvs.VmwareDistributedVirtualSwitch, "Zones")
    ports = switch.FetchDVPorts(None)
    machines = [p for p in ports if p.connectee and p.connectee.type == "vmVnic"]
    assert len(machines) == 20 + 24 + 2
    assert len([p for p in ports if p.connectee and p.connectee.type == "pnic"]) == 8
    web = found(content, vim.VirtualMachine, "web-05")
    (port,) = (p for p in machines if p.connectee.connectedEntity == web)
    assert port.config.setting.macManagementPolicy.inherited
    assert port.config.setting.macManagementPolicy.forgedTransmits is False
    assert port.config.setting.vlan.vlanId == 100
    status = port.state.runtimeInfo
    assert [(r.start, r.end) for r in status.vlanIds] == [(100, 100)]
    assert (status.linkUp, status.linkPeer) == (True, "web-05")
    criteria = vim.dvs.PortCriteria(connected=True, uplinkPort=False)
    assert len(switch.FetchDVPorts(criteria)) == len(machines)


def test_roles_and_permissions(clean_server, login):
    content = login(clean_server).content
    manager = content.authorizationManager
    roles = {r.roleId: r for r in manager.roleList}
    given = [
        (p.principal, p.entity.name, roles[p.roleId].name) for p in manager.RetrieveAllPermissions()
    ]
    assert (r"CORP\vsphere-admins", "Datacenters", "Admin") in given
    assert (r"CORP\operators", "DMZ-100", "Operator") in given
    assert len(given) == 11
    folder = found(content, vim.Folder, "appliances")
    (own,) = manager.RetrieveEntityPermissions(folder, inherited=False)
    assert own.principal == folder.permission[0].principal == r"CORP\sec-admins"
    operator = next(r for r in roles.values() if r.name == "Operator")
    assert "Network.Assign" in operator.privilege


def test_options_and_lockdown_exceptions_are_asked_by_method(clean_server, login):
    content = login(clean_server).content
    (kept,) = content.setting.QueryOptions("event.maxAge")[:1]
    assert kept.value == 90
    host = found(content, vim.HostSystem, "esx-1.harbour.example")
    (option,) = host.configManager.advancedOption.QueryOptions("Net.BlockGuestBPDU")
    assert option.value == 1
    assert list(host.configManager.hostAccessManager.QueryLockdownExceptions()) == []


def test_guests_report_addresses(clean_server, login):
    web = found(login(clean_server).content, vim.VirtualMachine, "web-01")
    (nic,) = web.guest.net
    assert list(nic.ipAddress) == ["10.1.100.11", "fd00:1:100::11"]
    card = next(
        d for d in web.config.hardware.device if isinstance(d, vim.vm.device.VirtualVmxnet3)
    )
    assert card.macAddress == nic.macAddress == "00:50:56:80:64:01"
    assert card.key == nic.deviceConfigId


def test_a_single_host_is_served_too():
    scenario = harbour()
    datacenter = scenario["datacenters"][0]
    host = datacenter["clusters"][0]["hosts"][0]
    scenario["server"]["kind"] = "esx"
    scenario["permissions"] = []
    machine = next(m for m in datacenter["machines"] if m["name"] == "db-01")
    machine |= {"folder": "", "pool": ""}
    datacenter |= {"clusters": [], "hosts": [host], "folders": [], "distributed_switches": []}
    datacenter["machines"] = [machine]
    with serve(scenario, behaviour=Behaviour(page_limit=1)) as server:
        instance = SmartConnect(
            host=server.host,
            port=server.port,
            user=server.user,
            pwd=server.password,
            sslContext=ssl.create_default_context(cafile=str(server.certificate)),
        )
        assert instance.content.about.apiType == "HostAgent"
        (only,) = view_of(instance.content, vim.HostSystem)
        assert only._moId == "ha-host"
        assert [m.name for m in view_of(instance.content, vim.VirtualMachine)] == ["db-01"]
        assert {g.spec.name for g in only.config.network.portgroup} >= {"CDE-300"}
        Disconnect(instance)


def test_hostile_names_arrive_as_they_are(login):
    name = "=1+2|'x'!A1 <script>alert('&amp;')</script> \u202e"
    scenario = harbour()
    for host in scenario["datacenters"][0]["clusters"][0]["hosts"]:
        host["portgroups"][3]["name"] = name
    for machine in scenario["datacenters"][0]["machines"]:
        for nic in machine["nics"]:
            nic["network"] = nic["network"].replace("CDE-300", name)
    with serve(scenario) as server:
        assert name in [n.name for n in view_of(login(server).content, vim.Network)]
