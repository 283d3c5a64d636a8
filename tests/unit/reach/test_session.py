"""Edits one after another, answered from what was known, and taken back."""

import msgspec
import pytest

from generated.compare_edits import problem
from generated.edit_sequences import differences, sequence_problem
from repository import ROOT
from ringfence.foundation.errors import ChangeRefusedError, UsageError
from ringfence.foundation.progress import SilentProgress
from ringfence.model.change import Change, difference
from ringfence.model.snapshot import Snapshot
from ringfence.operations import assemble
from ringfence.operations.proposals import Proposal, proposed
from ringfence.operations.subject import Subject
from ringfence.reach.question import Question
from ringfence.reach.session import Session

HARBOUR = ROOT / "examples" / "harbour"


@pytest.fixture(scope="module")
def harbour() -> Subject:
    return assemble.subject(HARBOUR / "clean", HARBOUR / "policy.yaml", SilentProgress())


@pytest.fixture
def session(harbour: Subject) -> Session:
    policy = harbour.required_policy()
    return Session(Question(harbour.snapshot, policy, harbour.memberships.every), most_undone=2)


def changes(harbour: Subject, proposal: Proposal) -> tuple[Change, ...]:
    return proposed(proposal, harbour.snapshot, harbour.required_policy())


def test_an_edit_changes_verdicts_and_its_undoing_brings_them_back(
    harbour: Subject, session: Session
) -> None:
    before = dict(session.verdicts)
    effect = session.apply(changes(harbour, Proposal(set_vlan=("APP-200=300",)))).effect()
    worse = {(pair.source, pair.destination) for pair in effect.pairs if pair.after == "VIOLATED"}
    assert worse
    assert {pair for pair, verdict in session.verdicts.items() if verdict == "VIOLATED"} >= worse
    session.undo()
    assert session.verdicts == before
    assert session.snapshot == harbour.snapshot


def test_the_inverse_of_an_edit_is_its_undoing(harbour: Subject, session: Session) -> None:
    before, snapshot = dict(session.verdicts), session.snapshot
    session.apply(changes(harbour, Proposal(set_vlan=("APP-200=300",))))
    session.apply(difference(session.snapshot, snapshot))
    assert session.verdicts == before


def test_a_change_that_does_not_fit_leaves_all_as_it_was(session: Session) -> None:
    before = session.question
    wrong = Change(object="nothing", name="nothing", kind="remove", table="machines")
    with pytest.raises(ChangeRefusedError):
        session.apply((wrong,))
    assert session.question is before


def test_only_so_many_edits_can_be_taken_back(session: Session) -> None:
    snapshot = session.snapshot
    for name in ("one", "two", "three"):
        session.edit(renamed(session.snapshot, name))
    session.undo()
    session.undo()
    assert session.snapshot == renamed(snapshot, "one")
    with pytest.raises(UsageError):
        session.undo()


def renamed(snapshot: Snapshot, name: str) -> Snapshot:
    first, *others = snapshot.machines
    return msgspec.structs.replace(
        snapshot, machines=(msgspec.structs.replace(first, name=name), *others)
    )


def test_a_session_holds_no_more_than_it_can_undo(session: Session) -> None:
    first = session.question
    for name in ("one", "two", "three"):
        session.edit(renamed(session.snapshot, name))
    reachable, waiting = set[int](), [session]
    while waiting:
        for value in vars(waiting.pop()).values():
            several = value.values() if isinstance(value, dict) else (value,)
            for one in several:
                if hasattr(one, "__dict__") and id(one) not in reachable:
                    reachable.add(id(one))
                    waiting.append(one)
    assert id(first) not in reachable


def test_what_is_read_again_without_a_change_touches_nothing(
    harbour: Subject, session: Session
) -> None:
    again = msgspec.json.decode(msgspec.json.encode(harbour.snapshot), type=Snapshot)
    comparison = session.edit(again)
    assert comparison.carrying.pairs == frozenset()
    assert comparison.effect().pairs == ()


@pytest.mark.parametrize("words", ["APP-200=300", "DMZ-100=0", "APP-200=trunk 0-4094"])
def test_a_session_says_what_a_proof_from_nothing_says(
    harbour: Subject, session: Session, words: str
) -> None:
    session.apply(changes(harbour, Proposal(set_vlan=(words,))))
    fresh = Question(
        session.snapshot, session.question.policy, session.question.memberships.values()
    )
    assert [*differences(session.question, fresh)] == []


@pytest.mark.parametrize("seed", [0, 3, 8])
def test_a_sequence_of_edits_is_the_same_as_asking_from_nothing(seed: int) -> None:
    assert sequence_problem(seed) is None


def test_a_machine_in_both_zones_does_not_hide_one_that_reaches_it() -> None:
    # One of two machines that send into the same networks has its other NIC in the zone reached:
    # what it sends itself is no delivery, and the witness has to be the other machine's.
    assert problem(24) is None
