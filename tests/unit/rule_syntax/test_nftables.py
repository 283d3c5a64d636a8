"""What ``nft -j list ruleset`` says, as records; what is not modelled stays open."""

import json
from typing import Any

import pytest

from ringfence.foundation.errors import SourceError
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
    StateMatch,
    TcpFlagsMatch,
    UnmodelledMatch,
)
from ringfence.sources.rule_syntax.nftables import SYNTAX
from ringfence.sources.rule_syntax.syntax import BOTH, Reading

ACCEPT = {"accept": None}
DROP = {"drop": None}
TCP = ProtocolMatch(protocols=(6,))


def payload(protocol: str, field: str) -> dict[str, Any]:
    return {"payload": {"protocol": protocol, "field": field}}


def match(left: Any, right: Any, operator: str = "==") -> dict[str, Any]:
    return {"match": {"op": operator, "left": left, "right": right}}


def meta(key: str) -> dict[str, Any]:
    return {"meta": {"key": key}}


def ruleset(*objects: dict[str, Any], family: str = "inet") -> Reading:
    """A table with chains ``base`` (forward) and ``other``, and the given objects."""
    place = {"family": family, "table": "t"}
    listed = [
        {"metainfo": {"version": "1.0.6", "json_schema_version": 1}},
        {"table": {"family": family, "name": "t", "handle": 1}},
        {
            "chain": place
            | {
                "name": "base",
                "handle": 1,
                "type": "filter",
                "hook": "forward",
                "prio": 0,
                "policy": "drop",
            }
        },
        {"chain": place | {"name": "other", "handle": 2}},
        *({kind: place | value} for each in objects for kind, value in each.items()),
    ]
    text = json.dumps({"nftables": listed})
    assert SYNTAX.recognises(text)
    return SYNTAX.read(text, "nft.json")


def rule(*statements: Any, chain: str = "base", **parts: Any) -> dict[str, Any]:
    return {"rule": {"chain": chain, "handle": 9, "expr": list(statements), **parts}}


def base(reading: Reading) -> Chain:
    return next(chain for chain in reading.chains if chain.name.endswith(" base"))


def conditions(*statements: Any, family: str = "inet") -> list[tuple[Condition, ...]]:
    reading = ruleset(rule(*statements, ACCEPT), family=family)
    assert all(each.action == "accept" for each in base(reading).rules)
    return [each.conditions for each in base(reading).rules]


def address(side: str, *ranges: str, negated: bool = False) -> AddressMatch:
    return AddressMatch(side=side, ranges=ranges, negated=negated)


def ports(*ranges: tuple[int, int], side: str = "destination", negated: bool = False) -> PortMatch:
    found = tuple(NumberRange(first, last) for first, last in ranges)
    return PortMatch(side=side, ranges=found, negated=negated)


SADDR, DADDR6 = payload("ip", "saddr"), payload("ip6", "daddr")
DPORT = payload("tcp", "dport")
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
            match({"ct": {"key": "state"}}, "new", "!="),
            (StateMatch(states=("new",), negated=True),),
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
        (match({"exthdr": {"name": "frag"}}, True), ()),
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


def named(name: str, elements: list[Any] | None, kind: str = "set", **parts: Any) -> dict[str, Any]:
    elem = {} if elements is None else {"elem": elements}
    return {kind: {"name": name, "type": "ipv4_addr", "handle": 3, **elem, **parts}}


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


@pytest.mark.parametrize(
    ("statement", "action"),
    [
        (ACCEPT, "accept"),
        (DROP, "drop"),
        ({"return": None}, "return"),
        ({"continue": None}, "continue"),
        ({"reject": {"type": "tcp reset"}}, "reject"),
        ({"reject": None}, "reject"),
        ({"counter": {"packets": 1, "bytes": 2}}, "continue"),
        ({"mangle": {"key": meta("mark"), "value": 1}}, "continue"),
        ({"mangle": {"key": payload("ip", "dscp"), "value": "cs1"}}, "continue"),
        ({"queue": {"num": 1}}, "unmodelled"),
    ],
)
def test_actions_without_a_note(statement: dict[str, Any], action: str) -> None:
    reading = ruleset(rule(statement))
    assert [each.action for each in base(reading).rules] == [action]
    assert reading.not_understood == ()


@pytest.mark.parametrize(
    ("statement", "action"),
    [
        ({"dnat": {"addr": "10.0.0.5"}}, "unmodelled"),
        ({"masquerade": None}, "unmodelled"),
        ({"redirect": {"port": 80}}, "unmodelled"),
        ({"tproxy": {"port": 80}}, "unmodelled"),
        ({"something new": {}}, "unmodelled"),
        ({"xt": {"type": "target", "name": "MASQUERADE"}}, "unmodelled"),
        ({"xt": None}, "unmodelled"),
        ({"notrack": None}, "continue"),
        ({"ct helper": "ftp"}, "continue"),
        ({"dup": {"addr": "10.0.0.9"}}, "continue"),
        ({"mangle": {"key": SADDR, "value": "10.0.0.1"}}, "continue"),
        ("accept", "unmodelled"),
        ({"jump": {"target": "gone"}}, "unmodelled"),
    ],
)
def test_actions_with_a_note(statement: Any, action: str) -> None:
    reading = ruleset(rule(statement))
    assert [each.action for each in base(reading).rules] == [action]
    (note,) = reading.not_understood
    assert note.text.startswith("inet t base: ")
    assert note.why


