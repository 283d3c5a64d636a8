"""Machines of libvirt on another host than now: what the same description means there."""

import json
from dataclasses import replace

import pytest

from linux_proof import DATA, subject_of
from ringfence.foundation.progress import SilentProgress
from ringfence.model.facts import NotRead
from ringfence.model.network import AccessVlan
from ringfence.operations.mobile import prove_every_placement
from ringfence.sources.linux.bundle import Answer, Bundle
from ringfence.sources.linux.bundle_folder import read_bundle
from ringfence.sources.linux.hosts_to_read import UNREACHED
from ringfence.sources.linux.snapshot import snapshot_of

WHOLE = read_bundle(DATA / "kvm1")
UUID = "1b4e28ba-2fa1-11d2-883f-0016d3cca427"
DOMAIN = """<domain type='kvm' id='3'><name>web2</name><uuid>{uuid}</uuid><devices>
  <interface type='{kind}'><mac address='52:54:00:aa:00:01'/>{words}<target dev='vnet0'/>
  </interface></devices></domain>"""
NETWORK = """<network><name>prod</name><forward mode='bridge'/>{bridge}{vlan}
  <portgroup name='web'{default}><vlan><tag id='{tag}'/></vlan></portgroup></network>"""
IN_GROUP = "<source network='prod' portgroup='web' bridge='br0'/><vlan><tag id='10'/></vlan>"
ON_BRIDGE = "<source bridge='br0'/><vlan><tag id='10'/></vlan>"
BRIDGE = "<bridge name='br0'/>"
OUTSIDE = ("web", "database")


def host(name, *, words=None, network=None, tag=10, kind="bridge", listed="prod"):
    """The saved host under a name, with a machine on br0 where it has ``words``, and a network."""
    answers = dict(WHOLE.answers)
    answers["domains"] = Answer(("virsh",), 0, b"")
    answers["networks"] = Answer(("virsh",), 0, listed.encode())
    if network is not None:
        answers["network.prod"] = Answer(("virsh",), 0, network.encode())
    if words is not None:
        text = DOMAIN.format(uuid=UUID, kind=kind, words=words)
        answers[f"domain.{UUID}"] = Answer(("virsh",), 0, text.encode())
        _add(answers, "ovs-interface", name="vnet0", type="")
        _add(answers, "ovs-port", name="vnet0", interfaces=["uuid", "ovs-interface-new"], tag=tag)
        table = json.loads(answers["ovs-bridge"].stdout)
        table["data"][0][table["headings"].index("ports")][1].append(["uuid", "ovs-port-new"])
        _put(answers, "ovs-bridge", table)
    names = {f"rft-kvm-{one}": f"{one}-{name}" for one in ("web", "database")}
    if words is None:
        _without_firewall(answers)
    else:
        names["rft-kvm-firewall"] = "firewall"
    return replace(WHOLE, host=name, answers=answers, machines=names)


def _without_firewall(answers):
    table = json.loads(answers["ovs-port"].stdout)
    name = table["headings"].index("name")
    gone = [row[0] for row in table["data"] if row[name].startswith("firewall")]
    table["data"] = [row for row in table["data"] if row[0] not in gone]
    _put(answers, "ovs-port", table)
    table = json.loads(answers["ovs-bridge"].stdout)
    ports = table["data"][0][table["headings"].index("ports")]
    ports[1] = [one for one in ports[1] if one not in gone]
    _put(answers, "ovs-bridge", table)


def _add(answers, of, /, **columns):
    table = json.loads(answers[of].stdout)
    columns["_uuid"] = ["uuid", f"{of}-new"]
    table["data"].append([columns.get(each, ["set", []]) for each in table["headings"]])
    _put(answers, of, table)


def _put(answers, name, table):
    answers[name] = replace(answers[name], stdout=json.dumps(table).encode())


def silent(bundle):
    """The host where nobody answers for libvirt."""
    said = "error: Failed to connect socket to '/run/libvirt-sock': No such file or directory"
    nobody = Answer(("virsh",), 1, b"", said)
    names = ("domains", "networks", "filters", "filter-bindings")
    return replace(bundle, answers=bundle.answers | dict.fromkeys(names, nobody))


def with_interface(bundle, name, kind):
    """The host with one more interface of its own."""
    links = json.loads(bundle.answers["addresses"].stdout)
    links.append(
        {"ifindex": 900, "ifname": name, "link_type": "ether", "linkinfo": {"info_kind": kind}}
    )
    answer = replace(bundle.answers["addresses"], stdout=json.dumps(links).encode())
    return replace(bundle, answers=bundle.answers | {"addresses": answer})


def prod(tag, *, bridge=BRIDGE, vlan="", default=""):
    return NETWORK.format(tag=tag, bridge=bridge, vlan=vlan, default=default)


def group_of(snapshot, label, host):
    (found,) = [
        one
        for one in snapshot.port_groups
        if one.name == label and one.host == f"linux:{host}"
    ]  # fmt: skip
    return found


