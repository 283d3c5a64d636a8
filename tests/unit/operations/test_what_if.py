"""What proposed edits of Harbour would do, and how wrong words are told."""

import json
from pathlib import Path

import msgspec
import pytest

from command_line import ringfence
from repository import ROOT
from ringfence.foundation.errors import ChangeRefusedError, RingfenceError, UsageError
from ringfence.foundation.progress import SilentProgress
from ringfence.model.change import Change, apply
from ringfence.operations import assemble
from ringfence.operations.proposals import Proposal, proposed
from ringfence.operations.subject import Subject
from ringfence.operations.what_if import outcome, told, what_if
from ringfence.reach.effects import PairEffect

FORWARD = "inner-firewall:inet filter forward"
SILENT = SilentProgress()
HARBOUR = ROOT / "examples" / "harbour"


@pytest.fixture(scope="module")
def harbour() -> Subject:
    return assemble.subject(HARBOUR / "clean", HARBOUR / "policy.yaml", SILENT)


def effects(subject: Subject, **options: tuple[str, ...]) -> dict[tuple[str, str], PairEffect]:
    effect = what_if(subject, Proposal(**options), SILENT)
    assert apply(subject.snapshot, effect.changes) != subject.snapshot
    return {(pair.source, pair.destination): pair for pair in effect.pairs}


def test_two_networks_on_one_vlan_become_one(harbour: Subject) -> None:
    found = effects(harbour, set_vlan=("APP-200=300",))
    pair = found["application", "cardholder"]
    assert (pair.before, pair.after) == ("PROVED", "VIOLATED")
    assert pair.surely_opened == ("any",)
    assert pair.witness is not None
    assert pair.witness.replayed
    assert "(VLAN 300)" in pair.sentences[0]
    unknown = found["dmz", "application"]
    assert unknown.after == "UNKNOWN"
    assert unknown.sentences[-1].startswith("It is not known whether dmz can reach application: a")


def test_a_vlan_on_one_host_reaches_what_is_there(harbour: Subject) -> None:
    found = effects(harbour, set_vlan=("CDE-300@esx-2=100",))
    assert found["dmz", "cardholder"].after == "VIOLATED"


def test_a_machine_keeps_its_zone_wherever_it_is_plugged_in(harbour: Subject) -> None:
    found = effects(harbour, attach=("web-03:Network adapter 1=CDE-300",))
    assert found["dmz", "cardholder"].after == "VIOLATED"
    assert found["cardholder", "dmz"].after == "VIOLATED"


def test_a_move_between_equal_hosts_changes_nothing(harbour: Subject) -> None:
    assert effects(harbour, move=("web-03=esx-4",)) == {}
    effect = what_if(harbour, Proposal(move=("web-03=esx-4",)), SILENT)
    assert outcome(effect, harbour.required_policy()) == "clean"
    assert list(told(effect)) == [
        "Nothing changes between zones: 30 zone pairs compared, every packet as before."
    ]


def test_a_deleted_rule_takes_a_service_away(harbour: Subject) -> None:
    found = effects(harbour, remove_rule=tuple(f"{FORWARD}:{number}" for number in (3, 4)))
    pair = found["dmz", "application"]
    assert pair.closed == ("tcp/8443",)
    assert (pair.flows_before, pair.flows_after) == (True, False)
    assert pair.sentences[-1].endswith("cannot work any more.")


def test_an_inserted_rule_opens_what_it_says(harbour: Subject) -> None:
    rule = "accept tcp/22 from 10.1.100.0/24 to 10.1.30.11 in ens192 out ens256"
    found = effects(harbour, insert_rule=(f"{FORWARD}:3={rule}",))
    pair = found["dmz", "cardholder"]
    assert pair.opened == pair.surely_opened == ("tcp/22",)
    assert pair.after == "VIOLATED"


