"""Which slips break Harbour, counted and named."""

import json
from itertools import islice

import pytest

from command_line import ringfence
from repository import ROOT
from ringfence.foundation.progress import SilentProgress
from ringfence.operations import assemble
from ringfence.operations.fragility import fragility, table
from ringfence.operations.subject import Subject
from ringfence.reach.fragility import Fragility
from ringfence.reach.prove import prove
from ringfence.reach.slips import KINDS, slips

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
    every = slips(harbour.inventory, harbour.memberships.by_attachment)
    assert {slip.kind for slip in every} <= set(KINDS)
    told = {text for pair in found.pairs for text in pair.examples}
    breaking = (slip for slip in every if slip.says in told)
    for slip in islice(breaking, 0, 60, 12):
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