def placed(*bundles):
    """Return the verdicts of every placement with the moves that they need."""
    found = prove_every_placement(subject_of(bundles), SilentProgress())
    assert found.machines == 1  # namespaces stay
    return {(one.source, one.destination): (one.verdict, one.moves) for one in found.pairs}


def test_the_same_network_with_another_vlan_elsewhere_is_a_leak_foretold():
    one, other = host("one", words=IN_GROUP, network=prod(10)), host("two", network=prod(20))
    assert placed(one, other)[OUTSIDE] == ("VIOLATED", (("web2", "two"),))


def test_the_same_network_is_the_same_elsewhere():
    one, other = host("one", words=IN_GROUP, network=prod(10)), host("two", network=prod(10))
    assert set(placed(one, other).values()) == {("PROVED", ())}


def test_a_vlan_that_no_port_has_yet_elsewhere_is_there():
    snapshot = snapshot_of([host("one", words=ON_BRIDGE), host("two")])
    assert group_of(snapshot, "br0-10", "two").vlan == AccessVlan(vlan=10)
    tagged = ON_BRIDGE.replace("'10'", "'30'")
    snapshot = snapshot_of([host("one", words=tagged, tag=30), host("two")])
    assert group_of(snapshot, "br0-30", "two").vlan == AccessVlan(vlan=30)


@pytest.mark.parametrize(
    ("network", "listed"),
    [(None, "prod"), ("<network", "prod"), (prod(10, bridge=""), "prod")],
    ids=["not saved", "cut off", "no bridge"],
)
def test_a_network_that_is_not_understood_elsewhere_may_be_any(network, listed):
    one = host("one", words=IN_GROUP, network=prod(10))
    other = host("two", network=network, listed=listed)
    assert isinstance(group_of(snapshot_of([one, other]), "prod/web", "two").vlan, NotRead)
    assert "PROVED" not in {verdict for verdict, _ in placed(one, other).values()}


def test_a_host_that_hides_its_networks_may_have_any():
    one, other = host("one", words=IN_GROUP, network=prod(10)), host("two")
    answers = dict(other.answers)
    for name in ("domains", "networks"):
        answers[name] = Answer(("virsh",), 1, b"", "error: access denied")
    told = placed(one, replace(other, answers=answers))
    assert "PROVED" not in {verdict for verdict, _ in told.values()}


def test_a_host_without_libvirt_takes_no_machine():
    one, other = host("one", words=IN_GROUP, network=prod(10)), host("two", network=prod(20))
    snapshot = snapshot_of([one, silent(other)])
    assert snapshot.clusters == ()
    assert not [one for one in snapshot.unread if one.property == "domains"]


def test_a_port_that_was_changed_goes_back_to_its_description_elsewhere():
    one, other = host("one", words=ON_BRIDGE, tag=20), host("two")
    snapshot = snapshot_of([one, other])
    port = next(port for port in snapshot.ports if port.key == "vnet0")
    assert (port.vlan, port.overridden) == (AccessVlan(vlan=20), ("vlan",))
    assert group_of(snapshot, "br0-10", "one").id == port.port_group
    assert placed(one, other)[OUTSIDE][0] == "VIOLATED"


def test_what_another_host_would_be_told_counts():
    """A description that says VLAN 30 itself, on a network whose group says the same by now."""
    one = host("one", words=IN_GROUP, network=prod(10))
    text = DOMAIN.format(uuid=UUID, kind="network", words=IN_GROUP)
    answers = one.answers | {f"migratable.{UUID}": Answer(("virsh",), 0, text.encode())}
    snapshot = snapshot_of([replace(one, answers=answers), host("two", network=prod(20))])
    assert group_of(snapshot, "prod/web VLAN 10", "two").vlan == AccessVlan(vlan=10)


def test_a_port_of_no_group_is_in_the_usual_one():
    words = "<source network='prod' bridge='br0'/><vlan><tag id='10'/></vlan>"
    one = host("one", words=words, network=prod(10, default=" default='yes'"))
    snapshot = snapshot_of([one, host("two", network=prod(20, default=" default='yes'"))])
    assert group_of(snapshot, "prod (network)", "two").vlan == AccessVlan(vlan=20)


def test_a_machine_that_starts_at_flows_that_are_not_understood_may_be_in_any_vlan():
    other = host("two")
    flow = b" priority=5,in_port=1 actions=output:2\n priority=0 actions=NORMAL\n"
    count = replace(other.answers["ovs-flow-count.br0"], stdout=b"flow_count=2")
    flows = replace(other.answers["ovs-flows.br0"], stdout=flow)
    more = {"ovs-flows.br0": flows, "ovs-flow-count.br0": count}
    odd = replace(other, answers=other.answers | more)
    snapshot = snapshot_of([host("one", words=ON_BRIDGE), odd])
    assert isinstance(group_of(snapshot, "br0-10", "two").vlan, NotRead)
    assert "flows beyond" in group_of(snapshot, "br0-10", "two").vlan.detail
    assert group_of(snapshot, "br0-10", "one").vlan == AccessVlan(vlan=10)


