"""Closing changes of witnesses, tried before they are said to close anything."""

import io

import msgspec
import pytest
from rich.console import Console

from repository import ROOT
from ringfence.foundation.progress import SilentProgress
from ringfence.model.change import apply
from ringfence.operations import assemble
from ringfence.operations.prove import make_proof
from ringfence.operations.subject import Subject
from ringfence.reach import trials
from ringfence.reach.comparing import Comparison
from ringfence.reach.prove import prove
from ringfence.reach.question import Question
from ringfence.reach.results import PairResult, Trial, Witness
from ringfence.reach.session import edited
from ringfence.report.terminal.page import PairView
from ringfence.report.view.witness import closing, together
from support.small_networks import (
    ZONES,
    between,
    group,
    host,
    machine,
    members,
    permit,
    policy,
    switch,
    tcp,
)

DECLARED = {"fw": {"machine": "fw"}}
STANDING = {"a": "low", "b": "high", "b2": "high"}
HARBOUR = ROOT / "examples" / "harbour"


def low_to_high(*rules: object, flows: tuple[object, ...] = ()) -> PairResult:
    snapshot = between(*rules)  # type: ignore[arg-type]
    declared = policy(devices=DECLARED, flows=list(flows), zones=ZONES)
    proof = prove(snapshot, declared, members(snapshot, STANDING))
    return next(one for one in proof.pairs if (one.source, one.destination) == ("low", "high"))


def the_witness(pair: PairResult) -> Witness:
    return next(one.witness for one in pair.obligations if one.witness is not None)


def test_a_change_that_closes_is_said_to() -> None:
    pair = low_to_high(permit(1))
    shown = the_witness(pair)
    assert shown.trial == Trial(verdict="PROVED")
    assert closing(shown)[0] == "Closes it, as was tried"
    assert pair.closed_by is None
    assert together(pair) == ""


def test_a_change_that_leaves_another_rule_does_not_close() -> None:
    pair = low_to_high(permit(1, *tcp(22)), permit(2, *tcp(23)))
    shown = the_witness(pair)
    assert shown.trial == Trial(verdict="VIOLATED", remaining=("through fw",))
    assert closing(shown)[0] == "Does not close it alone, as was tried"
    assert closing(shown)[1].endswith("What remains: the way through fw.")
    assert pair.closed_by is not None
    assert len(pair.closed_by.closings) == 2
    assert pair.closed_by.verdict == "PROVED"


def test_a_promised_service_that_a_change_stops_is_named() -> None:
    flow = {"from": "low", "to": "high", "services": ["tcp/443"]}
    pair = low_to_high(permit(1), flows=(flow,))
    shown = the_witness(pair)
    assert shown.trial is not None
    assert shown.trial.verdict == "PROVED"
    if pair.flows_work:
        assert shown.trial.stops == ("tcp/443 from low to high",)
        assert "It would stop tcp/443 from low to high, which is promised." in closing(shown)[1]


def test_what_remains_over_another_chain_is_named() -> None:
    snapshot = msgspec.structs.replace(
        between(permit(1)),
        hosts=(host("h1"), host("h2")),
        switches=(switch("h1"), switch("h2")),
        port_groups=(group("h1", "low", 10), group("h1", "high", 20), group("h2", "high", 10)),
    )
    beside = machine("b2", "h2", {"high": "10.0.2.6/24"})
    snapshot = msgspec.structs.replace(snapshot, machines=(*snapshot.machines, beside))
    proof = prove(snapshot, policy(devices=DECLARED), members(snapshot, STANDING))
    pair = next(one for one in proof.pairs if (one.source, one.destination) == ("low", "high"))
    owed = next(one for one in pair.obligations if one.kind == "isolation")
    assert owed.witness is not None
    told = {one.closing: one.trial for one in (owed.witness, *owed.others)}
    rule = next(trial for text, trial in told.items() if "rule 1" in text)
    assert rule is not None
    assert rule.remaining == ("past every device",)
    text = io.StringIO()
    Console(file=text, width=200, color_system=None).print(PairView(pair))
    assert "does not close it alone, as was tried" in text.getvalue()
    assert "The fewest found to close it, as was tried, are 2 changes" in text.getvalue()


def harbour() -> Subject:
    return assemble.subject(HARBOUR / "faulty", HARBOUR / "policy-faulty.yaml", SilentProgress())


def test_every_trial_in_harbour_says_what_a_what_if_says() -> None:
    subject = harbour()
    declared = subject.required_policy()
    proof = make_proof(subject, SilentProgress())
    tried = 0
    for pair in proof.pairs:
        ends = pair.source, pair.destination
        shown = [
            (one.close, one.trial.verdict)
            for each in pair.obligations
            for one in (each.witness, *each.others)
            if one is not None and one.trial is not None
        ]
        if pair.closed_by is not None:
            every = (change for one in pair.closed_by.closings for change in one.changes)
            shown.append((tuple(every), pair.closed_by.verdict))
            assert pair.closed_by.verdict != "VIOLATED"
        for changes, verdict in shown:
            tried += 1
            before = Question(subject.snapshot, declared, subject.memberships.every)
            after = edited(before, apply(subject.snapshot, changes))
            assert Comparison(before, after).after.verdicts.of_pair(*ends) == verdict
    assert tried > 6


def test_what_is_too_large_is_not_checked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trials, "_MOST_RULES", 0)
    shown = the_witness(low_to_high(permit(1)))
    assert shown.trial is None
    assert closing(shown)[0] == "Would close it, not checked"
    bare = msgspec.structs.replace(shown, closing="", close=())
    assert closing(bare) == ("", "")
