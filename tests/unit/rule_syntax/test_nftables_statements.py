"""Statements, verdict maps, chains and damaged files of nft's JSON."""

import json
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
from ringfence.foundation.errors import SourceError
from ringfence.model.rules import (
    UnmodelledMatch,
)
from ringfence.sources.rule_syntax.nftables import SYNTAX
from ringfence.sources.rule_syntax.syntax import BOTH


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
        ({"dnat": {"addr": {"map": {}}}}, "unmodelled"),
        ({"snat": {"addr": "10.0.0.5", "flags": "netmap"}}, "unmodelled"),
        ({"tproxy": {"port": 80}}, "unmodelled"),
        ({"something new": {}}, "unmodelled"),
        ({"xt": {"type": "target", "name": "MASQUERADE"}}, "unmodelled"),
        ({"xt": None}, "unmodelled"),
        ({"notrack": None}, "continue"),
        ({"ct helper": "ftp"}, "continue"),
        ({"dup": {"addr": "10.0.0.9"}}, "continue"),
        ({"mangle": {"key": payload("ip", "saddr"), "value": "10.0.0.1"}}, "continue"),
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
