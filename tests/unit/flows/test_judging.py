"""What was logged, against a policy and the proof of a small network."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from ringfence.flows.judging import Judge, Meaning
from ringfence.model.packet import TCP, Header
from ringfence.model.rules import TcpFlagsMatch
from ringfence.model.traffic import Seen
from ringfence.reach.question import Question
from small_networks import between, members, permit, policy, tcp

FLOW = {"from": "low", "to": "high", "services": "tcp/443", "through": "fw"}


def asked(*rules: Any, **parts: Any) -> Question:
    declared = policy(devices={"fw": {"machine": "fw"}}, flows=[FLOW], **parts)
    snapshot = between(*rules)
    return Question(snapshot, declared, members(snapshot, {"a": "low", "b": "high"}))


def seen(
    source: str,
    destination: str,
    port: int,
    decision: str | None,
    flags: int = 2,
    sport: int = 40000,
) -> Seen:
    header = Header(
        source=source,
        destination=destination,
        protocol=TCP,
        source_port=sport,
        destination_port=port,
        tcp_flags=flags,
    )
    return Seen(header=header, decision=decision, rule="r", at="fw", log="l", line=1)


LOW, HIGH, OUT = "10.0.1.5", "10.0.2.5", "203.0.113.9"


@pytest.mark.parametrize(
    ("one", "expected"),
    [
        (seen(LOW, HIGH, 443, "allowed"), "declared"),
        (seen(LOW, HIGH, 443, "refused"), "refused-declared"),
        (seen(LOW, HIGH, 22, "refused"), "refused"),
        (seen(LOW, HIGH, 22, "allowed"), "undeclared"),
        (seen(LOW, HIGH, 23, "allowed"), "impossible"),
        (seen(HIGH, LOW, 443, "allowed"), "undeclared"),
        (seen(HIGH, LOW, 40000, "allowed", flags=18, sport=443), "declared"),
        (seen(HIGH, LOW, 40000, "allowed", flags=2, sport=443), "impossible"),
        (seen(LOW, HIGH, 22, None), "undecided"),
        (seen(LOW, HIGH, 443, None), "undecided"),
        (seen(LOW, OUT, 443, "allowed"), "unplaced"),
        (seen(LOW, LOW, 443, "allowed"), "inside"),
    ],
)
def test_what_a_packet_means(one: Seen, expected: Meaning) -> None:
    question = asked(permit(1, *tcp(443)), permit(2, *tcp(22)))
    (judged,) = Judge(question).judged([one])
    assert judged.meaning == expected
    assert judged.answer == (one.header.tcp_flags == 18)


@pytest.mark.parametrize(
    ("one", "more", "expected"),
    [
        # It begins a conversation, though it looks like an answer to one.
        (seen(HIGH, LOW, 40000, "allowed", flags=18, sport=443), {}, "impossible"),
        (seen(LOW, HIGH, 443, "allowed"), {}, "declared"),
        # It lies about the zone that it comes from.
        (seen(LOW, HIGH, 443, "allowed"), {"came_from": "third"}, "impossible"),
        (seen(LOW, HIGH, 443, "refused"), {"came_from": "third"}, "refused"),
        # Somebody behind the firewall of whom nothing was read, and the firewall itself.
        (seen("10.0.1.77", HIGH, 443, "refused"), {}, "refused-declared"),
        (seen("10.0.7.7", HIGH, 443, "refused"), {}, "unplaced"),
        (seen(LOW, "10.0.1.1", 22, "refused"), {}, "refused"),
    ],
)
def test_what_a_gateway_tells_means(one: Seen, more: dict[str, str], expected: Meaning) -> None:
    third = {"trust": 50, "networks": ["third*"]}
    zones = {
        "low": {"trust": 10, "networks": ["low*"]},
        "high": {"trust": 90, "networks": ["high*"]},
    }
    question = asked(permit(1, *tcp(443)), zones=zones | {"third": third})
    judge = Judge(question, own={"high": ("10.0.1.1",)}, behind={"low": ("10.0.1.0/24",)})
    (judged,) = judge.judged([replace(one, observation="beginning", **more)])
    assert judged.meaning == expected


def test_an_address_that_no_zone_inside_has_is_outside() -> None:
    outside = {"trust": 0, "external": True, "attached": ["fw:eth0"], "addresses": ["0.0.0.0/0"]}
    zones = {
        "out": outside,
        "low": {"trust": 10, "networks": ["low*"]},
        "high": {"trust": 90, "networks": ["high*"]},
    }
    question = asked(permit(1, *tcp(443)), zones=zones)
    (judged,) = Judge(question).judged([seen(OUT, LOW, 443, "refused")])
    assert (judged.source, judged.destination, judged.meaning) == ("out", "low", "refused")


def test_the_worst_comes_first_and_unused_flows_are_told() -> None:
    judge = Judge(asked(permit(1, *tcp(443)), permit(2, *tcp(22))))
    found = judge.judged([seen(LOW, HIGH, 22, "allowed"), seen(LOW, HIGH, 23, "allowed")])
    assert [one.meaning for one in found] == ["impossible", "undeclared"]
    assert [flow.to for flow in judge.unused(found)] == ["high"]
    assert judge.unused(judge.judged([seen(LOW, HIGH, 443, "allowed")])) == ()


def flow(source: str, destination: str, port: int, flags: int, sport: int = 40000) -> Seen:
    one = seen(source, destination, port, "allowed", flags, sport)
    return replace(one, observation="flow")


@pytest.mark.parametrize(
    ("one", "expected", "answer"),
    [
        # Flags of both ways of a conversation do not tell who began it.
        (flow(LOW, HIGH, 443, 0x1B), "declared", False),
        (flow(HIGH, LOW, 40000, 0x1B, 443), "declared", True),
        # A service that the firewall lets by, seen from either end.
        (flow(LOW, HIGH, 22, 0x1B), "undeclared", False),
        (flow(HIGH, LOW, 40000, 0x1B, 22), "impossible", True),
        (flow(LOW, HIGH, 23, 0x1B), "impossible", False),
    ],
)
def test_what_a_flow_means(one: Seen, expected: Meaning, *, answer: bool) -> None:
    question = asked(permit(1, *tcp(443)), permit(2, *tcp(22)))
    (judged,) = Judge(question).judged([one])
    assert (judged.meaning, judged.answer) == (expected, answer)


def test_a_flow_is_possible_where_any_of_its_packets_is() -> None:
    rule = permit(1, *tcp(22), TcpFlagsMatch(mask=0x12, value=2))
    (judged,) = Judge(asked(rule)).judged([flow(LOW, HIGH, 22, 0x1B)])
    assert judged.meaning == "undeclared"
