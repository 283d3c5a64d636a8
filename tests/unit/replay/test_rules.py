"""Chains walked by one packet: the first rule that matches decides, and what is open stays open."""

import pytest

from ringfence.model.packet import Header
from ringfence.model.rules import (
    AddressMatch,
    Chain,
    Condition,
    FamilyMatch,
    IcmpMatch,
    InterfaceMatch,
    NumberRange,
    PortMatch,
    ProtocolMatch,
    Rule,
    StateMatch,
    TcpFlagsMatch,
    UnmodelledMatch,
)
from ringfence.replay.packet import Spans, packet_of
from ringfence.replay.rules import ChainWalk, Passage, condition_holds

SSH = Header(
    source="10.0.0.1",
    destination="10.0.1.1",
    protocol=6,
    source_port=1024,
    destination_port=22,
    tcp_flags=2,
)
PING = Header(source="10.0.0.1", destination="10.0.1.1", protocol=1, icmp_type=8, icmp_code=0)
PING_6 = Header(source="fd00::1", destination="fd00::2", protocol=58, icmp_type=128, icmp_code=0)
GRE = Header(source="10.0.0.1", destination="10.0.1.1", protocol=47)
OPEN = UnmodelledMatch(text="limit rate 5/second")


def holds(
    condition: Condition, header: Header = SSH, out: str | None = "wan", into: str | None = "lan"
) -> bool | None:
    return condition_holds(condition, Passage(packet_of(header), into, out), Spans())


def ports(*ranges: tuple[int, int], side: str = "destination", negated: bool = False) -> PortMatch:
    found = tuple(NumberRange(first, last) for first, last in ranges)
    return PortMatch(side=side, ranges=found, negated=negated)


@pytest.mark.parametrize(
    ("ranges", "negated", "expected"),
    [
        (("10.0.0.0/8",), False, True),
        (("10.0.0.0/8",), True, False),
        (("10.0.0.2-10.0.0.9",), False, False),
        (("10.0.0.1-10.0.0.9",), False, True),
        (("10.0.0.1",), False, True),
        (("192.0.2.0/24", "10.0.0.0/24"), False, True),
        (("192.0.2.0/24", "198.51.100.0/24"), True, True),
        # A range of the other family holds no address of this one, also where it is negated.
        (("fd00::/8",), False, False),
        (("fd00::/8",), True, False),
        (("fd00::/8", "192.0.2.0/24"), True, True),
        ((), False, False),
        ((), True, False),
    ],
)
def test_source_addresses(ranges: tuple[str, ...], negated: bool, expected: bool) -> None:
    assert holds(AddressMatch(side="source", ranges=ranges, negated=negated)) is expected


@pytest.mark.parametrize(
    ("condition", "header", "expected"),
    [
        (AddressMatch(side="destination", ranges=("10.0.1.0/24",)), SSH, True),
        (FamilyMatch(family=4), SSH, True),
        (FamilyMatch(family=4), PING_6, False),
        (ProtocolMatch(protocols=(6, 17)), SSH, True),
        (ProtocolMatch(protocols=(6, 17), negated=True), SSH, False),
        (ProtocolMatch(protocols=(6, 17), negated=True), GRE, True),
        (ports((20, 22)), SSH, True),
        (ports((23, 80)), SSH, False),
        (ports((23, 80), negated=True), SSH, True),
        (ports((1024, 1024), side="source"), SSH, True),
        (ports((0, 65535)), PING, False),
        (ports((23, 80), negated=True), PING, False),
        (IcmpMatch(family=4, types=(NumberRange(8, 8),)), PING, True),
        (IcmpMatch(family=4, types=(NumberRange(8, 8),), negated=True), PING, False),
        (IcmpMatch(family=4, types=(NumberRange(0, 7),), negated=True), PING, True),
        (IcmpMatch(family=4, types=(NumberRange(0, 7),), negated=True), SSH, False),
        (
            IcmpMatch(family=4, types=(NumberRange(8, 8),), codes=(NumberRange(1, 9),)),
            PING,
            False,
        ),
        (IcmpMatch(family=6, types=(NumberRange(128, 129),)), PING_6, True),
        (IcmpMatch(family=6, types=(NumberRange(0, 255),)), PING, False),
        (TcpFlagsMatch(mask=23, value=2), SSH, True),
        (TcpFlagsMatch(mask=18, value=18), SSH, False),
        (TcpFlagsMatch(mask=18, value=18, negated=True), SSH, True),
        (TcpFlagsMatch(mask=18, value=18, negated=True), PING, False),
        (StateMatch(states=("new", "invalid")), SSH, True),
        (StateMatch(states=("established",)), SSH, False),
        (StateMatch(states=("established",), negated=True), SSH, True),
        (OPEN, SSH, None),
    ],
)
def test_conditions(condition: Condition, header: Header, expected: bool | None) -> None:
    assert holds(condition, header) is expected


@pytest.mark.parametrize(
    ("direction", "names", "negated", "expected"),
    [
        ("in", ("lan",), False, True),
        ("in", ("la*", "x"), False, True),
        ("in", ("*",), False, True),
        ("in", ("la",), False, False),
        ("out", ("wan",), True, False),
        ("out", ("lan",), True, True),
    ],
)
def test_interfaces(direction: str, names: tuple[str, ...], negated: bool, expected: bool) -> None:
    match = InterfaceMatch(direction=direction, names=names, negated=negated)
    assert holds(match) is expected


