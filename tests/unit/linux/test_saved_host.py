"""A saved host, whole and with something missing: nothing half-read is taken for whole."""

import json
from dataclasses import replace

import pytest

from linux_proof import DATA, subject_of, verdicts
from ringfence.audit.settings import setting_value
from ringfence.model.facts import NotRead
from ringfence.model.inventory import Inventory
from ringfence.sources.linux.bundle import Answer, Bundle
from ringfence.sources.linux.bundle_folder import read_bundle
from ringfence.sources.linux.hosts_to_read import UNREACHED
from ringfence.sources.linux.snapshot import snapshot_of

WHOLE = read_bundle(DATA / "kvm1")
PROVED, UNKNOWN, VIOLATED = {"PROVED"}, {"UNKNOWN"}, {"VIOLATED"}
REFUSED = ("", 1, "Operation not permitted (you must be root)")


def with_answers(**texts: str | tuple[str, int, str] | None) -> Bundle:
    """The host with other answers; ``None`` is a file that is missing."""
    answers = dict(WHOLE.answers)
    for key, said in texts.items():
        name = key.replace("__", ".").replace("_", "-")
        if said is None:
            del answers[name]
        else:
            text, status, stderr = said if isinstance(said, tuple) else (said, 0, "")
            answers[name] = replace(
                answers[name], stdout=text.encode(), status=status, stderr=stderr
            )
    return replace(WHOLE, answers=answers)


def text(name: str) -> str:
    return WHOLE.answers[name].stdout.decode()


def test_the_whole_host_is_proved():
    assert set(verdicts(WHOLE).values()) == PROVED
    snapshot = snapshot_of([WHOLE])
    assert snapshot.unread == ()
    assert [machine.name for machine in snapshot.machines] == ["database", "firewall", "web"]
    assert [source.stable for source in snapshot.sources] == [True]


FIREWALL = "rft-kvm-firewall"
CUT = text("ovs-port")[:-20]
LESS = {
    "Open vSwitch was not read": {"ovs_port": REFUSED},
    "its table is cut off": {"ovs_port": CUT},
    "its table is empty": {"ovs_interface": ""},
    "interfaces were not read": {"addresses": REFUSED},
    "interfaces are cut off": {"addresses": text("addresses")[:-5]},
    "there are no interfaces": {"addresses": "[]"},
    "flows were not read": {"ovs_flows__br0": REFUSED},
    "flows are cut off": {"ovs_flows__br0": text("ovs-flows.br0").splitlines()[0] + "\n"},
    "flows were not counted": {"ovs_flow_count__br0": None},
    "the firewall's rules were not read": {"netns_nftables__" + FIREWALL: REFUSED},
    "the firewall's rules are missing": {"netns_nftables__" + FIREWALL: None},
    "the firewall's routes were not read": {"netns_routes_4__" + FIREWALL: REFUSED},
    "the firewall's settings were not read": {"netns_settings__" + FIREWALL: None},
    "the firewall's interfaces were not read": {"netns_addresses__" + FIREWALL: REFUSED},
}


@pytest.mark.parametrize("less", LESS.values(), ids=LESS.keys())
def test_what_was_not_read_is_never_a_pass(less):
    bundle = with_answers(**less)
    found = set(verdicts(bundle).values())
    assert found <= UNKNOWN | VIOLATED
    assert "UNKNOWN" in found


def test_what_moved_while_it_was_read_is_told():
    bundle = replace(WHOLE, changed=("ovs-port",))
    snapshot = snapshot_of([bundle])
    assert not snapshot.sources[0].stable
    assert snapshot.unread[0].why.reason == "changed-while-reading"
    assert "PROVED" not in verdicts(bundle).values()


