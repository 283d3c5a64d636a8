"""Interfaces on top of others on a saved host: one more way for frames, or the host's own."""

import json
from dataclasses import replace

import pytest

from linux_proof import DATA, missing, verdicts
from ringfence.model.facts import NotRead
from ringfence.model.network import AccessVlan
from ringfence.sources.linux.bundle import Answer
from ringfence.sources.linux.bundle_folder import read_bundle
from ringfence.sources.linux.snapshot import snapshot_of

WHOLE = read_bundle(DATA / "kvm1")
VLAN = {"info_kind": "vlan", "info_data": {"protocol": "802.1Q", "id": 20}}
MACVLAN = {"info_kind": "macvlan", "info_data": {"mode": "bridge"}}


def with_links(*more, **changes):
    """The host with more interfaces, and others changed by name."""
    links = json.loads(WHOLE.answers["addresses"].stdout)
    links = [link | changes.get(link["ifname"].replace("-", "_"), {}) for link in links]
    for number, link in enumerate(more, 900):
        links.append({"ifindex": number, "link_type": "ether", "flags": ["UP", "LOWER_UP"]} | link)
    answer = replace(WHOLE.answers["addresses"], stdout=json.dumps(links).encode())
    return replace(WHOLE, answers=WHOLE.answers | {"addresses": answer})


STACKED = {
    "a VLAN of a machine's cable": {"ifname": "web-eth0.20", "link": "web-eth0", "linkinfo": VLAN},
    "one in a bridge": {"ifname": "x", "link": "web-eth0", "linkinfo": VLAN, "master": "lan"},
    "another address on it": {"ifname": "x", "link": "database-eth0", "linkinfo": MACVLAN},
    "another address on the switch": {"ifname": "x", "link": "br0", "linkinfo": MACVLAN},
    "a VLAN of the switch in a bridge": {
        "ifname": "x",
        "link": "br0",
        "linkinfo": VLAN,
        "master": "lan",
    },
}


@pytest.mark.parametrize("link", STACKED.values(), ids=STACKED)
def test_a_way_on_top_of_an_interface_is_never_left_out(link):
    bridge = {"ifname": "lan", "linkinfo": {"info_kind": "bridge"}}
    bundle = with_links(bridge, link)
    assert "PROVED" not in verdicts(bundle).values()
    assert f"where {link['ifname']} on {link['link']} brings frames" in missing(bundle)


def test_what_is_on_a_nic_leads_where_the_nic_leads():
    bundle = with_links({"ifname": "nic0.30", "link": "nic0", "linkinfo": VLAN})
    assert "PROVED" in verdicts(bundle).values()


def test_a_vlan_of_an_internal_port_is_the_hosts_own():
    address = {"family": "inet", "local": "10.20.0.8", "prefixlen": 24}
    own = {"ifname": "br0.20", "link": "br0", "linkinfo": VLAN, "addr_info": [address]}
    snapshot = snapshot_of([with_links(own)])
    (port,) = (one for one in snapshot.ports if one.key == "br0.20 (host)")
    assert port.vlan == AccessVlan(vlan=20)
    assert "br0.20" in {one.name for one in snapshot.hosts[0].kernel_interfaces}


def test_a_cable_in_a_team_of_unknown_kind_is_not_taken_for_loose():
    """Its end is a part of something, of which it is not known where frames go."""
    team = {"ifname": "team0", "linkinfo": {"info_kind": "team"}}
    links = json.loads(WHOLE.answers["ovs-bridge"].stdout)
    ports = links["data"][0][links["headings"].index("ports")]
    table = json.loads(WHOLE.answers["ovs-port"].stdout)
    name = table["headings"].index("name")
    web = next(row[0] for row in table["data"] if row[name] == "web-eth0")
    ports[1].remove(web)
    bundle = with_links(team, web_eth0={"master": "team0"})
    less = replace(WHOLE.answers["ovs-bridge"], stdout=json.dumps(links).encode())
    bundle = replace(bundle, answers=bundle.answers | {"ovs-bridge": less})
    machine = next(one for one in snapshot_of([bundle]).machines if one.name == "web")
    assert isinstance(machine.nics[0].port_group, NotRead)
    assert "web-eth0 is part of" in machine.nics[0].port_group.detail
    assert "PROVED" not in verdicts(bundle).values()


