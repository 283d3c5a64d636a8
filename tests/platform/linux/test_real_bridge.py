"""Hosts whose switches are Linux bridges: what they join, and who takes packets by them."""

import pytest

from linux_proof import verdicts
from ringfence.model.inventory import Inventory
from ringfence.sources.linux.snapshot import snapshot_of
from running_host import running_host

POLICY = """
ringfence: 1
name: bridges
configuration: virtual-separation
zones:
  web: {trust: 20, networks: [{switch: br-web}], machines: [{name: "web*"}]}
  database: {trust: 80, networks: [{switch: br-data}], machines: [{name: "database*"}]}
  management: {trust: 100, role: management}
fabric:
  domains:
    front: {uplinks: ["*/nic0"], vlans: "10", native: 10, double-tags: drop}
    back: {uplinks: ["*/nic1"], vlans: "20", native: 20, double-tags: drop}
"""
OUT, BACK = ("web", "database"), ("database", "web")


@pytest.fixture(scope="module")
def host(tmp_path_factory):
    with running_host("br", tmp_path_factory.mktemp("host")) as host:
        host.machine("web", {"eth0": "10.10.0.1/24"})
        host.machine("database", {"eth0": "10.20.0.1/24"})
        for bridge, nic, end in (
            ("br-web", "nic0", "web-eth0"),
            ("br-data", "nic1", "database-eth0"),
        ):
            host.uplink(nic)
            host.ip("link", "add", bridge, "type", "bridge")
            host.ip("link", "set", bridge, "up")
            for port in (nic, end):
                host.ip("link", "set", port, "master", bridge)
        yield host


@pytest.fixture
def policy(tmp_path):
    (tmp_path / "policy.yaml").write_text(POLICY)
    return tmp_path / "policy.yaml"


def proved(host, policy):
    found = verdicts(host.bundle(), policy=policy)
    return {pair: found[pair] for pair in (OUT, BACK)}


def test_two_bridges_with_nics_of_their_own_are_apart(host, policy):
    assert proved(host, policy) == {OUT: "PROVED", BACK: "PROVED"}
    switches = Inventory(snapshot_of([host.bundle()])).switches
    assert {switch.name for switch in switches.values()} == {"br-web", "br-data"}


def test_a_port_on_the_wrong_bridge_is_found(host, policy):
    host.ip("link", "set", "web-eth0", "master", "br-data")
    try:
        assert proved(host, policy) == {OUT: "VIOLATED", BACK: "VIOLATED"}
    finally:
        host.ip("link", "set", "web-eth0", "master", "br-web")


def test_a_cable_between_two_bridges_joins_them(host, policy):
    host.ip("link", "add", "one", "type", "veth", "peer", "name", "other")
    try:
        for end, bridge in (("one", "br-web"), ("other", "br-data")):
            host.ip("link", "set", end, "up")
            host.ip("link", "set", end, "master", bridge)
        assert "PROVED" not in proved(host, policy).values()
    finally:
        host.ip("link", "del", "one")


def test_a_bridge_without_an_address_leads_to_the_host_unless_it_is_kept_out(host, policy):
    def reached():
        return verdicts(host.bundle(), policy=policy)["web", "management"]

    assert reached() != "VIOLATED"
    host.run("sysctl", "-qw", "net.ipv4.conf.all.rp_filter=0")
    try:
        assert reached() == "VIOLATED"
    finally:
        host.run("sysctl", "-qw", "net.ipv4.conf.all.rp_filter=1")


def test_rules_on_frames_leave_nothing_certain(host, policy):
    host.run("nft", "add", "table", "bridge", "guard")
    chain = "{ type filter hook forward priority 0; policy drop; }"
    host.run("nft", "add", "chain", "bridge", "guard", "passing", chain)
    host.ip("link", "set", "web-eth0", "master", "br-data")
    try:
        assert proved(host, policy) == {OUT: "UNKNOWN", BACK: "UNKNOWN"}
    finally:
        host.ip("link", "set", "web-eth0", "master", "br-web")
        host.run("nft", "delete", "table", "bridge", "guard")


@pytest.mark.parametrize("below", ["web-eth0", "br-web"])
def test_an_interface_on_top_of_another_is_one_more_way(host, policy, below):
    host.ip("link", "set", "web-eth0", "nomaster")
    try:
        host.ip("link", "add", "link", below, "name", "over", "type", "macvlan", "mode", "bridge")
        if below == "br-web":
            host.ip("link", "set", "web-eth0", "master", "br-web")
        host.ip("link", "set", "over", "up", "master", "br-data")
        assert "PROVED" not in proved(host, policy).values()
    finally:
        host.ip("link", "del", "over")
        host.ip("link", "set", "web-eth0", "master", "br-web")
