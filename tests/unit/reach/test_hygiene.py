"""Faults of single rules, each with the rules that cause it."""

from ringfence.model.facts import NotRead
from ringfence.model.rules import (
    AddressMatch,
    Chain,
    Condition,
    Device,
    InterfaceMatch,
    ProtocolMatch,
    Rule,
    UnmodelledMatch,
)
from ringfence.reach.hygiene import rule_findings

NETWORK = AddressMatch(side="source", ranges=("10.0.0.0/8",))
SERVER = AddressMatch(side="source", ranges=("10.1.2.3",))
TCP = ProtocolMatch(protocols=(6,))
UDP = ProtocolMatch(protocols=(17,))
UNKNOWN = UnmodelledMatch(text="at night")


def accept(*conditions: Condition) -> Rule:
    return Rule(number=0, text="", conditions=conditions, action="accept")


def drop(*conditions: Condition) -> Rule:
    return Rule(number=0, text="", conditions=conditions, action="drop")


def found(*rules: Rule) -> list[tuple[int, str, tuple[int, ...]]]:
    """The faults in a chain that drops what no rule matches."""
    numbered = tuple(
        Rule(number=number, text="", conditions=rule.conditions, action=rule.action)
        for number, rule in enumerate(rules, 1)
    )
    chain = Chain(id="f", name="f", rules=numbered, hook="forward", policy="drop")
    device = Device(id="fw", name="fw", chains=(chain,))
    return [(one.rule.number, one.fault, one.causes) for one in rule_findings(device)]


def test_a_rule_behind_a_wider_one_that_decides_otherwise_is_shadowed() -> None:
    assert found(drop(NETWORK), accept(SERVER), accept(TCP)) == [
        (2, "shadowed", (1,)),
        (3, "contradictory", (1,)),
    ]


def test_a_rule_is_redundant_by_earlier_and_by_later_ones() -> None:
    assert found(accept(NETWORK), accept(SERVER)) == [(2, "redundant", (1,))]
    assert found(accept(SERVER), accept(NETWORK)) == [(1, "redundant", (2,))]
    assert found(accept(SERVER), drop(TCP)) == [(2, "redundant", ())]


def test_a_rule_whose_conditions_exclude_each_other_is_never_hit() -> None:
    assert found(accept(TCP, UDP)) == [(1, "never-hit", ())]


def test_a_rule_that_may_not_match_shadows_nothing() -> None:
    assert found(drop(NETWORK, UNKNOWN), accept(SERVER)) == []


def test_rules_of_other_interfaces_do_not_shadow_each_other() -> None:
    inside = InterfaceMatch(direction="in", names=("eth0",))
    outside = InterfaceMatch(direction="in", names=("eth1",))
    assert found(drop(inside), accept(outside)) == [(1, "redundant", ())]
    assert found(drop(inside), accept(inside), accept(outside)) == [(2, "shadowed", (1,))]


def test_rules_that_were_not_read_have_no_findings() -> None:
    device = Device(id="fw", name="fw", chains=NotRead(reason="not-collected"))
    assert list(rule_findings(device)) == []
