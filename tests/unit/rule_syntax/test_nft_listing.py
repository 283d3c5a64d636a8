"""``nft list ruleset`` as text: what is in no known form is never guessed."""

from pathlib import Path

import pytest

from read_back import Agreement, read
from ringfence.foundation.errors import SourceError
from ringfence.model.rules import (
    AddressMatch,
    Condition,
    NumberRange,
    PortMatch,
    ProtocolMatch,
    StateMatch,
    UnmodelledMatch,
)
from ringfence.sources.rule_syntax.nft_listing import SYNTAX
from ringfence.sources.rule_syntax.syntax import Reading

SETS = """\
\tset hosts {
\t\ttype ipv4_addr
\t\tflags interval
\t\telements = { 10.0.1.10, 10.0.2.0/25,
\t\t\t     10.0.2.200-10.0.2.210 }
\t}

\tset flood {
\t\ttype ipv4_addr
\t\tflags dynamic
\t}

\tmap services {
\t\ttype inet_service : verdict
\t\telements = { 22 : accept, 80 : drop }
\t}
"""
TCP = ProtocolMatch(protocols=(6,))


def listing(*rules: str, policy: str = "drop", sets: str = SETS) -> str:
    lines = "".join(f"\t\t{rule}\n" for rule in rules)
    head = f"\t\ttype filter hook forward priority filter; policy {policy};\n"
    return f"table inet edge {{\n{sets}\n\tchain forward {{\n{head}{lines}\t}}\n}}\n"


def found(*rules: str) -> Reading:
    text = listing(*rules)
    assert SYNTAX.recognises(text)
    return SYNTAX.read(text, "listing")


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        (
            "ip saddr @hosts tcp dport { 22, 8000-8100 } accept",
            (
                AddressMatch(
                    side="source", ranges=("10.0.1.10", "10.0.2.0/25", "10.0.2.200-10.0.2.210")
                ),
                TCP,
                PortMatch(
                    side="destination", ranges=(NumberRange(22, 22), NumberRange(8000, 8100))
                ),
            ),
        ),
        ("ct state established,related accept", (StateMatch(states=("established", "related")),)),
        ("meta mark 0x1 accept", (UnmodelledMatch(text="mark 1"),)),
        (
            "add @flood { ip saddr limit rate over 10/second } accept",
            (
                UnmodelledMatch(
                    text='set {"elem":"ip saddr limit rate over 10/second",'
                    '"op":"add","set":"@flood"}'
                ),
            ),
        ),
    ],
)
def test_a_phrase_becomes_conditions(rule: str, expected: tuple[Condition, ...]) -> None:
    ((rule_read,),) = [chain.rules for chain in found(rule).chains]
    assert rule_read.conditions == expected
    assert rule_read.line == 21


@pytest.mark.parametrize(
    "rule",
    [
        "@th,0,16 80 accept",
        "numgen inc mod 2 0 accept",
        "tcp dport { 22, 80 accept",
        "ip saddr 10.0.0.1 frobnicate accept",
        "dnat to numgen inc mod 2 map { 0 : 10.0.0.1 }",
        '"accept" "drop"',
    ],
)
def test_what_is_in_no_known_form_is_not_understood(rule: str) -> None:
    if "{ 22, 80" in rule:
        with pytest.raises(SourceError):
            found(rule)
        return
    reading = found("tcp dport 22 accept", rule, "drop")
    assert [note.line for note in reading.not_understood] == [22]
    assert reading.file is not None
    assert len(reading.file.not_understood) == 1


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (listing("accept")[:-3], "ends inside of a block"),
        (listing("accept")[:60], "cut off"),
        # As someone would write it, where a rule could be lost behind the policy.
        (
            (
                "table inet t {\n chain f { type filter hook forward priority 0; policy drop; "
                "tcp dport 22 accept; }\n}\n"
            ),
            "line 2",
        ),
        ("table inet t {\n\tchain f {\n\t\ttype filter hook forward\n\t}\n}\n", "line 3"),
        ("table inet t {\n\t!\n}\n", "line 2: found '!'"),
        ("table inet t {\n}\nnonsense\n", "line 3: found 'nonsense'"),
    ],
)
def test_damage_is_named(text: str, told: str) -> None:
    with pytest.raises(SourceError) as refused:
        SYNTAX.read(text, "listing")
    assert told in str(refused.value)


def test_ten_thousand_unknown_lines_are_each_named() -> None:
    reading = found(*(f"frobnicate {number} accept" for number in range(10_000)))
    assert len({note.line for note in reading.not_understood}) == 10_000
    assert reading.file is not None
    assert len(reading.file.not_understood) == 10_000


@pytest.mark.parametrize(
    "elements",
    [
        "flags interval; elements = { 10.0.1.0/24 }",
        "elements = { 10.0.1.0/24 } flags timeout",
        "elements = { 10.0.1.0/24, frobnicate { } }",
        "elements = { 10.0.1.0/24 timeout 1h expires 59m }",
        "timeout 1h",
    ],
)
def test_a_set_of_which_something_may_be_lost_is_open(elements: str) -> None:
    sets = f"\tset hosts {{\n\t\ttype ipv4_addr\n\t\t{elements}\n\t}}\n"
    found = SYNTAX.read(listing("ip saddr @hosts accept", sets=sets), "listing")
    ((rule,),) = [chain.rules for chain in found.chains]
    assert any(isinstance(one, UnmodelledMatch) for one in rule.conditions)


def test_a_full_set_never_drops_for_certain(tmp_path: Path) -> None:
    """A packet that is not added goes on: such a rule keeps nothing out."""
    addresses = (
        '[{"ifname":"eth0","flags":["UP"],"addr_info":[{"local":"10.0.1.1","prefixlen":24}]},'
        '{"ifname":"eth1","flags":["UP"],"addr_info":[{"local":"10.0.2.1","prefixlen":24}]}]'
    )
    routes = '[{"dst":"10.0.1.0/24","dev":"eth0"},{"dst":"10.0.2.0/24","dev":"eth1"}]'
    rules = listing("add @flood { ip saddr } drop", policy="accept")
    agreement = Agreement(read(tmp_path, nft=rules, addr=addresses, route=routes))
    header = next(
        one
        for one in agreement.corners()
        if one.destination.startswith("10.0.2.") and one.destination != "10.0.2.1"
    )
    assert agreement.arrives("eth0", "eth1", header) == (False, True)


def test_engine_and_interpreter_agree_on_a_listing(tmp_path: Path) -> None:
    addresses = (
        '[{"ifname":"eth0","flags":["UP"],"addr_info":[{"local":"10.0.1.1","prefixlen":24}]},'
        '{"ifname":"eth1","flags":["UP"],"addr_info":[{"local":"10.0.2.1","prefixlen":24}]}]'
    )
    routes = (
        '[{"dst":"10.0.1.0/24","dev":"eth0"},{"dst":"10.0.2.0/24","dev":"eth1"},'
        '{"dst":"default","dev":"eth0"}]'
    )
    rules = listing(
        "ct state vmap { invalid : drop, established : accept, related : accept }",
        "ip daddr 10.0.2.64-10.0.2.99 tcp flags & (fin | syn | rst | ack) == syn drop",
        "tcp dport vmap @services",
        'iifname "eth0" ip saddr != @hosts udp dport >= 1024 accept',
        "meta mark 0x1 accept",
        "icmp type { echo-request, destination-unreachable } accept",
    )
    agreement = Agreement(read(tmp_path, nft=rules, addr=addresses, route=routes))
    assert agreement.hold(agreement.corners())
