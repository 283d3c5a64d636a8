"""Which slips break Harbour, counted and named."""

import json
import tracemalloc

import pytest

from command_line import ringfence
from repository import ROOT
from ringfence.foundation.progress import SilentProgress
from ringfence.model.rules import AddressMatch, Chain, Device, Rule
from ringfence.operations import assemble
from ringfence.operations.fragility import fragility, table
from ringfence.operations.subject import Subject
from ringfence.reach.fragility import Fragility, every_slip
from ringfence.reach.prove import prove
from ringfence.reach.question import Question
from ringfence.reach.rule_slips import device_slips
from ringfence.reach.slips import KINDS

HARBOUR = ROOT / "examples" / "harbour"


@pytest.fixture(scope="module")
def harbour() -> Subject:
    return assemble.subject(HARBOUR / "clean", HARBOUR / "policy.yaml", SilentProgress())


@pytest.fixture(scope="module")
def found(harbour: Subject) -> Fragility:
    return fragility(harbour, SilentProgress())


def test_every_slip_was_tried_and_counted(found: Fragility) -> None:
    assert found.tried == found.different
    assert found.tried < found.possible
    assert 0 < found.breaking < found.possible
    for pair in found.pairs:
        assert pair.possible == found.possible
        assert pair.breaking == sum(one.breaking for one in pair.kinds)


def test_one_slip_joins_two_inner_zones(found: Fragility) -> None:
    (pair,) = [
        one for one in found.pairs if (one.source, one.destination) == ("application", "cardholder")
    ]
    assert (pair.fewest, pair.at_least) == (1, False)
    by_kind = {one.kind: one for one in pair.kinds}
    assert by_kind["vlan"].breaking >= 5
    assert by_kind["rule-deleted"].breaking == 0
    assert any("gets VLAN" in text for text in pair.examples)


def test_a_slip_breaks_what_a_whole_proof_says(harbour: Subject, found: Fragility) -> None:
    every = every_slip(
        Question(harbour.snapshot, harbour.required_policy(), harbour.memberships.every)
    )
    assert {slip.kind for slip in every} <= set(KINDS)
    told = {text for pair in found.pairs for text in pair.examples}
    breaking = {slip.kind: slip for slip in every if slip.says in told}
    assert {"vlan", "trunk", "network", "nic-added", "flag", "rule-widened"} <= breaking.keys()
    for slip in breaking.values():
        proof = prove(
            slip.applied(harbour.snapshot), harbour.required_policy(), harbour.memberships.every
        )
        violated = {
            (one.source, one.destination) for one in proof.pairs if one.verdict == "VIOLATED"
        }
        named = {
            (pair.source, pair.destination) for pair in found.pairs if slip.says in pair.examples
        }
        assert named
        assert named <= violated


def test_the_table_begins_with_what_breaks_first(found: Fragility) -> None:
    rows = table(found).rows
    assert len(rows) == 30
    assert rows[0][2] == "1"
    assert "slips would break some pair" in table(found).note


def test_the_command_tells_it_for_machines() -> None:
    done = ringfence("fragility", HARBOUR / "clean", "-p", HARBOUR / "policy.yaml", "--json")
    assert done.returncode == 0
    assert len(json.loads(done.stdout)["pairs"]) == 30


def test_the_slips_of_many_rules_are_made_when_they_are_tried() -> None:
    rules = tuple(
        Rule(
            number=number,
            text="accept",
            conditions=(
                AddressMatch(side="source", ranges=(f"10.{number >> 8}.{number & 255}.1",)),
            ),
            action="accept",
        )
        for number in range(1000)
    )
    chain = Chain(id="forward", name="forward", rules=rules, hook="forward", policy="drop")
    device = Device(id="wall", name="wall", chains=(chain,), reverse_path=("eth0",))
    tracemalloc.start()
    every = list(device_slips(device))
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert {slip.kind for slip in every} == {
        "flag",
        "rule-deleted",
        "rule-moved",
        "rule-widened",
        "object",
    }
    # Each is one chain of 1,000 rules when it is made.
    assert most < len(every) * 1000
    moved = next(slip for slip in every if slip.kind == "rule-moved").make()
    assert isinstance(moved, Device)
    assert isinstance(moved.chains, tuple)
    assert [one.number for one in moved.chains[0].rules[:3]] == [1, 0, 2]
