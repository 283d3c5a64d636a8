"""What ``nft -j list ruleset`` says, as records; what is not modelled stays open."""

from typing import Any

import pytest

from nft_rulesets import (
    ACCEPT,
    DPORT,
    DROP,
    TCP,
    base,
    match,
    meta,
    named,
    payload,
    ports,
    rule,
    ruleset,
)
from ringfence.model.rules import (
    AddressMatch,
    Condition,
    FamilyMatch,
    IcmpMatch,
    InterfaceMatch,
    NumberRange,
    ProtocolMatch,
    StateMatch,
    TcpFlagsMatch,
    UnmodelledMatch,
)


def conditions(*statements: Any, family: str = "inet") -> list[tuple[Condition, ...]]:
    reading = ruleset(rule(*statements, ACCEPT), family=family)
    assert all(each.action == "accept" for each in base(reading).rules)
    return [each.conditions for each in base(reading).rules]


def address(side: str, *ranges: str, negated: bool = False) -> AddressMatch:
    return AddressMatch(side=side, ranges=ranges, negated=negated)


SADDR, DADDR6 = payload("ip", "saddr"), payload("ip6", "daddr")


PREFIX = {"prefix": {"addr": "10.0.0.0", "len": 8}}


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        (match(SADDR, "10.0.0.1"), (address("source", "10.0.0.1"),)),
        (match(SADDR, PREFIX, "!="), (address("source", "10.0.0.0/8", negated=True),)),
        (
            match(SADDR, {"range": ["10.0.0.1", "10.0.0.9"]}),
            (address("source", "10.0.0.1-10.0.0.9"),),
        ),
        (
            match(SADDR, {"set": [PREFIX, {"elem": {"val": "192.0.2.1", "comment": "x"}}]}),
            (address("source", "10.0.0.0/8", "192.0.2.1"),),
        ),
        (
            match({"&": [SADDR, "255.255.0.0"]}, "10.9.0.0"),
            (address("source", "10.9.0.0/16"),),
        ),
        (match(DADDR6, "fd00::1"), (address("destination", "fd00::1"),)),
        (match(meta("l4proto"), "tcp"), (TCP,)),
        (match(meta("l4proto"), 6), (TCP,)),
        (
            match(meta("l4proto"), {"set": ["tcp", "udp"]}, "!="),
            (ProtocolMatch(protocols=(6, 17), negated=True),),
        ),
        (
            match(payload("ip", "protocol"), "icmp"),
            (FamilyMatch(family=4), ProtocolMatch(protocols=(1,))),
        ),
        (match(meta("nfproto"), "ipv6"), (FamilyMatch(family=6),)),
        (match(meta("nfproto"), "ipv6", "!="), (FamilyMatch(family=4),)),
        (match(meta("protocol"), {"set": ["ip", "ip6"]}), ()),
        (match(DPORT, 22), (TCP, ports((22, 22)))),
        (match(DPORT, {"set": [22, {"range": [80, 90]}]}), (TCP, ports((22, 22), (80, 90)))),
        (match(DPORT, 22, "!="), (TCP, ports((22, 22), negated=True))),
        (match(DPORT, 1024, ">="), (TCP, ports((1024, 65535)))),
        (match(DPORT, 1024, "<"), (TCP, ports((0, 1023)))),
        (match(DPORT, 1024, ">"), (TCP, ports((1025, 65535)))),
        (
            match(payload("udp", "sport"), 53),
            (ProtocolMatch(protocols=(17,)), ports((53, 53), side="source")),
        ),
        (
            match(meta("iifname"), {"set": ["eth*", "lo"]}),
            (InterfaceMatch(direction="in", names=("eth*", "lo")),),
        ),
        (
            match(meta("oif"), "wan", "!="),
            (InterfaceMatch(direction="out", names=("wan",), negated=True),),
        ),
        (match({"ct": {"key": "state"}}, "new", "in"), (StateMatch(states=("new",)),)),
        (
            match({"ct": {"key": "state"}}, ["established", "related"], "in"),
            (StateMatch(states=("established", "related")),),
        ),
        (
            match({"ct": {"key": "state"}}, "invalid", "!="),
            (StateMatch(states=("invalid",), negated=True),),
        ),
    ],
)
def test_matches_that_are_modelled(
    statement: dict[str, Any], expected: tuple[Condition, ...]
) -> None:
    assert conditions(statement) == [expected]


@pytest.mark.parametrize(
    ("family", "statement", "expected"),
    [
        (
            "ip",
            match(payload("icmp", "type"), "echo-request"),
            IcmpMatch(family=4, types=(NumberRange(8, 8),)),
        ),
        (
            "ip",
            match(payload("icmp", "code"), "host-unreachable"),
            IcmpMatch(family=4, types=(NumberRange(0, 255),), codes=(NumberRange(1, 1),)),
        ),
        (
            "ip6",
            match(payload("icmpv6", "type"), {"set": ["echo-request", 129]}, "!="),
            IcmpMatch(family=6, types=(NumberRange(128, 128), NumberRange(129, 129)), negated=True),
        ),
    ],
)
def test_icmp(family: str, statement: dict[str, Any], expected: IcmpMatch) -> None:
    assert conditions(statement, family=family) == [(expected,)]