XDP = {"xdp": {"mode": 2, "prog": {"id": 7, "tag": "614b434cd8324ecc"}, "attached": []}}


@pytest.mark.parametrize("name", ["web_eth0", "nic0", "br0"])
def test_a_program_on_an_interface_of_a_switch_may_bring_frames_anywhere(name):
    bundle = with_links(**{name: XDP})
    assert "PROVED" not in verdicts(bundle).values()
    assert f"a program of XDP on {name.replace('_', '-')}" in missing(bundle)


def test_a_program_on_an_interface_at_no_switch_may_bring_frames_to_any():
    bundle = with_links({"ifname": "nic7", **XDP})
    assert "PROVED" not in verdicts(bundle).values()
    assert "a program of XDP on nic7" in missing(bundle)


def test_a_program_in_a_namespace_may_pass_by_the_rules_there():
    name = "netns-addresses.rft-kvm-firewall"
    links = [link | XDP for link in json.loads(WHOLE.answers[name].stdout)]
    answer = replace(WHOLE.answers[name], stdout=json.dumps(links).encode())
    bundle = replace(WHOLE, answers=WHOLE.answers | {name: answer})
    assert "PROVED" not in verdicts(bundle).values()
    assert "a program of XDP" in missing(bundle)


PROVIDER = {"info_kind": "vlan", "info_data": {"protocol": "802.1ad", "id": 20}}


def test_a_vlan_of_other_tags_than_those_of_its_switch_is_none_of_its_vlans():
    bundle = with_links({"ifname": "br0.20", "link": "br0", "linkinfo": PROVIDER})
    assert "PROVED" not in verdicts(bundle).values()
    assert "where br0.20 on br0 brings frames" in missing(bundle)


def with_bridge(protocol):
    """The host with a machine in VLAN 10 of a bridge that filters by tags of some kind."""
    data = {"vlan_filtering": 1, "vlan_protocol": protocol, "vlan_default_pvid": 1}
    lan = {"ifname": "lan", "linkinfo": {"info_kind": "bridge", "info_data": data}}
    port = {"master": "lan", "linkinfo": {"info_slave_kind": "bridge"}}
    bundle = with_links(lan, {"ifname": "nic7", **port}, {"ifname": "vnet0", **port})
    untagged = {"vlan": 10, "flags": ["PVID", "Egress Untagged"]}
    vlans = [
        {"ifname": "nic7", "vlans": [{"vlan": 10}, {"vlan": 20}]},
        {"ifname": "vnet0", "vlans": [untagged]},
    ]
    uuid = "1b4e28ba-2fa1-11d2-883f-0016d3cca427"
    domain = f"""<domain id='3'><name>web2</name><uuid>{uuid}</uuid><devices>
      <interface type='bridge'><mac address='52:54:00:aa:00:01'/><source bridge='lan'/>
      <target dev='vnet0'/></interface></devices></domain>"""
    more = {
        "bridge-vlans": Answer(("bridge",), 0, json.dumps(vlans).encode()),
        "domains": Answer(("virsh",), 0, uuid.encode()),
        f"domain.{uuid}": Answer(("virsh",), 0, domain.encode()),
    }
    return replace(bundle, answers=bundle.answers | more)


def test_what_a_bridge_does_that_knows_the_tags_of_providers_is_not_certain():
    """It takes frames with ordinary tags for untagged ones: they are in other VLANs there."""
    assert set(verdicts(with_bridge("802.1Q")).values()) == {"PROVED"}
    bundle = with_bridge("802.1ad")
    assert "PROVED" not in verdicts(bundle).values()
    assert "lan knows tags of 802.1ad" in missing(bundle)
