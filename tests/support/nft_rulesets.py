"""Rulesets as nft's JSON holds them, from a few words each."""

import json
from typing import Any

from ringfence.model.rules import (
    Chain,
    NumberRange,
    PortMatch,
    ProtocolMatch,
)
from ringfence.sources.rule_syntax.nftables import SYNTAX
from ringfence.sources.rule_syntax.syntax import Reading

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


def ports(*ranges: tuple[int, int], side: str = "destination", negated: bool = False) -> PortMatch:
    found = tuple(NumberRange(first, last) for first, last in ranges)
    return PortMatch(side=side, ranges=found, negated=negated)


DPORT = payload("tcp", "dport")


def named(name: str, elements: list[Any] | None, kind: str = "set", **parts: Any) -> dict[str, Any]:
    elem = {} if elements is None else {"elem": elements}
    return {kind: {"name": name, "type": "ipv4_addr", "handle": 3, **elem, **parts}}