FLAGS = payload("tcp", "flags")


MASKED = {"&": [FLAGS, ["fin", "syn", "rst", "ack"]]}


OPEN_BITS = UnmodelledMatch(text="tcp flags ecn, cwr")


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        (match(FLAGS, "syn", "in"), (TCP, TcpFlagsMatch(mask=2, value=0, negated=True))),
        (match(FLAGS, ["syn", "ack"], "in"), (TCP, TcpFlagsMatch(mask=18, value=0, negated=True))),
        (match(MASKED, "syn"), (TCP, TcpFlagsMatch(mask=23, value=2))),
        (match(MASKED, "syn", "!="), (TCP, TcpFlagsMatch(mask=23, value=2, negated=True))),
        (match(MASKED, 0, "!="), (TCP, TcpFlagsMatch(mask=23, value=0, negated=True))),
        (match({"&": [FLAGS, {"|": ["syn", "ack"]}]}, 18), (TCP, TcpFlagsMatch(mask=18, value=18))),
        (match(FLAGS, "syn"), (TCP, TcpFlagsMatch(mask=63, value=2), OPEN_BITS)),
        (match(FLAGS, "syn", "!="), (TCP, OPEN_BITS)),
        (match({"&": [FLAGS, "syn"]}, "ack"), (TCP, TcpFlagsMatch(mask=0, value=1))),
        (match({"&": [FLAGS, "syn"]}, "ack", "!="), (TCP,)),
    ],
)
def test_tcp_flags(statement: dict[str, Any], expected: tuple[Condition, ...]) -> None:
    assert conditions(statement) == [expected]


NFPROTO = UnmodelledMatch(text="meta nfproto")


@pytest.mark.parametrize(
    ("kind", "family", "expected"),
    [
        # A listing leaves the family out where the type of the answer tells it …
        ("icmp", "inet", (FamilyMatch(family=4),)),
        ("icmpv6", "inet", (FamilyMatch(family=6),)),
        ("icmpx", "inet", ()),
        # … and where it does not.
        ("tcp reset", "inet", (NFPROTO, TCP)),
        (None, "inet", (NFPROTO,)),
        ("icmp", "ip", ()),
        ("tcp reset", "ip6", ()),
    ],
)
def test_reject_may_be_of_one_family(
    kind: str | None, family: str, expected: tuple[Condition, ...]
) -> None:
    value = None if kind is None else {"type": kind}
    (found,) = base(ruleset(rule({"reject": value}), family=family)).rules
    assert (found.action, found.conditions) == ("reject", expected)


def test_a_family_told_elsewhere_holds_for_reject() -> None:
    statements = match(SADDR, "10.0.0.1"), {"reject": {"type": "tcp reset"}}
    (found,) = base(ruleset(rule(*statements))).rules
    assert found.conditions == (address("source", "10.0.0.1"), TCP)


def test_icmp_of_one_family_may_match_in_packets_of_the_other() -> None:
    ping = match(payload("icmp", "type"), "echo-request")
    exact = (IcmpMatch(family=4, types=(NumberRange(8, 8),)),)
    other = (FamilyMatch(family=6), ProtocolMatch(protocols=(1,)))
    assert conditions(ping) == [exact, (*other, UnmodelledMatch(text="icmp type"))]
    assert conditions(ping, family="ip") == [exact]
    only_4 = match(meta("nfproto"), "ipv4")
    assert conditions(only_4, ping) == [(FamilyMatch(family=4), *exact)]


def test_a_set_of_flag_values_is_one_rule_for_each() -> None:
    values = {"set": [{"|": ["syn", "ack"]}, "syn"]}
    assert conditions(match(MASKED, values)) == [
        (TCP, TcpFlagsMatch(mask=23, value=18)),
        (TCP, TcpFlagsMatch(mask=23, value=2)),
    ]


