"""Filters of distributed ports: ordered rules, stateless; what matches none passes."""

from __future__ import annotations

from typing import Any, Final, Literal

import msgspec

from ringfence.model.facts import Fact
from ringfence.model.packet import TCP
from ringfence.model.rules import (
    AddressMatch,
    Condition,
    FamilyMatch,
    NumberRange,
    PortMatch,
    ProtocolMatch,
    SwitchFilterRule,
    TcpFlagsMatch,
    UnmodelledMatch,
)
from ringfence.sources.vsphere.values import at, items, kind, number, text, truth

# The only agent whose rules the switch itself applies; another hands frames to a third party.
_SWITCH_AGENT: Final = "dvfilter-generic-vmware"
_DIRECTIONS: Final[dict[str, Literal["in", "out", "both"]]] = {
    "incomingPackets": "in",
    "outgoingPackets": "out",
    "both": "both",
}
_ACTIONS: Final[dict[str, Literal["accept", "drop"]]] = {
    "DvsAcceptNetworkRuleAction": "accept",
    "DvsDropNetworkRuleAction": "drop",
    # It marks frames for the quality of service and lets them pass.
    "DvsUpdateTagNetworkRuleAction": "accept",
}


def filters(setting: Any) -> Fact[tuple[SwitchFilterRule, ...]]:
    """Return the rules of a port setting's ``filterPolicy``, in the order in which they apply.

    Raises ``ValueError`` for numbers that are none.
    """
    rules: list[SwitchFilterRule] = []
    for config in items(setting, "filterPolicy.filterConfig"):
        ruleset = at(config, "trafficRuleset")
        if ruleset is not None and truth(ruleset, "enabled") is False:
            continue
        if text(config, "agentName") not in {"", _SWITCH_AGENT}:
            rules.append(_of_third_party(len(rules) + 1, text(config, "agentName")))
            continue
        entries = sorted(items(ruleset, "rules"), key=lambda rule: number(rule, "sequence") or 0)
        read = [_rule(n, entry) for n, entry in enumerate(entries, len(rules) + 1)]
        rules.extend(part for rule in read for part in _by_family(rule))
    return tuple(rules)


def _by_family(rule: SwitchFilterRule) -> tuple[SwitchFilterRule, ...]:
    """Return a rule as it is for IPv4, and as one that may match for IPv6.

    Whether the switch looks for a protocol behind IPv6's extension headers is not documented.
    """
    if not any(
        isinstance(one, PortMatch) or (isinstance(one, ProtocolMatch) and one.protocols)
        for one in rule.conditions
    ):
        return (rule,)
    texts = [
        text for one in rule.conditions if isinstance(one, AddressMatch) for text in one.ranges
    ]
    hidden = UnmodelledMatch(text="an IPv6 extension header may hide the protocol")
    open_ = msgspec.structs.replace(rule, conditions=(*rule.conditions, hidden))
    if texts:
        return (open_ if any(":" in text for text in texts) else rule,)
    four = (FamilyMatch(family=4), *rule.conditions)
    six = (FamilyMatch(family=6), *open_.conditions)
    return tuple(msgspec.structs.replace(rule, conditions=some) for some in (four, six))


def _of_third_party(number_: int, agent: str) -> SwitchFilterRule:
    return SwitchFilterRule(
        number=number_,
        text=f"frames are handed to {agent}",
        conditions=(),
        action="unmodelled",
    )


def _rule(number_: int, rule: Any) -> SwitchFilterRule:
    conditions = tuple(
        condition for qualifier in items(rule, "qualifier") for condition in _conditions(qualifier)
    )
    action = kind(at(rule, "action"))
    return SwitchFilterRule(
        number=number_,
        text=text(rule, "description") or f"rule {text(rule, 'key') or number_}",
        conditions=conditions,
        action=_ACTIONS.get(action, "unmodelled"),
        direction=_DIRECTIONS.get(text(rule, "direction"), "both"),
    )


def _conditions(qualifier: Any) -> list[Condition]:
    if kind(qualifier) != "DvsIpNetworkRuleQualifier":
        # By MAC address, VLAN or kind of system traffic: not part of a packet's header here.
        return [UnmodelledMatch(text=kind(qualifier) or "a qualifier without a kind")]
    found: list[Condition] = []
    for side in ("source", "destination"):
        address = at(qualifier, f"{side}Address")
        if address is not None:
            found.append(_address(side, address))
    protocol = at(qualifier, "protocol")
    if protocol is not None and number(protocol, "value") is not None:
        value = number(protocol, "value") or 0
        negated = truth(protocol, "negate") is True
        found.append(ProtocolMatch(protocols=(value,), negated=negated))
    for side in ("source", "destination"):
        port = at(qualifier, f"{side}IpPort")
        if port is not None:
            found.append(_port(side, port))
    flags = at(qualifier, "tcpFlags")
    if flags is not None:
        found.append(ProtocolMatch(protocols=(TCP,)))
        value = number(flags, "value") or 0
        found.append(TcpFlagsMatch(mask=value, value=value, negated=truth(flags, "negate") is True))
    # Without any part it matches every IP packet, and no other frame.
    return found or [ProtocolMatch(protocols=(), negated=True)]


def _address(side: Any, address: Any) -> Condition:
    if kind(address) == "SingleIp":
        matched = text(address, "address")
    elif kind(address) == "IpRange":
        matched = f"{text(address, 'addressPrefix')}/{number(address, 'prefixLength') or 0}"
    else:
        return UnmodelledMatch(text=f"an address of the kind {kind(address)}")
    return AddressMatch(side=side, ranges=(matched,), negated=truth(address, "negate") is True)


def _port(side: Any, port: Any) -> Condition:
    first = number(port, "portNumber")
    if first is not None:
        last: int | None = first
    else:
        first, last = number(port, "startPortNumber"), number(port, "endPortNumber")
    if first is None or last is None:
        return UnmodelledMatch(text=f"a port of the kind {kind(port)}")
    negated = truth(port, "negate") is True
    return PortMatch(side=side, ranges=(NumberRange(first=first, last=last),), negated=negated)
