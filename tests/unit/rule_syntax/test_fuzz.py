"""Whatever a file holds, it is read or refused in a sentence: never a traceback."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ringfence.foundation.discovery import find_parts
from ringfence.foundation.errors import SourceError
from ringfence.model.facts import plain
from ringfence.model.inventory import Inventory
from ringfence.model.packet import Header
from ringfence.model.rules import Device
from ringfence.model.snapshot import ReadingSource, Snapshot
from ringfence.replay.interpreter import Interpreter
from ringfence.replay.wiring import WiredInterface, Wiring
from ringfence.sources import rule_syntax
from ringfence.sources.rule_syntax import iptables, linux_addresses, linux_settings, nftables
from ringfence.sources.rule_syntax.nft_text import rule_text
from ringfence.sources.rule_syntax.syntax import Reading, RuleSyntax
from ringfence.sources.rule_syntax.words import words_of

SYNTAXES = find_parts(rule_syntax, "SYNTAX", RuleSyntax, "ringfence.rule_syntax")
PUBLISHED = Path(__file__).parents[2] / "data" / "iptables" / "synology" / "iptables-save"


def read(syntax: RuleSyntax, text: str) -> Reading | None:
    syntax.recognises(text)
    reading, refusal = None, ""
    try:
        reading = syntax.read(text, "file")
    except SourceError as error:
        refusal = str(error)
    if reading is None:
        assert refusal
        return None
    # It can be written into a snapshot, and a packet can meet it.
    plain([*reading.chains, *reading.routes, *(reading.interfaces or ())])
    meet(reading)
    return reading


def meet(reading: Reading) -> None:
    device = Device(
        id="fw",
        name="fw",
        chains=reading.chains,
        routes=reading.routes,
        interfaces=reading.interfaces or (),
    )
    wired = (WiredInterface("fw", "eth0", zone="a"), WiredInterface("fw", "eth1", zone="b"))
    snapshot = Snapshot(sources=(ReadingSource(kind="t", name="t"),), devices=(device,))
    for bound in ("lower", "upper"):
        wiring = Wiring((), wired, ("a", "b"))
        interpreter = Interpreter(Inventory(snapshot), wiring, bound)
        for header in (
            Header(
                source="10.0.0.1",
                destination="10.1.0.1",
                protocol=6,
                source_port=1,
                destination_port=22,
                tcp_flags=2,
            ),
            Header(source="fd00::1", destination="fd00::2", protocol=58, icmp_type=1, icmp_code=0),
        ):
            for delivery in interpreter.deliveries("external:a", header):
                assert delivery.path


def test_every_syntax_is_found() -> None:
    names = [syntax.name for syntax in SYNTAXES]
    assert names == [
        "asa",
        "ipsets",
        "iptables",
        "linux-addresses",
        "linux-settings",
        "nftables-listing",
        "nftables",
        "pf-config",
    ]


@pytest.mark.parametrize("syntax", SYNTAXES, ids=lambda syntax: syntax.name)
@given(text=st.text())
@example(text="\ufeff")
@example(text='{"nftables": [{"rule": {"family": "\ud800"}}]}')
def test_any_text(syntax: RuleSyntax, text: str) -> None:
    read(syntax, text)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4)
    ),
    max_leaves=20,
)


@pytest.mark.parametrize("syntax", [nftables.SYNTAX, linux_addresses.SYNTAX], ids=lambda s: s.name)
@given(content=JSON)
def test_any_json(syntax: RuleSyntax, content: Any) -> None:
    read(syntax, json.dumps(content))


# Pieces of rules, right and wrong, put together at random.
LEAVES = st.sampled_from(
    [
        None, True, 5, -1, 70000, "tcp", "@set", "10.0.0.1", "fd00::1", "*", "eth*", "new", "syn",
        {"payload": {"protocol": "ip", "field": "saddr"}},
        {"payload": {"protocol": "tcp", "field": "dport"}},
        {"payload": {"protocol": "tcp", "field": "flags"}},
        {"payload": {"protocol": "th", "field": "dport"}},
        {"payload": {"protocol": "icmpv6", "field": "type"}},
        {"payload": {"protocol": "ip6", "field": "nexthdr"}},
        {"meta": {"key": "l4proto"}}, {"meta": {"key": "iifname"}}, {"meta": "nfproto"},
        {"ct": {"key": "state"}}, {"prefix": {"addr": "10.0.0.0", "len": 8}},
        {"range": [1, 5]}, {"range": ["10.0.0.9", "10.0.0.1"]}, {"payload": 5}, {"meta": 5},
    ]
)  # fmt: skip
EXPRESSIONS = st.recursive(
    LEAVES,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.builds(
            lambda word, parts: {word: parts},
            st.sampled_from(["set", "concat", "&", "|", "elem", "range", "prefix", "payload"]),
            st.lists(inner, max_size=3) | inner,
        )
        | st.builds(lambda value: {"elem": {"val": value, "counter": {}}}, inner)
    ),
    max_leaves=6,
)
TARGET = st.sampled_from([{"target": "base"}, {"target": "other"}, {"target": 5}, None])
VERDICTS = st.sampled_from(["accept", "drop", "return", "continue", "reject"]).map(
    lambda word: {word: None}
) | st.builds(lambda word, to: {word: to}, st.sampled_from(["jump", "goto"]), TARGET)
STATEMENTS = st.one_of(
    VERDICTS,
    EXPRESSIONS,
    st.builds(
        lambda operator, left, right: {"match": {"op": operator, "left": left, "right": right}},
        st.sampled_from(["==", "!=", "in", "<", ">=", "!", "~", 5]),
        EXPRESSIONS,
        EXPRESSIONS,
    ),
    st.builds(
        lambda key, items: {"vmap": {"key": key, "data": {"set": items}}},
        EXPRESSIONS,
        st.lists(st.tuples(EXPRESSIONS, VERDICTS).map(list) | EXPRESSIONS, max_size=3),
    ),
    st.builds(
        lambda word, value: {word: value},
        st.sampled_from(
            ["log", "limit", "mangle", "xt", "dnat", "set", "counter", "vmap", "match"]
        ),
        EXPRESSIONS,
    ),
)
CHAIN = {"family": "inet", "table": "t"}


@given(rules=st.lists(st.lists(STATEMENTS, max_size=4), max_size=4), elements=st.lists(EXPRESSIONS))
def test_any_rules_of_nftables(rules: list[list[Any]], elements: list[Any]) -> None:
    objects: list[Any] = [
        {"chain": CHAIN | {"name": "base", "hook": "forward", "prio": 0, "policy": "drop"}},
        {"chain": CHAIN | {"name": "other"}},
        {"set": CHAIN | {"name": "set", "elem": elements}},
        *({"rule": CHAIN | {"chain": "base", "expr": statements}} for statements in rules),
    ]
    for statements in rules:
        rule_text(statements)
    read(nftables.SYNTAX, json.dumps({"nftables": objects}))


WORDS_OF_RULES = (
    "-s -d -p -i -o -f -m -j -g ! 10.0.0.0/8 fd00::/8 tcp all eth+ tcp udp icmp multiport state "
    "conntrack iprange limit comment --dport --sports --ports 22 1:5 x,y --tcp-flags SYN,ACK SYN "
    "--syn --icmp-type 8 3/1 any --state NEW --ctstate --src-range 10.0.0.1-10.0.0.9 ACCEPT DROP "
    'RETURN LOG other FORWARD DNAT CT --notrack "quoted -j DROP" " \\" -- - 10.0.0.0/255.0.255.0 '
    "10.0.0.0/99999999999 --comment -A -4"
)
WORDS = st.sampled_from(WORDS_OF_RULES.split(" "))


@given(lines=st.lists(st.lists(WORDS, max_size=9).map(" ".join), max_size=5), v6=st.booleans())
def test_any_rules_of_iptables(lines: list[str], v6: bool) -> None:
    program = "ip6tables-save" if v6 else "iptables-save"
    head = f"# Generated by {program}\n*filter\n:FORWARD DROP [0:0]\n:other - [0:0]\n"
    rules = "".join(f"-A FORWARD {line}\n" for line in lines)
    read(iptables.SYNTAX, f"{head}{rules}COMMIT\n")


@given(data=st.data())
def test_a_real_file_with_a_piece_changed(data: st.DataObject) -> None:
    text = PUBLISHED.read_text()
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, min(start + 40, len(text))))
    read(iptables.SYNTAX, text[:start] + data.draw(st.text(max_size=20)) + text[end:])


ADDRESS = st.sampled_from(["10.0.0.0/8", "10.0.0.1", "default", "fd00::/8", "x", "::", 5, None])
ENTRY = st.fixed_dictionaries(
    {},
    optional={
        "dst": ADDRESS,
        "dev": st.sampled_from(["eth0", "eth1", None, 5]),
        "gateway": ADDRESS,
        "metric": st.integers() | st.none(),
        "type": st.sampled_from(["blackhole", "unicast", "local", "odd"]),
        "table": st.sampled_from(["main", "local", "100", 254, None]),
        "flags": st.lists(st.sampled_from(["dead", "UP", 5]), max_size=2),
        "nexthops": st.lists(st.just({"dev": "eth1"}) | st.just({"gateway": "x"}), max_size=2),
        "ifname": st.sampled_from(["eth0", "eth1", "", 5]),
        "addr_info": st.lists(
            st.fixed_dictionaries({"local": ADDRESS, "prefixlen": st.integers()})
        ),
        "priority": st.integers(),
        "src": ADDRESS,
    },
)


@given(entries=st.lists(ENTRY, max_size=4))
def test_any_addresses_and_routes(entries: list[dict[str, Any]]) -> None:
    read(linux_addresses.SYNTAX, json.dumps(entries))


@given(values=st.lists(st.sampled_from(["0", "1", "2", "x", ""]), min_size=1, max_size=3))
def test_any_settings(values: list[str]) -> None:
    text = "\n".join(f"net.ipv4.ip_forward = {value}" for value in values)
    read(linux_settings.SYNTAX, text)


@given(
    words=st.lists(st.text(st.characters(exclude_categories=["Cs", "Zl", "Zp", "Cc"])), max_size=5)
)
def test_quoted_words_come_back(words: list[str]) -> None:
    quoted = [word.replace("\\", "\\\\").replace('"', '\\"') for word in words]
    found = words_of(" ".join(f'"{word}"' for word in quoted))
    assert found is not None
    assert [word.text for word in found] == words
