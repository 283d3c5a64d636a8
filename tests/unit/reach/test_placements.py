"""Verdicts over every placement of Harbour, with one host that is unlike the others."""

import json

import msgspec
import pytest

from command_line import ringfence
from repository import ROOT
from ringfence.foundation.progress import SilentProgress
from ringfence.model.change import apply
from ringfence.model.facts import NOT_COLLECTED
from ringfence.model.inventory import Inventory
from ringfence.model.places import PlacementRule
from ringfence.model.snapshot import Snapshot
from ringfence.operations import assemble
from ringfence.operations.mobile import outcome, told
from ringfence.operations.proposals import Proposal, proposed
from ringfence.operations.subject import Subject
from ringfence.policy.members import memberships
from ringfence.reach.mobility import Placements, every_placement
from ringfence.reach.placements import possible_hosts
from ringfence.reach.question import Question

HARBOUR = ROOT / "examples" / "harbour"


@pytest.fixture(scope="module")
def harbour() -> Subject:
    return assemble.subject(HARBOUR / "clean", HARBOUR / "policy.yaml", SilentProgress())


def judged(subject: Subject, snapshot: Snapshot) -> Placements:
    policy = subject.required_policy()
    return every_placement(
        Question(snapshot, policy, memberships(policy, Inventory(snapshot)).every)
    )


def with_vlan(subject: Subject, words: str) -> Snapshot:
    proposal = Proposal(set_vlan=(words,))
    changes = proposed(proposal, subject.snapshot, subject.required_policy())
    return apply(subject.snapshot, changes)


def without_group(subject: Subject, name: str, host: str) -> Snapshot:
    (host_id,) = [one.id for one in subject.snapshot.hosts if one.name.startswith(host)]
    groups = tuple(
        one for one in subject.snapshot.port_groups if (one.name, one.host) != (name, host_id)
    )
    return msgspec.structs.replace(subject.snapshot, port_groups=groups)


def with_rule(snapshot: Snapshot, *, machine: str, off: str, mandatory: bool) -> Snapshot:
    rule = PlacementRule(
        name="apart",
        kind="keep-off-hosts",
        enabled=True,
        mandatory=mandatory,
        machines=tuple(one.id for one in snapshot.machines if one.name.startswith(machine)),
        hosts=tuple(one.id for one in snapshot.hosts if one.name.startswith(off)),
    )
    clusters = tuple(msgspec.structs.replace(one, rules=(rule,)) for one in snapshot.clusters)
    return msgspec.structs.replace(snapshot, clusters=clusters)


def test_equal_hosts_make_no_difference(harbour: Subject) -> None:
    placements = judged(harbour, harbour.snapshot)
    assert {pair.verdict for pair in placements.pairs} == {"PROVED"}
    assert placements.cut_off == ()
    assert placements.machines == 62
    assert outcome(placements, harbour.required_policy()) == "clean"


def test_a_wrong_vlan_where_no_machine_runs_yet_is_found(harbour: Subject) -> None:
    placements = judged(harbour, with_vlan(harbour, "MGMT-VMs-12@esx-4=200"))
    found = {(one.source, one.destination): one for one in placements.pairs}
    pair = found["application", "management"]
    assert pair.verdict == "VIOLATED"
    assert pair.moves == (("vcenter-1", "esx-4"),)
    assert pair.sentence.startswith("If vcenter-1 starts on esx-4, then something in application")
    assert pair.witness is not None
    assert pair.witness.replayed
    assert pair.sentence in {line.strip() for line in told(placements)}
    assert outcome(placements, harbour.required_policy()) == "critical"


def test_a_wrong_vlan_that_cuts_off_a_promised_service_is_found(harbour: Subject) -> None:
    placements = judged(harbour, with_vlan(harbour, "CDE-300@esx-3=399"))
    sentences = [one.sentence for one in placements.cut_off]
    assert any("starts on esx-3, then application cannot reach it" in one for one in sentences)


def test_a_port_group_that_a_host_lacks_is_found(harbour: Subject) -> None:
    placements = judged(harbour, without_group(harbour, "MGMT-VMs-12", "esx-4"))
    assert {pair.verdict for pair in placements.pairs} == {"PROVED"}
    (found,) = placements.cut_off
    assert found.sentence == (
        "If vcenter-1 starts on esx-4, then Network adapter 1 has no network there, since esx-4 "
        "has no port group MGMT-VMs-12."
    )


def test_only_mandatory_rules_bind(harbour: Subject) -> None:
    wrong = with_vlan(harbour, "MGMT-VMs-12@esx-4=200")
    machines = ("vcenter-1", "backup-1", "log-1")
    (vcenter,) = [one for one in wrong.machines if one.name == machines[0]]
    preferred = with_rule(wrong, machine="", off="esx-4", mandatory=False)
    bound = with_rule(wrong, machine="", off="esx-4", mandatory=True)
    assert len(possible_hosts(Inventory(preferred), vcenter)) == 3
    assert len(possible_hosts(Inventory(bound), vcenter)) == 2
    assert any(pair.moves for pair in judged(harbour, preferred).pairs)
    assert {pair.verdict for pair in judged(harbour, bound).pairs} == {"PROVED"}


def test_rules_that_were_not_read_leave_it_open(harbour: Subject) -> None:
    wrong = with_vlan(harbour, "MGMT-VMs-12@esx-4=200")
    clusters = tuple(msgspec.structs.replace(one, rules=NOT_COLLECTED) for one in wrong.clusters)
    placements = judged(harbour, msgspec.structs.replace(wrong, clusters=clusters))
    verdicts = {pair.verdict for pair in placements.pairs}
    assert verdicts == {"PROVED", "UNKNOWN"}
    assert outcome(placements, harbour.required_policy()) == "unknown"


def test_the_command_tells_every_placement() -> None:
    options = (HARBOUR / "clean", "--policy", HARBOUR / "policy.yaml", "--mobile")
    done = ringfence("prove", *options, "--json")
    assert done.returncode == 0
    assert json.loads(done.stdout)["machines"] == 62
    assert ringfence("prove", *options, "--full").returncode == 2
