"""What is told of logs: how bad it is, in rows and sentences, and what would permit it."""

from __future__ import annotations

from pathlib import Path

import pytest

from ringfence.flows.judging import Judged, Meaning
from ringfence.foundation.errors import NothingCollectedError, SourceError, UsageError
from ringfence.foundation.progress import SilentProgress
from ringfence.model.inventory import Inventory
from ringfence.model.packet import TCP, Header
from ringfence.model.traffic import LogReading, Seen
from ringfence.operations.flows import Told, flows, proposals, table
from ringfence.operations.subject import Subject
from small_networks import between, permit, policy, tcp

WHOLE = LogReading(name="fw.log", seen=(), lines=9, understood=9)


def judged(meaning: Meaning, port: int = 443, count: int = 1) -> Judged:
    header = Header(
        source="10.0.1.5",
        destination="10.0.2.5",
        protocol=TCP,
        source_port=40000,
        destination_port=port,
        tcp_flags=2,
    )
    seen = Seen(
        header=header, decision="allowed", rule="r", at="fw", log="fw.log", line=1, count=count
    )
    return Judged(seen, "low", "high", meaning)


def told(*every: Judged, reading: LogReading = WHOLE) -> Told:
    return Told((reading,), every, ())


@pytest.mark.parametrize(
    ("meanings", "outcome"),
    [
        (("declared", "refused", "inside"), "clean"),
        (("declared", "unplaced"), "unknown"),
        (("declared", "undecided"), "unknown"),
        (("undecided", "refused-declared"), "low"),
        (("undeclared", "unplaced"), "high"),
        (("undeclared", "impossible"), "critical"),
    ],
)
def test_what_could_not_be_judged_is_never_clean(
    meanings: tuple[Meaning, ...], outcome: str
) -> None:
    assert told(*map(judged, meanings)).outcome == outcome


@pytest.mark.parametrize("field", ["damaged", "left_out"])
def test_lines_that_were_not_judged_are_told_and_never_clean(field: str) -> None:
    part = LogReading(name="fw.log", seen=(), lines=9, understood=9, **{field: 3})
    found = told(judged("declared"), reading=part)
    assert found.outcome == "unknown"
    assert next(found.lines()).startswith("3 ")


def test_like_rows_are_one_and_the_fewest_flows_are_proposed() -> None:
    every = (judged("undeclared", 22, 2), judged("undeclared", 80), judged("undeclared", 22, 3))
    shown = table(told(*every))
    assert [(row[3], row[6]) for row in shown.rows] == [("tcp/22", 5), ("tcp/80", 1)]
    assert shown.note == "6 logged packets: 6 let by, and no flow permits it."
    assert [*proposals(every)] == [{"from": "low", "to": "high", "services": ["tcp/22", "tcp/80"]}]


def test_bad_logs_are_refused_in_a_sentence(tmp_path: Path) -> None:
    inventory = Inventory(between(permit(1, *tcp(443))))
    subject = Subject(inventory, policy(devices={"fw": {"machine": "fw"}}))
    noise = tmp_path / "noise.log"
    noise.write_text("nothing of the kind\n")
    with pytest.raises(NothingCollectedError, match=r"No line of noise\.log tells of a packet"):
        flows(subject, [noise], SilentProgress())
    with pytest.raises(SourceError, match="cannot be read"):
        flows(subject, [tmp_path], SilentProgress())
    with pytest.raises(UsageError, match="no policy"):
        flows(Subject(inventory), [noise], SilentProgress())
