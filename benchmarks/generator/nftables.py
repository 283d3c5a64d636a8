"""Chains as ``nft -j list ruleset`` prints them, as far as generated firewalls use them."""

from __future__ import annotations

from typing import Any

from ringfence.model.facts import NotRead
from ringfence.model.rules import (
    AddressMatch,
    Chain,
    Condition,
    Device,
    InterfaceMatch,
    PortMatch,
    Rule,
    StateMatch,
)

_TABLE = {"family": "inet", "table": "filter"}


def ruleset(device: Device) -> dict[str, Any]:
    """Return the ruleset of a device whose chains were generated."""
    chains = () if isinstance(device.chains, NotRead) else device.chains
    items: list[dict[str, Any]] = [
        {"metainfo": {"version": "1.0.6", "json_schema_version": 1}},
        {"table": {"family": "inet", "name": "filter", "handle": 1}},
        *({"chain": _chain(chain, number)} for number, chain in enumerate(chains, start=1)),
    ]
    handle = len(chains)
    for chain in chains:
        for rule in chain.rules:
            handle += 1
            items.append({"rule": _rule(chain, rule, handle)})
    return {"nftables": items}


def _chain(chain: Chain, handle: int) -> dict[str, Any]:
    return {
        "family": "inet",
        "table": "filter",
        "name": chain.name,
        "handle": handle,
        "type": "filter",
        "hook": chain.hook,
        "prio": chain.priority,
        "policy": chain.policy,
    }


def _rule(chain: Chain, rule: Rule, handle: int) -> dict[str, Any]:
    expressions = [part for one in rule.conditions if (part := _expression(one)) is not None]
    return {
        **_TABLE,
        "chain": chain.name,
        "handle": handle,
        "expr": [*({"match": part} for part in expressions), {str(rule.action): None}],
    }


def _expression(condition: Condition) -> dict[str, Any] | None:
    match condition:
        case InterfaceMatch(direction=direction, names=(name,)):
            key = "iifname" if direction == "in" else "oifname"
            return {"op": "==", "left": {"meta": {"key": key}}, "right": name}
        case AddressMatch(side=side, ranges=ranges, negated=negated):
            protocol = "ip6" if ":" in ranges[0] else "ip"
            left = {"payload": {"protocol": protocol, "field": f"{side[0]}addr"}}
            right: Any = [_address(one) for one in ranges]
            right = {"set": right} if len(right) > 1 else right[0]
            return {"op": "!=" if negated else "==", "left": left, "right": right}
        case PortMatch(ranges=(ports,)):
            left = {"payload": {"protocol": "tcp", "field": "dport"}}
            alone = ports.first == ports.last
            either = ports.first if alone else {"range": [ports.first, ports.last]}
            return {"op": "==", "left": left, "right": either}
        case StateMatch(states=states):
            return {"op": "in", "left": {"ct": {"key": "state"}}, "right": list(states)}
        case _:
            return None  # the protocol, which a match of its ports says too


def _address(text: str) -> Any:
    first, dash, last = text.partition("-")
    if dash:
        return {"range": [first, last]}
    address, _, length = text.partition("/")
    if int(length) == (128 if ":" in text else 32):
        return address
    return {"prefix": {"addr": address, "len": int(length)}}
