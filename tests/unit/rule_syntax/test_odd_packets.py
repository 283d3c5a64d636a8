"""What begins no connection may be invalid: a rule on new packets need not stop it."""

import pytest

from nft_rulesets import ACCEPT, DROP, base, match, rule, ruleset
from ringfence.model.packet import ICMP, TCP, UDP, Header
from ringfence.model.rules import Rule, StateMatch, UnmodelledMatch
from ringfence.replay.packet import Spans
from ringfence.replay.rules import Passage, condition_holds

SYN, RESET, ACK, FIN_ACK, SYN_ACK = 2, 4, 16, 17, 18


def rules(states: list[str], *statements: object, operator: str = "in") -> tuple[Rule, ...]:
    state = match({"ct": {"key": "state"}}, states, operator)
    return base(ruleset(rule(state, *statements))).rules


def packet(flags: int) -> Header:
    return Header(
        source="10.0.0.1",
        destination="10.0.0.2",
        protocol=TCP,
        source_port=1,
        destination_port=2,
        tcp_flags=flags,
    )


UDP_PACKET = Header(
    source="10.0.0.1", destination="10.0.0.2", protocol=UDP, source_port=1, destination_port=2
)


def icmp(kind: int) -> Header:
    return Header(
        source="10.0.0.1", destination="10.0.0.2", protocol=ICMP, icmp_type=kind, icmp_code=0
    )


def met(found: tuple[Rule, ...], header: Header, *, answers: bool = False) -> bool | None:
    """Whether any of the rules matches: for certain, perhaps (``None``), or not."""
    spans = Spans()
    passage = Passage(spans.packet(header), "eth0", "eth1", answers=answers)
    said = []
    for one in found:
        holds = [condition_holds(each, passage, spans) for each in one.conditions]
        said.append(False if False in holds else (None if None in holds else True))
    return True if True in said else (None if None in said else False)


@pytest.mark.parametrize(
    "header", [packet(SYN), packet(ACK), packet(SYN | 32), UDP_PACKET, icmp(8)]
)
def test_what_begins_is_met_by_a_rule_on_new_packets(header: Header) -> None:
    assert met(rules(["new"], DROP), header) is True
    assert met(rules(["new"], DROP), header, answers=True) is False


@pytest.mark.parametrize("header", [*map(packet, (SYN_ACK, RESET, FIN_ACK, 0)), icmp(0), icmp(3)])
def test_what_begins_nothing_may_slip_past_a_drop(header: Header) -> None:
    assert met(rules(["new"], DROP), header) is None
    assert met(rules(["new", "untracked"], DROP), header) is None
    assert met(rules(["new"], {"jump": {"target": "other"}}), header) is None
    assert met(rules(["new", "invalid"], DROP), header) is True


@pytest.mark.parametrize("header", [*map(packet, (SYN_ACK, RESET, FIN_ACK, 0)), icmp(0), icmp(3)])
def test_what_begins_nothing_may_be_accepted_as_not_new(header: Header) -> None:
    assert met(rules(["new"], ACCEPT, operator="!="), header) is None
    assert met(rules(["established", "invalid"], ACCEPT), header) is None
    assert met(rules(["established", "related"], ACCEPT), header) is False


def test_an_answer_is_met_as_before() -> None:
    answer = packet(SYN_ACK)
    assert met(rules(["new", "established"], DROP), answer, answers=True) is True
    assert met(rules(["established", "invalid"], ACCEPT), answer, answers=True) is True
    assert met(rules(["new"], ACCEPT, operator="!="), answer, answers=True) is True


@pytest.mark.parametrize(
    ("states", "verdict"),
    [
        (["new"], ACCEPT),
        (["established", "related"], ACCEPT),
        (["invalid"], DROP),
        (["new", "invalid", "untracked"], DROP),
    ],
)
def test_rules_that_could_let_nothing_more_by_stay_as_they_are(
    states: list[str], verdict: object
) -> None:
    (only,) = rules(states, verdict)
    assert not any(isinstance(each, UnmodelledMatch) for each in only.conditions)
    assert any(isinstance(each, StateMatch) for each in only.conditions)
