"""A host with a real Open vSwitch, read as it is, then with one thing wrong at a time."""

from subprocess import DEVNULL, PIPE, Popen

import pytest

from linux_proof import missing, verdicts
from running_host import dmz_in_a_box, run

OUT, BACK = ("web", "database"), ("database", "web")


@pytest.fixture(scope="module")
def host(tmp_path_factory):
    with dmz_in_a_box(tmp_path_factory.mktemp("host")) as host:
        yield host


@pytest.fixture
def port(host):
    """The port of the web server, put right afterwards."""
    yield "web-eth0"
    host.vsctl("set", "port", "web-eth0", "tag=10", "trunks=[]", "vlan_mode=[]")


def test_a_host_that_is_right_is_proved(host):
    assert verdicts(host.bundle()) == {OUT: "PROVED", BACK: "PROVED"}


def test_a_wrong_tag_is_found(host, port):
    host.vsctl("set", "port", port, "tag=20")
    assert verdicts(host.bundle()) == {OUT: "VIOLATED", BACK: "VIOLATED"}


def test_a_port_without_a_tag_carries_every_vlan_to_its_machine(host, port):
    host.vsctl("clear", "port", port, "tag")
    assert verdicts(host.bundle()) == {OUT: "VIOLATED", BACK: "VIOLATED"}


def test_a_native_vlan_is_a_vlan_of_the_machine(host, port):
    host.vsctl("set", "port", port, "vlan_mode=native-untagged", "tag=20", "trunks=10")
    assert verdicts(host.bundle()) == {OUT: "VIOLATED", BACK: "VIOLATED"}


def test_a_flow_that_may_leak_is_named(host):
    flow = "priority=5,in_port=web-eth0,actions=output:database-eth0"
    host.run("ovs-ofctl", "add-flow", "br0", flow)
    try:
        bundle = host.bundle()
    finally:
        host.run("ovs-ofctl", "--strict", "del-flows", "br0", "priority=5,in_port=web-eth0")
    assert set(verdicts(bundle).values()) == {"UNKNOWN"}
    assert "br0 has flows beyond a learning switch's" in missing(bundle)


def test_a_mirror_shows_one_zone_to_another(host):
    made = (
        "-- --id=@from get port database-eth0 -- --id=@to get port web-eth0 "
        "-- --id=@m create mirror name=spy select-src-port=@from output-port=@to "
        "-- set bridge br0 mirrors=@m"
    )
    host.vsctl(*made.split())
    try:
        bundle = host.bundle()
    finally:
        host.vsctl("clear", "bridge", "br0", "mirrors")
    assert "VIOLATED" in verdicts(bundle).values()


FORWARDING = """table netdev elsewhere {
  chain in {
    type filter hook ingress device "web-eth0" priority 0
    %s
  }
}"""
PLACE = (
    "from socket import *; at = socket(AF_PACKET, SOCK_RAW, 0x88b5); at.bind(('eth0', 0x88b5)); "
)
FRAME = "at.send(bytes.fromhex('ffffffffffff02000000000188b5') + bytes(60))"


def sent(host):
    """Tell whether a frame of the web server arrives at the database."""
    listener = ("ip", "netns", "exec", f"{host.space}-database", "python3", "-c")
    wait = "at.settimeout(2); print('listening', flush=True); print(len(at.recv(2000)))"
    with Popen((*listener, PLACE + wait), stdout=PIPE, stderr=DEVNULL, text=True) as database:
        assert database.stdout is not None
        database.stdout.readline()
        run("ip", "netns", "exec", f"{host.space}-web", "python3", "-c", PLACE + FRAME)
        return bool(database.stdout.readline())


@pytest.mark.parametrize(
    ("statement", "arrives", "told"),
    [('fwd to "database-eth0"', True, "UNKNOWN"), ("counter", False, "PROVED")],
)
def test_a_rule_that_hands_frames_to_another_port_is_no_isolation(host, statement, arrives, told):
    host.run("nft", "-f", "-", given=FORWARDING % statement)
    try:
        assert verdicts(host.bundle()) == {OUT: told, BACK: told}
        assert sent(host) is arrives
    finally:
        host.run("nft", "delete", "table", "netdev", "elsewhere")
