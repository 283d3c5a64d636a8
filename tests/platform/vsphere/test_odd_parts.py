"""Parts that Harbour has none of, read from a server that has one of each."""

import pytest

from datacenter.faults import plant
from datacenter.harbour import harbour
from datacenter.harbour_switch import distributed_portgroup
from datacenter.scenario import distributed_switch, host, machine
from datacenter.simulator import save, serve
from ringfence.foundation.progress import SilentProgress
from ringfence.model.network import PrivateVlan, PrivateVlanPair, TrunkVlan, VlanRange
from ringfence.model.rules import FamilyMatch, NumberRange, PortMatch, ProtocolMatch
from ringfence.sources.vsphere.folder import read_folder


def scenario():
    odd = plant(harbour(), "mirror-to-less-trusted", "forged-transmits-on-live-port")
    switch = distributed_switch(odd, "Zones")
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
    web = machine(odd, "web-20")
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
    web["passthrough"].append({"device": "0000:1b:00.0", "name": "vmnic4"})
    web["options"] = {"ethernet0.filter4.name": "third-party-firewall"}
    machine(odd, "web-19")["power"] = "off"
    host(odd, "esx-1")["lockdown_exceptions"] = ["svc-backup"]
    cluster = odd["datacenters"][0]["clusters"][0]
    cluster["groups"] = [
        {"name": "databases", "machines": ["db-01", "db-02"]},
        {"name": "licensed", "hosts": ["esx-1.harbour.example"]},
    ]
    cluster["rules"] = [
        {
            "name": "licences",
            "kind": "machine-host",
            "enabled": True,
            "mandatory": True,
            "machine_group": "databases",
            "host_group": "licensed",
        }
    ]
    return odd


@pytest.fixture(scope="module", params=["live", "saved"])
def found(request, tmp_path_factory):
    """The same parts from a live server and from a saved folder."""
    if request.param == "saved":
        folder = save(scenario(), tmp_path_factory.mktemp("odd") / "saved")
        yield read_folder(folder, SilentProgress())
        return
    from ringfence.connections.settings import Endpoint, Secret, TlsSettings, VsphereSettings
    from ringfence.connections.vsphere import connect
    from ringfence.sources.vsphere.collect import collect

    with serve(scenario()) as server:
        settings = VsphereSettings(
            Endpoint(server.host, server.port),
            server.user,
            Secret(server.password),
            tls=TlsSettings(ca_file=server.certificate),
        )
        with connect(settings) as connection:
            snapshot = collect(connection, SilentProgress())
    yield snapshot


def named(records, name):
    return next(record for record in records if record.name == name)


def test_private_vlans_and_trunks(found):
    assert named(found.switches, "Zones").private_vlans == (
        PrivateVlanPair(primary=500, secondary=500, kind="promiscuous"),
        PrivateVlanPair(primary=500, secondary=501, kind="isolated"),
    )
    assert named(found.port_groups, "DMZ-501").vlan == PrivateVlan(
        primary=500, secondary=501, kind="isolated"
    )
    assert named(found.port_groups, "DMZ-TRUNK").vlan == TrunkVlan(
        ranges=(VlanRange(first=100, last=110), VlanRange(first=120, last=120))
    )


def test_filters_on_the_port_group_and_on_its_live_ports(found):
    group = named(found.port_groups, "DMZ-501")
    rule, in_ipv6 = group.filters
    assert (rule.text, rule.action, rule.direction) == ("no mail", "drop", "both")
    assert in_ipv6.conditions[0] == FamilyMatch(family=6)
    assert rule.conditions == (
        FamilyMatch(family=4),
        ProtocolMatch(protocols=(6,)),
        PortMatch(side="destination", ranges=(NumberRange(first=25, last=25),)),
    )
    (port,) = [port for port in found.ports if port.port_group == group.id]
    assert port.filters == group.filters
    assert port.vlan == group.vlan


def test_what_bypasses_the_switch(found):
    web = named(found.machines, "web-20")
    sriov = next(nic for nic in web.nics if nic.sriov)
    assert sriov.physical_nic.endswith("/vmnic2")
    unknown, known = web.passthrough
    assert known.physical_nic.endswith("/vmnic4")
    assert unknown.physical_nic.reason == "not-understood"
    assert web.nics[0].filters == ("third-party-firewall",)


def test_a_live_port_that_overrides(found):
    overriding = [port for port in found.ports if port.overridden]
    assert overriding
    for port in overriding:
        settings = (port.security, port.deprecated_security)
        assert any(s.forged_transmits.accept for s in settings)
        assert any(s.forged_transmits.origin == port.id for s in settings)


def test_a_mirror_names_ports_that_were_read(found):
    (session,) = found.mirror_sessions
    known = {port.id for port in found.ports}
    assert session.enabled
    assert {*session.sources_received, *session.sources_transmitted} <= known
    assert set(session.destinations) <= known


def test_power_lockdown_and_placement(found):
    assert named(found.machines, "web-19").power == "off"
    assert named(found.hosts, "esx-1.harbour.example").lockdown_exceptions == ("svc-backup",)
    (rule,) = found.clusters[0].rules
    assert (rule.kind, rule.mandatory, len(rule.machines), len(rule.hosts)) == (
        "keep-on-hosts",
        True,
        2,
        1,
    )