def test_an_uplink_into_the_same_network_opens_nothing(harbour: Subject) -> None:
    assert effects(harbour, add_uplink=("esx-1/vSwitch1=vmnic2",)) == {}


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"set_vlan": ("APP-20=1",)}, "Did you mean 'APP-200'?"),
        ({"set_vlan": ("APP-200",)}, "PORTGROUP=VLAN"),
        ({"set_vlan": ("APP-200=5000",)}, "is no VLAN"),
        ({"set_vlan": ("APP-200@esx-1=5",)}, "name no host"),
        ({"attach": ("web-03=CDE-300",)}, "Network adapter"),
        ({"attach": ("web-03:Network adapter 7=CDE-300",)}, "Network adapter 1"),
        ({"move": ("web-03=esx-9",)}, "no host 'esx-9'"),
        ({"move": ("web-03=esx-3",)}, "so already"),
        ({"remove_rule": ("inner-firewall:forward:3",)}, "no chain of inner-firewall"),
        ({"remove_rule": (f"{FORWARD}:x",)}, "no number of a rule"),
        ({"remove_rule": (f"{FORWARD}:99",)}, "has no rule 99"),
        ({"insert_rule": (f"{FORWARD}:1=permit any",)}, "neither accept"),
        ({"insert_rule": (f"{FORWARD}:1=drop from x",)}, "no address"),
        ({"insert_rule": (f"{FORWARD}:1=drop from",)}, "Nothing stands"),
        ({"insert_rule": (f"{FORWARD}:1=drop tcq/1",)}, "tcq/1"),
        ({"add_uplink": ("esx-1/vSwitch9=vmnic2",)}, "vSwitch1"),
        ({"changes": Path("nowhere.json")}, "cannot be read"),
        ({}, "Nothing is proposed"),
    ],
)
def test_wrong_words_are_told(harbour: Subject, options: dict[str, object], sentence: str) -> None:
    with pytest.raises(UsageError) as error:
        proposed(Proposal(**options), harbour.snapshot, harbour.required_policy())  # type: ignore[arg-type]
    assert sentence in str(error.value)


def test_changes_of_a_file_have_to_fit(harbour: Subject, tmp_path: Path) -> None:
    group = next(one for one in harbour.snapshot.port_groups if one.name == "APP-200")
    change = Change(
        object=group.id,
        name=group.name,
        kind="set",
        table="port_groups",
        property="vlan.vlan",
        before=201,
        after=300,
    )
    path = tmp_path / "changes.json"
    path.write_bytes(msgspec.json.encode([change]))
    with pytest.raises(ChangeRefusedError, match="201"):
        what_if(harbour, Proposal(changes=path), SILENT)
    path.write_text('[{"objekt": 1}]')
    with pytest.raises(RingfenceError, match="no list of changes"):
        what_if(harbour, Proposal(changes=path), SILENT)


def test_the_command_tells_as_json_and_by_its_exit_code(tmp_path: Path) -> None:
    options = ("--policy", HARBOUR / "policy.yaml")
    done = ringfence("what-if", HARBOUR / "clean", *options, "--to", HARBOUR / "faulty", "--json")
    assert done.returncode == 14
    effect = json.loads(done.stdout)
    assert effect["changes"]
    assert any(pair["after"] == "VIOLATED" for pair in effect["pairs"])
    both = ringfence("diff", HARBOUR / "clean", HARBOUR / "faulty", *options, "--reach", "--json")
    assert both.returncode == 0
    assert json.loads(both.stdout)["pairs"] == effect["pairs"]
    (tmp_path / "changes.json").write_text(json.dumps(effect["changes"]))
    edits = ("--changes", tmp_path / "changes.json")
    again = ringfence("what-if", HARBOUR / "clean", *options, *edits)
    assert again.returncode == 14
    mixed = ringfence("what-if", HARBOUR / "clean", *options, *edits, "--to", HARBOUR / "faulty")
    assert mixed.returncode == 2
