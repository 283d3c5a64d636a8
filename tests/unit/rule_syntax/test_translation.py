"""Rules that translate addresses, as iptables-save and nft list them."""

import json

import pytest

from ringfence.model.rules import NumberRange, Translation
from ringfence.sources.rule_syntax import iptables, nftables

HTTP, HIGH = (NumberRange(80, 80),), (NumberRange(1024, 2048),)


def iptables_rule(line: str) -> tuple[str, Translation | None, int]:
    text = f"*nat\n:PREROUTING ACCEPT\n:POSTROUTING ACCEPT\n:own -\n{line}\nCOMMIT\n"
    reading = iptables.SYNTAX.read(text, "rules")
    (rule,) = (rule for chain in reading.chains for rule in chain.rules)
    assert [chain.translates for chain in reading.chains] == [True, True, False]
    return rule.action, rule.translation, len(reading.not_understood)


@pytest.mark.parametrize(
    ("line", "translation"),
    [
        (
            "-A PREROUTING -p tcp -m tcp --dport 8080 -j DNAT --to-destination 10.0.0.5:80",
            Translation(side="destination", addresses=("10.0.0.5",), ports=HTTP),
        ),
        (
            "-A PREROUTING -p tcp -j DNAT --to-destination :80",
            Translation(side="destination", ports=HTTP),
        ),
        (
            "-A POSTROUTING -j SNAT --to-source 10.0.0.5-10.0.0.9 --persistent",
            Translation(side="source", addresses=("10.0.0.5-10.0.0.9",)),
        ),
        (
            "-A POSTROUTING -p tcp -j MASQUERADE --to-ports 1024-2048 --random",
            Translation(side="source", of_interface=True, ports=HIGH),
        ),
        ("-A PREROUTING -j REDIRECT", Translation(side="destination", of_interface=True)),
        (
            "-A PREROUTING -d 192.0.2.0/24 -j NETMAP --to 10.0.2.0/24",
            Translation(side="destination", addresses=("10.0.2.0/24",), prefix="192.0.2.0/24"),
        ),
    ],
)
def test_iptables(line: str, translation: Translation) -> None:
    assert iptables_rule(line) == ("translate", translation, 0)


@pytest.mark.parametrize(
    "line",
    [
        "-A PREROUTING -j NETMAP --to 10.0.2.0/24",
        "-A PREROUTING -d 192.0.2.0/25 -j NETMAP --to 10.0.2.0/24",
        "-A PREROUTING -p tcp -j DNAT --to-destination 10.0.0.5:80-90/80",
        "-A PREROUTING -j DNAT --to-destination example.com",
        "-A PREROUTING -j DNAT --to-destination 10.0.0.5 --to-destination 10.0.0.9",
    ],
)
def test_what_is_not_understood_is_noted(line: str) -> None:
    assert iptables_rule(line)[0::2] == ("unmodelled", 1)


@pytest.mark.parametrize(
    ("statement", "translation"),
    [
        (
            {"dnat": {"family": "ip", "addr": "10.0.0.5", "port": 80}},
            Translation(side="destination", addresses=("10.0.0.5",), ports=HTTP),
        ),
        (
            {"snat": {"family": "ip6", "addr": {"range": ["fd00::1", "fd00::9"]}}},
            Translation(side="source", addresses=("fd00::1-fd00::9",)),
        ),
        ({"masquerade": None}, Translation(side="source", of_interface=True)),
        (
            {"redirect": {"port": 80, "flags": ["random"]}},
            Translation(side="destination", of_interface=True, ports=HTTP),
        ),
    ],
)
def test_nftables(statement: dict[str, object], translation: Translation) -> None:
    ends = {"family": "inet", "table": "t"}
    base = {"name": "c", "hook": "prerouting", "type": "nat", "prio": -100, "policy": "accept"}
    listed = [
        {"table": {"family": "inet", "name": "t"}},
        {"chain": {**ends, **base}},
        {"rule": {**ends, "chain": "c", "expr": [statement]}},
    ]
    reading = nftables.SYNTAX.read(json.dumps({"nftables": listed}), "rules")
    (chain,) = reading.chains
    assert chain.translates
    assert [(rule.action, rule.translation) for rule in chain.rules] == [("translate", translation)]
    assert reading.not_understood == ()