def without(bundle, *names):
    return replace(
        bundle, answers={name: one for name, one in bundle.answers.items() if name not in names}
    )


NOT_REACHED = Bundle("two", {UNREACHED: Answer((), None, b"", problem="two did not answer")})
UNKNOWN_LIBVIRT = {
    "it was not asked": without(host("two"), "domains", "networks"),
    "it is stopped while a machine runs": with_interface(silent(host("two")), "vnet3", "tun"),
    "it is gone after it told of a machine": replace(silent(host("two")), changed=("domains",)),
    "the host was not reached": NOT_REACHED,
}


@pytest.mark.parametrize("other", UNKNOWN_LIBVIRT.values(), ids=UNKNOWN_LIBVIRT)
def test_a_host_whose_libvirt_was_not_read_may_take_a_machine(other):
    one = host("one", words=IN_GROUP, network=prod(10))
    snapshot = snapshot_of([one, other])
    assert snapshot.clusters[0].hosts == ("linux:one", "linux:two")
    told = {one.property for one in snapshot.unread if one.name == "two"}
    assert told & {"domains", UNREACHED}
    assert "PROVED" not in {verdict for verdict, _ in placed(one, other).values()}


NIC = """<interface type='bridge'><mac address='{mac}'/><source bridge='br0'/>
  <vlan><tag id='{tag}'/></vlan><target dev='vnet{number}'/></interface>"""
SAME, OTHER = "52:54:00:aa:00:01", "52:54:00:aa:00:02"


def twins(*macs, answer="migratable"):
    """The host with a machine of two NICs, and what another host would be told of it."""
    bundle = host("one", words=ON_BRIDGE)
    nics = "".join(NIC.format(mac=mac, tag=10, number=at) for at, mac in enumerate(macs))
    text = f"<domain id='3'><name>web2</name><uuid>{UUID}</uuid><devices>{nics}</devices></domain>"
    told = text.replace("'10'", "'20'", 1)
    more = {f"domain.{UUID}": text, f"{answer}.{UUID}": told}
    more = {name: Answer(("virsh",), 0, each.encode()) for name, each in more.items()}
    return replace(bundle, answers=bundle.answers | more)


def nics_of(*bundles):
    machines = snapshot_of(bundles).machines
    return next(one.nics for one in machines if one.name == "web2")


def test_two_nics_of_one_address_are_two_and_which_is_which_elsewhere_is_not_known():
    first, second = nics_of(twins(SAME, SAME), host("two"))
    assert first.id != second.id
    assert isinstance(first.port_group, NotRead)
    assert isinstance(second.port_group, NotRead)
    assert "MAC address" in first.port_group.detail
    assert "PROVED" not in {
        verdict for verdict, _ in placed(twins(SAME, SAME), host("two")).values()
    }
    first, second = nics_of(twins(SAME, OTHER), host("two"))
    assert isinstance(first.port_group, str)
    assert "on no switch that was read" in second.port_group.detail  # it has no port here


def test_a_nic_without_an_address_is_no_one_elsewhere():
    first, second = nics_of(twins(SAME, ""), host("two"))
    assert isinstance(first.port_group, str)
    assert isinstance(second.port_group, NotRead)


@pytest.mark.parametrize(
    "words", [ON_BRIDGE.replace("br0", "br9"), "<source path='/dev/net/tun'/>"]
)
def test_a_port_that_is_elsewhere_than_its_description_says_has_no_name_for_both(words):
    one, other = host("one", words=words), host("two")
    (alone,) = nics_of(one)
    assert alone.port_group == "linux:one/switch/br0/group/10"
    (nic,) = nics_of(one, other)
    assert isinstance(nic.port_group, NotRead)
    assert "vnet0" in nic.port_group.detail
    assert "PROVED" not in {verdict for verdict, _ in placed(one, other).values()}


def names_of(snapshot):
    return [(group.host, group.name) for group in snapshot.port_groups]


def test_a_bridge_that_is_called_like_a_vlan_of_another_is_another_network():
    one = host("one", words=ON_BRIDGE)
    other = with_interface(host("two"), "br0-10", "bridge")
    snapshot = snapshot_of([one, other])
    assert group_of(snapshot, "br0 VLAN 10", "two").vlan == AccessVlan(vlan=10)
    assert group_of(snapshot, "br0 VLAN 10", "one").vlan == AccessVlan(vlan=10)
    assert len(names_of(snapshot)) == len(set(names_of(snapshot)))
    on_it = host("one", words="<source bridge='br0-10'/>")
    snapshot = snapshot_of([on_it, other])
    assert group_of(snapshot, "br0-10", "two").switch == "linux:two/switch/br0-10"


@pytest.mark.parametrize("tag", ["", "x", "4095", "²"])
def test_a_tag_that_is_no_vlan_is_not_left_out(tag):
    words = ON_BRIDGE.replace("<tag", f"<tag id='{tag}'/><tag")
    snapshot = snapshot_of([host("one", words=words)])
    assert [one.property for one in snapshot.unread] == [f"domain.{UUID}"]
