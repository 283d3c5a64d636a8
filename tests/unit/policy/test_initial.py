"""The first policy that is written from a snapshot loads, and says where it guessed."""

from collections import Counter
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from placed import Placed
from ringfence.foundation.progress import SilentProgress
from ringfence.model.inventory import Inventory
from ringfence.model.network import NoVlan, TrunkVlan, VlanRange
from ringfence.model.snapshot import Snapshot
from ringfence.policy.initial import initial_policy, quoted
from ringfence.policy.json_schema import schema_text
from ringfence.policy.load import load_policy
from ringfence.policy.members import memberships
from ringfence.policy.yaml_tree import plain, read_tree
from ringfence.sources.vsphere.folder import read_folder

HARBOUR = Path(__file__).parents[3] / "examples" / "harbour"


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    return tmp_path_factory.mktemp("initial") / "policy.yaml"


def first_policy(file, snapshot):
    """The text of the first policy, and what it loads as."""
    text = initial_policy(snapshot)
    file.write_text(text, encoding="utf-8")
    loaded = load_policy(file)
    assert loaded.warnings == ()
    return text, loaded.policy


def test_an_empty_snapshot_has_its_management(file):
    _, policy = first_policy(file, Snapshot(sources=()))
    assert list(policy.zones) == ["management"]


def test_the_first_line_names_the_schema():
    empty = Snapshot(sources=())
    first, _, _ = initial_policy(empty).partition("\n")
    schema = Path(first.removeprefix("# yaml-language-server: $schema="))
    assert schema.read_text(encoding="utf-8") == schema_text()
    assert initial_policy(empty, "x.json").startswith("# yaml-language-server: $schema=x.json\n")


def test_networks_are_grouped_by_name_and_roles_come_from_hosts(file):
    placed = Placed()
    for name in ("DMZ-100", "DMZ-101", "dmz_7", "VM Network", "42", "Mgmt VMs", "Backup vlan 9"):
        placed.group(name)
    placed.group("vmotion").group("San").group("Uplinks", uplink=True)
    placed.interface("vmk0", "vmotion", ("migration",)).interface("vmk1", "San", ("storage",))
    text, policy = first_policy(file, placed.inventory.snapshot)
    networks = {
        name: [network.name for network in zone.networks] for name, zone in policy.zones.items()
    }
    assert networks == {
        "dmz": ["DMZ-*"],
        "dmz-2": ["dmz_*"],
        "42": ["42"],
        "backup": ["Backup *"],
        "vm-network": ["VM Network"],
        "management": ["Mgmt VMs"],
        "migration": ["vmotion"],
        "storage": ["San"],
    }
    assert policy.zones["storage"].role == "storage"
    assert "trust: 50   # guessed: its name tells nothing" in text


def test_a_pattern_that_would_take_anothers_network_is_not_used(file):
    placed = Placed().group("APP-1").group("APP-2-db")
    _, policy = first_policy(file, placed.inventory.snapshot)
    assert [zone.networks[0].name for zone in policy.zones.values() if zone.networks] == [
        "APP-1",
        "APP-2-db",
    ]


def test_folders_hold_what_belongs_in_a_zone(file):
    placed = Placed().group("DMZ-1").group("APP-2")
    placed.machine("w1", "DMZ-1", folder="/DC/vm/dmz")
    placed.machine("w2", "DMZ-1", "APP-2", folder="/DC/vm/dmz/web")
    placed.machine("a1", "APP-2", folder="/DC/vm/app").machine("a2", "DMZ-1", folder="/DC/vm/app")
    text, policy = first_policy(file, placed.inventory.snapshot)
    assert [selector.folder for selector in policy.zones["dmz"].machines] == ["/DC/vm/dmz"]
    assert policy.zones["app"].machines == ()
    assert "# no folder holds its machines; add machines:" in text
    assert "# 1 machine has NICs in several zones: w2." in text
    assert policy.configuration == "full-collapse"
    assert placed.member(policy, "w2/1").standing == "misplaced"


@pytest.mark.parametrize(
    ("hosts", "configuration"),
    [(("h-1", "h-2"), "physical-separation"), (("h-1", "h-1"), "virtual-separation")],
)
def test_configuration_is_guessed_from_who_shares_hosts(file, hosts, configuration):
    placed = Placed().group("DMZ-1").group("APP-2")
    placed.machine("w", "DMZ-1", host=hosts[0]).machine("a", "APP-2", host=hosts[1])
    assert first_policy(file, placed.inventory.snapshot)[1].configuration == configuration


@pytest.mark.parametrize("name", ["clean", "faulty"])
def test_harbour(file, name):
    snapshot = read_folder(HARBOUR / name, SilentProgress())
    _, policy = first_policy(file, snapshot)
    assert list(policy.zones) == ["dmz", "app", "cde", "management", "migration"]
    members = memberships(policy, Inventory(snapshot)).every
    counts = Counter(member.standing for member in members)
    # What is not agreed is the firewall, and in the faulty one the machine that was moved.
    assert counts["agreed"] == 69
    assert counts["misplaced"] == (1 if name == "faulty" else 0)


HOSTILE = st.text(max_size=12) | st.sampled_from(
    ["", "#", "a: b", "*", "[x]", '"', "\\", "- x", "a\nzones: {}", "\x85", "\u2028", "\U0001f600"]
)
VLANS = st.integers(0, 4094) | st.sampled_from(
    [NoVlan(), TrunkVlan(ranges=(VlanRange(1, 9), VlanRange(20, 4094)))]
)


@given(
    groups=st.dictionaries(HOSTILE.filter(bool), VLANS, max_size=6),
    machines=st.lists(st.tuples(HOSTILE, st.lists(st.integers(0, 5), max_size=3)), max_size=5),
    services=st.lists(
        st.sampled_from(["management", "migration", "storage", "replication"]), max_size=3
    ),
)
# A number before a line break is not at the end of a name.
@example(groups={"0": 0, "1": 0, "0\n": 0}, machines=[("", [2])], services=[])
def test_whatever_things_are_called_it_loads(file, groups, machines, services):
    placed = Placed()
    for name, vlan in groups.items():
        placed.group(name, vlan)
    names = list(groups)
    for index, (name, attached) in enumerate(machines):
        networks = [names[at] for at in attached if at < len(names)]
        placed.machine(f"{name}{index}", *networks, folder="/DC/vm/dmz")
    for index, service in enumerate(services):
        if names:
            placed.interface(f"vmk{index}", names[index % len(names)], (service,))
    _, policy = first_policy(file, placed.inventory.snapshot)
    for member in placed.members(policy).every:
        assert member.network_zones


@given(st.text())
def test_quoted_text_is_read_back(text):
    tree, problems = read_tree(f"a: {quoted(text)}\n".encode(), "f")
    assert (plain(tree), problems) == ({"a": text}, [])
