"""Each fault, planted alone, is found by name with the right witness, and nothing else is said.

Every test takes the whole path: the scenario served over TLS, collected, proved and audited.
"""

from pathlib import Path

import pytest

from datacenter.faults import FAULTS, plant
from datacenter.harbour import harbour
from harbour_expectations import EXPECTED, Expected
from harbour_path import Checked, served_and_checked

ZONES = ("outside", "dmz", "application", "cardholder", "management", "migration")


def test_the_clean_twin_is_proved_with_no_findings(tmp_path: Path) -> None:
    said = served_and_checked(harbour(), tmp_path)
    assert said.proof.zones == ZONES
    assert len(said.pairs("PROVED")) == len(said.proof.pairs) == 30
    hold_against(Expected(), said)
    assert {result.status for result in said.audit.results} <= {"passed", "not-applicable"}


def test_every_fault_has_its_expectation() -> None:
    assert EXPECTED.keys() == FAULTS.keys()


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_a_fault_alone_is_found_and_nothing_else(name: str, tmp_path: Path) -> None:
    said = served_and_checked(plant(harbour(), name), tmp_path)
    hold_against(EXPECTED[name], said)


@pytest.mark.parametrize("name", sorted(name for name in EXPECTED if EXPECTED[name].witness))
def test_the_witness_of_a_fault_names_it(name: str, tmp_path: Path) -> None:
    expected = EXPECTED[name]
    assert expected.witness is not None
    said = served_and_checked(plant(harbour(), name), tmp_path)
    sentences = [each.sentence for each in said.pair(*expected.witness).obligations]
    assert [text for text in sentences if expected.sentence in text], sentences
    witness = said.witness(*expected.witness)
    assert [hop.label for hop in witness.hops if hop.decisive] == [expected.decisive]
    assert witness.closing


def hold_against(expected: Expected, said: Checked) -> None:
    """Assert that exactly what is expected was said."""
    assert said.pairs("VIOLATED") == expected.violated
    assert said.pairs("UNKNOWN") == expected.unknown
    assert found_on_hosts(said) == expected.findings
    assert {check for check, _ in said.undecided()} == expected.undecided
    assert {name for name, _ in said.misplaced()} == expected.misplaced
    assert len(said.proof.bypasses) == len(expected.bypasses)
    for beginning in expected.bypasses:
        assert [each for each in said.proof.bypasses if each.startswith(beginning)]
    assert {each.deployed for each in said.proof.configurations} == {expected.configuration}
    working = {pair.flows_work for pair in said.proof.pairs if pair.declared}
    assert working == {expected.flows_work}


def found_on_hosts(said: Checked) -> set[tuple[str, str]]:
    """Every finding as its check and ``host/object``, hosts by their short names."""
    return {
        (
            each.check,
            f"{short(each.host)}/{short(each.name) if each.name == each.host else each.name}",
        )
        for each in said.findings()
    }


def short(name: str) -> str:
    """The first part of a host's name."""
    return name.partition(".")[0]


@pytest.mark.parametrize("name", sorted(name for name in EXPECTED if EXPECTED[name].violated))
def test_every_witness_ends_in_the_zone_that_it_is_about(name: str, tmp_path: Path) -> None:
    said = served_and_checked(plant(harbour(), name), tmp_path)
    members = said.memberships.by_attachment
    for source, destination in said.violated_by_delivery():
        witness = said.witness(source, destination)
        assert witness.replayed
        place = witness.destination_place
        if place.startswith("device:"):
            # A device's own services are a place of management; its interfaces only pass on.
            assert destination == "management"
            assert "/" not in place, f"{source} to {destination} ends at {place}"
        else:
            assert members[place].zone == destination
