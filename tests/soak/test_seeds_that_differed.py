"""Networks in which the engine and what it is compared with once differed: they agree now."""

import pytest

from generated.certified import certificate_problem
from generated.compare import problem as networks_problem
from generated.compare_edits import problem as edit_problem
from generated.compare_ways import problem as ways_problem
from generated.edit_sequences import sequence_problem
from generated.fuzzed_questions import problem as questions_problem
from generated.observed import problem as sights_problem


def test_filter_that_may_be_missing_adds_no_planted_state_to_a_certificate() -> None:
    # Its certificate held a set for answers that nothing needed, so that a smaller one passed too.
    assert certificate_problem(100117) is None


@pytest.mark.parametrize("seed", [200001, 200043, 300012, 300070, 300072, 700953])
def test_chain_is_shown_whose_packets_are_translated(seed: int) -> None:
    # The packets tried were those that get there directly, or back to where they came from, or
    # only by a rare source port.
    assert ways_problem(seed) is None


@pytest.mark.parametrize("seed", [701104, 701511])
def test_edit_of_a_rule_where_packets_come_in_asks_of_no_outgoing_interface(seed: int) -> None:
    # A session took a rule "not out by eth0" for one that a packet on its way to eth0 never meets,
    # though where packets come in they have no outgoing interface yet.
    assert sequence_problem(seed) is None


@pytest.mark.parametrize("seed", [701530, 701711])
def test_question_about_a_changed_network_is_answered(seed: int) -> None:
    # The name was asked of a host that is not there; a certificate lacked a NIC without a name.
    assert questions_problem(seed) is None


@pytest.mark.parametrize("seed", [200044, 700881, 703514])
def test_all_that_a_filter_lets_by_counts_as_seen(seed: int) -> None:
    # The comparison tried no later fragments, few protocols of these, or none of the ports that a
    # filter lets by.
    assert sights_problem(seed) is None


def test_last_filter_that_keeps_connections_is_forgotten_with_its_port() -> None:
    # A session went on taking answers for planted that no filter lets by any more.
    assert sequence_problem(200061) is None


def test_edit_of_a_rule_on_tcp_flags_opens_what_any_answer_may() -> None:
    # A session asked only of answers with the flags of what planted them: it left packets out.
    assert sequence_problem(300130) is None


@pytest.mark.parametrize("seed", [702765, 712405])
def test_other_packets_than_the_nearest_may_become_what_is_delivered(seed: int) -> None:
    # The comparison tried only what a machine would have sent to itself, which is no delivery, or
    # asked what a NIC sends that is attached nowhere.
    assert networks_problem(seed) is None


def test_nic_taken_off_its_network_gives_no_zone_to_what_is_passed_through() -> None:
    # The comparison let a machine's physical NIC keep the zone of a NIC that is attached nowhere.
    assert edit_problem(700148) is None