@pytest.mark.parametrize(
    ("statement", "certain"),
    [
        (match(meta("mark"), 16), ()),
        (match({"ct": {"key": "status"}}, "dnat", "in"), ()),
        (match({"ct": {"key": "state"}}, ["new", "related"], "!="), ()),
        (match({"fib": {"result": "type", "flags": ["saddr"]}}, "local"), ()),
        (match(payload("ip", "ttl"), 5), (FamilyMatch(family=4),)),
        (match(SADDR, "@nowhere"), (FamilyMatch(family=4),)),
        (match(SADDR, "db.example"), (FamilyMatch(family=4),)),
        (match({"&": [SADDR, "255.0.255.0"]}, "10.0.9.0"), (FamilyMatch(family=4),)),
        (match(payload("udp", "length"), 5), (ProtocolMatch(protocols=(17,)),)),
        (match(payload("ether", "saddr"), "00:00:00:00:00:01"), ()),
        (match(payload("th", "dport"), 53), ()),
        (match(meta("iifname"), "a\\*"), ()),
        (match(meta("iif"), 7), ()),
        (match(meta("nfproto"), {"set": ["ipv4", "ipv6"]}, "!="), ()),
        (match(DPORT, "https"), (TCP,)),
        (match(DPORT, 70000), (TCP,)),
        (match(DPORT, {"range": [90, 80]}), (TCP,)),
        (match({"exthdr": {"name": "hbh"}}, True), ()),
        (match(payload("ip6", "nexthdr"), "frag"), (FamilyMatch(family=6),)),
        (match(payload("ip6", "nexthdr"), "tcp", "!="), (FamilyMatch(family=6),)),
        ({"limit": {"rate": 5, "per": "second"}}, ()),
        ({"quota": {"val": 25, "inv": True}}, ()),
        ({"ct count": {"val": 5}}, ()),
        ({"xt": {"type": "match", "name": "string"}}, ()),
        ({"match": {"op": "=="}}, ()),
    ],
)
def test_matches_that_are_not_modelled_are_open(
    statement: dict[str, Any], certain: tuple[Condition, ...]
) -> None:
    (found,) = conditions(statement)
    assert found[:-1] == certain
    assert isinstance(found[-1], UnmodelledMatch)
    assert found[-1].text


def test_a_first_header_tells_the_protocol_only_without_extension_headers() -> None:
    (found,) = conditions(match(payload("ip6", "nexthdr"), "tcp"))
    assert found[:2] == (FamilyMatch(family=6), TCP)
    assert isinstance(found[2], UnmodelledMatch)


def test_ports_of_any_transport_need_a_protocol_that_has_them() -> None:
    th = match(payload("th", "dport"), 53)
    both = ProtocolMatch(protocols=(6, 17))
    protocols = match(meta("l4proto"), {"set": ["tcp", "udp"]})
    assert conditions(protocols, th) == [(both, ports((53, 53)))]
    with_icmp = match(meta("l4proto"), {"set": ["tcp", "icmp"]})
    assert isinstance(conditions(with_icmp, th)[0][-1], UnmodelledMatch)


def test_a_named_set_is_its_elements() -> None:
    reading = ruleset(named("bad", [PREFIX]), rule(match(SADDR, "@bad"), ACCEPT))
    assert base(reading).rules[0].conditions == (address("source", "10.0.0.0/8"),)


@pytest.mark.parametrize(
    "set_",
    [
        named("bad", ["10.0.0.1"], flags=["timeout"]),
        named("bad", ["10.0.0.1"], flags="dynamic"),
        named("bad", ["10.0.0.1"], timeout=60),
        named("bad", [{"elem": {"val": "10.0.0.1", "expires": 5}}]),
        named("bad", ["*"]),
    ],
)
def test_a_set_whose_elements_come_and_go_is_open(set_: dict[str, Any]) -> None:
    reading = ruleset(set_, rule(match(SADDR, "@bad"), ACCEPT))
    assert isinstance(base(reading).rules[0].conditions[-1], UnmodelledMatch)


def test_a_set_that_packets_fill_is_open() -> None:
    fills = {"set": {"op": "add", "elem": SADDR, "set": "@bad"}}
    reading = ruleset(
        named("bad", ["10.0.0.1"]), rule(fills, chain="other"), rule(match(SADDR, "@bad"), DROP)
    )
    assert isinstance(base(reading).rules[0].conditions[-1], UnmodelledMatch)


def test_an_empty_set_never_matches_and_its_negation_always() -> None:
    reading = ruleset(
        named("none", None),
        rule(match(SADDR, "@none"), ACCEPT),
        rule(match(SADDR, "@none", "!="), DROP),
    )
    (only,) = base(reading).rules
    assert (only.number, only.action, only.conditions) == (2, "drop", (FamilyMatch(family=4),))


PAIR = {"concat": [SADDR, DPORT]}


def test_a_concatenation_is_one_rule_for_each_element() -> None:
    elements = [{"concat": ["10.0.0.1", 22]}, {"concat": [PREFIX, {"range": [80, 90]}]}]
    assert conditions(match(PAIR, {"set": elements})) == [
        (address("source", "10.0.0.1"), TCP, ports((22, 22))),
        (address("source", "10.0.0.0/8"), TCP, ports((80, 90))),
    ]


def test_a_negated_concatenation_is_open() -> None:
    (found,) = conditions(match(PAIR, {"concat": ["10.0.0.1", 22]}, "!="))
    assert isinstance(found[-1], UnmodelledMatch)


def test_a_concatenation_with_too_many_elements_is_open() -> None:
    many = [{"concat": [f"10.{n // 250}.{n % 250}.1", 22]} for n in range(5000)]
    (found,) = conditions(match(PAIR, {"set": many}))
    assert isinstance(found[-1], UnmodelledMatch)
