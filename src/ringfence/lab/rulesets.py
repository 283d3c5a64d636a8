"""The firewall's rules, made from the policy's flows: what is not declared is dropped."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ringfence.model.packet import ICMP, ICMPV6, PROTOCOL_NAMES, TCP, UDP
from ringfence.model.rules import NumberRange
from ringfence.policy.document import Policy
from ringfence.policy.services import ServiceTerm, service_terms

_TYPES = {ICMP: "icmp", ICMPV6: "icmpv6"}


def ruleset(policy: Policy, networks: Mapping[str, tuple[str, str]], management: str) -> str:
    """Return what nft loads.

    ``networks`` are the IPv4 and IPv6 prefixes of each zone, whose name is that of the firewall's
    interface too. ``management`` is the zone from which the firewall itself answers. Neighbour
    discovery is let in from nowhere: who its neighbours are is written down.
    """
    return "\n".join(
        (
            "flush ruleset",
            "table inet ringfence {",
            "  chain forward {",
            "    type filter hook forward priority filter; policy drop;",
            "    ct state established accept",
            "    ct state invalid drop",
            *(f"    {rule}" for rule in forward_rules(policy, networks)),
            "  }",
            "  chain input {",
            "    type filter hook input priority filter; policy drop;",
            "    ct state established accept",
            '    iifname "lo" accept',
            f'    iifname "{management}" tcp dport 22 accept',
            f'    iifname "{management}" icmp type echo-request accept',
            f'    iifname "{management}" icmpv6 type echo-request accept',
            "  }",
            "}",
            "",
        )
    )


def forward_rules(policy: Policy, networks: Mapping[str, tuple[str, str]]) -> Iterator[str]:
    """Yield a rule for each service of each flow through the firewall, and each family."""
    for flow in policy.flows:
        if not flow.through:
            continue
        for term in service_terms(policy.services, flow.services):
            for family, index in (("ip", 0), ("ip6", 1)):
                if term.family not in {None, 4 + 2 * index}:
                    continue
                yield (
                    f'iifname "{flow.from_}" oifname "{flow.to}" '
                    f"{family} saddr {networks[flow.from_][index]} "
                    f"{family} daddr {networks[flow.to][index]} "
                    f"{_matched(term)}ct state new accept"
                )


def _matched(term: ServiceTerm) -> str:
    """Return the match of a service, with a blank behind it; nothing for any packet."""
    if term.protocol is None:
        return ""
    if term.protocol in {TCP, UDP} and term.ports:
        return f"{PROTOCOL_NAMES[term.protocol]} dport {_numbers(term.ports)} "
    if term.protocol in _TYPES and term.icmp_types:
        return f"{_TYPES[term.protocol]} type {_numbers(term.icmp_types)} "
    return f"meta l4proto {term.protocol} "


def _numbers(ranges: tuple[NumberRange, ...]) -> str:
    texts = [
        str(one.first) if one.first == one.last else f"{one.first}-{one.last}" for one in ranges
    ]
    return texts[0] if len(texts) == 1 else f"{{ {', '.join(texts)} }}"