def test_a_host_that_was_not_reached_is_there_with_nothing_read_of_it():
    lost = Bundle("hv2", {UNREACHED: Answer((), None, b"", "", "hv2 did not answer within 10 s.")})
    snapshot = snapshot_of([WHOLE, lost])
    host = Inventory(snapshot).hosts["linux:hv2"]
    assert isinstance(host.kernel_interfaces, NotRead)
    (why,) = (one.why for one in snapshot.unread if one.name == "hv2")
    assert "did not answer" in why.detail


def test_a_program_that_is_not_installed_is_nothing_unread():
    assert [one.property for one in snapshot_of([WHOLE]).unread] == []
    assert WHOLE.answers["domains"].failure() is not None


def test_a_machine_that_forwards_is_a_device_with_its_rules():
    subject = subject_of([WHOLE])
    (wall,) = subject.snapshot.devices
    assert wall.id == "wall"
    assert wall.machine in {machine.id for machine in subject.snapshot.machines}
    assert [route.interface for route in wall.routes][:2] == ["eth0", "eth1"]
    assert set(wall.reverse_path) == {"eth0", "eth1", "lo"}


def test_a_machine_that_forwards_undeclared_joins_its_zones(tmp_path):
    lines = (DATA / "box.yaml").read_text().splitlines()
    dropped = ("devices:", "  wall:", "flows:", "  - {from")
    policy = tmp_path / "policy.yaml"
    policy.write_text("\n".join(line for line in lines if not line.startswith(dropped)))
    assert verdicts(WHOLE, policy=policy)["web", "database"] == "VIOLATED"


@pytest.mark.parametrize(
    "alone", ["ipv4/conf/eth1/forwarding:1", "ipv6/conf/eth1/force_forwarding:1"]
)
def test_one_interface_that_forwards_alone_is_not_taken_for_none(alone):
    key = "netns-settings." + FIREWALL
    lines = [line for line in text(key).splitlines() if "forward" not in line]
    off = ["ipv4/ip_forward:0", "ipv4/conf/all/forwarding:0", "ipv6/conf/all/forwarding:0"]
    bundle = with_answers(**{"netns_settings__" + FIREWALL: "\n".join([*lines, *off, alone])})
    found = verdicts(bundle)
    assert "PROVED" not in found.values()


def test_a_mirror_that_is_not_in_the_database_leaves_its_switch_open():
    bridges = text("ovs-bridge")
    assert '["set",[]]' in bridges
    gone = '["uuid","00000000-0000-4000-8000-000000000000"]'
    column = json.loads(bridges)["headings"].index("mirrors")
    table = json.loads(bridges)
    for row in table["data"]:
        row[column] = json.loads(gone)
    assert set(verdicts(with_answers(ovs_bridge=json.dumps(table))).values()) == UNKNOWN


def test_who_may_change_a_host_is_not_known():
    snapshot = snapshot_of([WHOLE])
    for fact in (snapshot.roles, snapshot.permissions, snapshot.global_permissions):
        assert isinstance(fact, NotRead)


@pytest.mark.parametrize("less", [each for each in LESS if each.startswith("flows")])
def test_flows_that_may_be_missing_are_not_none(less):
    snapshot = snapshot_of([with_answers(**LESS[less])])
    (bridge,) = (one for one in snapshot.switches if one.name == "br0")
    assert isinstance(setting_value(bridge.settings, "flows"), NotRead)
    assert setting_value(bridge.settings, "flows").reason != "not-supported"
    (whole,) = (one for one in snapshot_of([WHOLE]).switches if one.name == "br0")
    assert setting_value(whole.settings, "flows").reason == "not-supported"


def test_who_controls_a_host_that_was_not_reached_is_not_known():
    lost = Bundle("hv2", {UNREACHED: Answer((), None, b"", "", "hv2 did not answer within 10 s.")})
    host = Inventory(snapshot_of([WHOLE, lost])).hosts["linux:hv2"]
    told = setting_value(host.settings, "open-vswitch.control")
    assert isinstance(told, NotRead)
    assert told.reason != "not-supported"