def test_what_cannot_be_met_is_not_noted() -> None:
    reading = ruleset(rule({"masquerade": None}, chain="other"))
    assert reading.not_understood == ()
    met = ruleset(rule({"masquerade": None}, chain="other"), rule({"jump": {"target": "other"}}))
    assert len(met.not_understood) == 1


def test_jumps_name_the_chain_s_id() -> None:
    reading = ruleset(rule({"goto": {"target": "other"}}), rule({"jump": {"target": "other"}}))
    found = [(each.action, each.target) for each in base(reading).rules]
    assert found == [("goto", "nft inet t other"), ("jump", "nft inet t other")]
    assert {chain.id for chain in reading.chains} == {"nft inet t base", "nft inet t other"}


def test_logging_and_comments_are_kept_and_counters_left_out() -> None:
    statements = [
        match(DPORT, 443),
        {"counter": {"packets": 7, "bytes": 8}},
        {"log": {"prefix": "in "}},
        ACCEPT,
    ]
    (found,) = base(ruleset(rule(*statements, comment="web"))).rules
    assert found.logged
    assert found.comment == "web"
    assert found.text == 'tcp dport 443 log prefix "in " accept comment "web"'


VMAP = {
    "vmap": {
        "key": DPORT,
        "data": {"set": [[22, {"jump": {"target": "other"}}], [80, ACCEPT], ["*", DROP]]},
    }
}


def test_a_verdict_map_is_a_rule_for_each_element_the_catch_all_last() -> None:
    found = base(ruleset(rule(VMAP))).rules
    assert [(each.number, each.action, each.conditions) for each in found] == [
        (1, "jump", (TCP, ports((22, 22)))),
        (1, "accept", (TCP, ports((80, 80)))),
        (1, "drop", ()),
    ]


def test_a_named_verdict_map_is_read_and_one_that_changes_is_open() -> None:
    key = {"vmap": {"key": DPORT, "data": "@m"}}
    fixed = ruleset(named("m", [[80, ACCEPT]], "map", map="verdict"), rule(key))
    assert [each.action for each in base(fixed).rules] == ["accept"]
    moving = named("m", [[80, ACCEPT]], "map", map="verdict", flags=["dynamic"])
    assert [each.action for each in base(ruleset(moving, rule(key))).rules] == ["unmodelled"]


def test_what_no_element_of_a_map_matches_goes_on_in_the_rule() -> None:
    only = {"vmap": {"key": DPORT, "data": {"set": [[80, ACCEPT]]}}}
    assert [each.action for each in base(ruleset(rule(only, DROP))).rules] == ["accept", "drop"]
    # Whoever comes back from a jump does not, but goes on with the next rule: that is left open.
    assert base(ruleset(rule(VMAP, DROP))).rules[0].action == "unmodelled"


@pytest.mark.parametrize(("family", "number"), [("inet", 0), ("ip", 4), ("ip6", 6)])
def test_the_family_of_a_table_is_that_of_its_chains(family: str, number: int) -> None:
    reading = ruleset(rule(ACCEPT), family=family)
    assert base(reading).family == number
    assert (base(reading).hook, base(reading).policy) == ("forward", "drop")
    assert reading.filtered == BOTH


@pytest.mark.parametrize("family", ["bridge", "netdev", "arp"])
def test_chains_on_frames_may_drop_anything(family: str) -> None:
    reading = ruleset(rule(DROP), family=family)
    (chain, _) = reading.chains
    assert chain.hook == "prerouting"
    assert [type(one) for one in chain.rules[0].conditions] == [UnmodelledMatch]
    assert chain.rules[0].action == "drop"
    assert len(reading.not_understood) == 1


def test_a_chain_on_frames_that_lets_all_pass_is_left_out() -> None:
    objects = [
        {"table": {"family": "bridge", "name": "t"}},
        {
            "chain": {
                "family": "bridge",
                "table": "t",
                "name": "c",
                "hook": "forward",
                "prio": 0,
                "policy": "accept",
            }
        },
    ]
    reading = SYNTAX.read(json.dumps({"nftables": objects}), "nft.json")
    assert reading.chains == ()
    assert reading.not_understood == ()


def test_a_dormant_table_does_nothing() -> None:
    objects = [
        {"table": {"family": "ip", "name": "t", "flags": "dormant"}},
        {
            "chain": {
                "family": "ip",
                "table": "t",
                "name": "c",
                "hook": "forward",
                "prio": 0,
                "policy": "drop",
            }
        },
    ]
    assert SYNTAX.read(json.dumps({"nftables": objects}), "nft.json").chains == ()


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('{"nftables": [', "nft.json, line 1: not the JSON"),
        ('{\n"nftables": [\n{"rule": }]}', "nft.json, line 3"),
        ('{"nftables": {}}', "found no list"),
        ('{"nftables": [5]}', "object 1 is not one named object"),
        ('{"nftables": [{"add": {"table": {}}}]}', "the command 'add'"),
        ('{"nftables": [{"chain": {"family": "ip"}}]}', "object 1, a chain"),
        ('{"nftables": [{"rule": {"family": "ip", "table": "t", "chain": 5}}]}', "object 1"),
        ('{"nftables": [' + "[" * 5000 + "]" * 5000 + "]}", "deeper"),
    ],
)
def test_damaged_files_are_refused_in_a_sentence(text: str, told: str) -> None:
    with pytest.raises(SourceError) as refused:
        SYNTAX.read(text, "nft.json")
    assert told in str(refused.value)
    assert refused.value.advice


def test_jumps_in_a_circle_are_refused() -> None:
    back = {"jump": {"target": "base"}}
    with pytest.raises(SourceError, match="circle"):
        ruleset(rule({"jump": {"target": "other"}}), rule(back, chain="other"))