def test_where_no_interface_is_known_only_a_negated_match_holds() -> None:
    match = InterfaceMatch(direction="out", names=("*",))
    assert holds(match, out=None) is False
    assert holds(InterfaceMatch(direction="out", names=("*",), negated=True), out=None) is True


def rule(action: str, *conditions: Condition, target: str | None = None, number: int = 1) -> Rule:
    return Rule(number=number, text=action, conditions=conditions, action=action, target=target)


def chain(name: str, *rules: Rule, policy: str = "accept", hook: str | None = None) -> Chain:
    return Chain(id=name, name=name, rules=rules, policy=policy, hook=hook)


def outcomes(base: Chain, *others: Chain) -> set[str]:
    chains = {each.id: each for each in (base, *others)}
    walk = ChainWalk(chains, Passage(packet_of(SSH), "lan", "wan"), Spans())
    return set(walk.base(base))


TELNET = ports((23, 23))


@pytest.mark.parametrize(
    ("rules", "policy", "expected"),
    [
        ((), "accept", {"accept"}),
        ((), "drop", {"drop"}),
        ((rule("drop", TELNET), rule("accept")), "drop", {"accept"}),
        ((rule("accept"), rule("drop")), "drop", {"accept"}),
        ((rule("reject"), rule("accept")), "accept", {"drop"}),
        ((rule("continue"), rule("drop")), "accept", {"drop"}),
        ((rule("return"), rule("drop")), "accept", {"accept"}),
        # Nothing is known of a limit, so either thing may happen, and the next rule may be met.
        ((rule("accept", OPEN), rule("drop")), "accept", {"accept", "drop"}),
        ((rule("drop", OPEN),), "accept", {"accept", "drop"}),
        ((rule("accept", OPEN),), "accept", {"accept"}),
        ((rule("accept", OPEN, TELNET), rule("drop")), "accept", {"drop"}),
        ((rule("unmodelled"),), "accept", {"accept", "drop"}),
        ((rule("unmodelled", TELNET),), "accept", {"accept"}),
        ((rule("return", OPEN), rule("drop")), "accept", {"accept", "drop"}),
        ((rule("jump", target="helper"), rule("drop")), "accept", {"accept", "drop"}),
        ((rule("goto", target="helper"), rule("drop")), "accept", {"accept", "drop"}),
    ],
)
def test_first_match_decides(rules: tuple[Rule, ...], policy: str, expected: set[str]) -> None:
    # The helper chain is missing: whatever a system makes of that is open.
    assert outcomes(chain("base", *rules, policy=policy)) == expected


@pytest.mark.parametrize(
    ("action", "helper", "expected"),
    [
        ("jump", (rule("accept"),), {"accept"}),
        ("jump", (rule("return"), rule("accept")), {"drop"}),
        ("jump", (), {"drop"}),
        ("jump", (rule("accept", TELNET),), {"drop"}),
        ("jump", (rule("accept", OPEN),), {"accept", "drop"}),
        ("jump", (rule("drop", OPEN), rule("accept")), {"drop", "accept"}),
        # After goto, the rules behind it are never met: the base chain's policy decides.
        ("goto", (), {"accept"}),
        ("goto", (rule("drop"),), {"drop"}),
        ("goto", (rule("return"),), {"accept"}),
    ],
)
def test_jump_comes_back_and_goto_does_not(
    action: str, helper: tuple[Rule, ...], expected: set[str]
) -> None:
    base = chain("base", rule(action, target="helper"), rule("drop"))
    assert outcomes(base, chain("helper", *helper)) == expected


def test_goto_inside_a_jump_returns_behind_the_jump() -> None:
    base = chain("base", rule("jump", target="first"), rule("drop", number=2))
    first = chain("first", rule("goto", target="second"), rule("accept", number=2))
    assert outcomes(base, first, chain("second")) == {"drop"}


def test_chains_that_call_themselves_may_do_anything() -> None:
    base = chain("base", rule("jump", target="a"), policy="drop")
    assert outcomes(base, chain("a", rule("jump", target="a"))) == {"accept", "drop"}


def test_the_deciding_rule_is_named() -> None:
    base = chain("base", rule("drop", TELNET), rule("jump", target="helper", number=2))
    helper = chain("helper", rule("accept", number=7))
    walk = ChainWalk({"helper": helper}, Passage(packet_of(SSH), "lan", "wan"), Spans())
    decision = walk.base(base)["accept"]
    assert (decision.chain, decision.number, decision.text) == ("helper", 7, "accept")


def test_a_policy_is_named_where_no_rule_decides() -> None:
    walk = ChainWalk({}, Passage(packet_of(SSH), "lan", "wan"), Spans())
    decision = walk.base(chain("base", policy="drop"))["drop"]
    assert (decision.chain, decision.number, decision.text) == ("base", 0, "policy drop")


def test_many_paths_through_the_same_chains_stay_cheap() -> None:
    # Each chain jumps twice to the next: 2 ** 200 paths, every chain walked once.
    chains = [
        chain(f"c{n}", rule("jump", target=f"c{n + 1}"), rule("jump", target=f"c{n + 1}"))
        for n in range(200)
    ]
    base = chain("base", rule("jump", target="c0"), rule("drop"))
    assert outcomes(base, *chains, chain("c200", rule("accept", OPEN))) == {"accept", "drop"}
