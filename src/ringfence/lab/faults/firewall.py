"""Faults of the firewall: its rules, their order, and what stands beside them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import msgspec

from ringfence.lab.fault import EVERY, Expected, Fault, pairs, with_node
from ringfence.lab.layout import Layout

_STATE: Final = "    ct state invalid drop\n"
_LAST_IN_FORWARD: Final = "  }\n  chain input {"
_ALL: Final = ("dmz", "application", "cardholder", "management")


def _with_rules(rewrite: Callable[[str], str]) -> Callable[[Layout], Layout]:
    """Return what changes the rules of the firewall; the change has to change something."""

    def plant(layout: Layout) -> Layout:
        firewall = layout.node("firewall")
        changed = rewrite(firewall.ruleset)
        if changed == firewall.ruleset:
            raise ValueError("the fault changes no rule")
        return with_node(layout, msgspec.structs.replace(firewall, ruleset=changed))

    return plant


def _before(rule: str) -> Callable[[Layout], Layout]:
    """Return what puts a rule before all that are made from the policy."""
    return _with_rules(lambda rules: rules.replace(_STATE, f"{_STATE}    {rule}\n"))


def _replaced(old: str, new: str) -> Callable[[Layout], Layout]:
    return _with_rules(lambda rules: rules.replace(old, new))


def _without(word: str) -> Callable[[Layout], Layout]:
    """Return what takes away every rule with a word in it."""
    return _with_rules(
        lambda rules: "".join(line for line in rules.splitlines(keepends=True) if word not in line)
    )


def _believing(layout: Layout) -> Layout:
    """Rules that look at addresses only, on a firewall that believes every source."""
    changed = _with_rules(_without_ways)(layout)
    firewall = msgspec.structs.replace(changed.node("firewall"), reverse_path=False)
    return with_node(changed, firewall)


def _without_ways(rules: str) -> str:
    kept = []
    for line in rules.splitlines(keepends=True):
        if "oifname" in line:
            words = line.split('"')
            kept.append(f"    {words[4].strip()}\n")
        else:
            kept.append(line)
    return "".join(kept)


def _four_only(rules: str) -> str:
    """The same rules for IPv4, and none at all for IPv6."""
    lines = (line for line in rules.splitlines(keepends=True) if "ip6" not in line)
    return "".join(line for line in lines if "icmpv6" not in line).replace("table inet", "table ip")


def _every_pair_but(*allowed: tuple[str, str]) -> tuple[Expected, ...]:
    return pairs(
        *(
            (one, other)
            for one in _ALL
            for other in _ALL
            if one != other and (one, other) not in allowed
        )
    )


FAULTS: Final = (
    Fault(
        "any-rule",
        "A rule for a test was left in: everything from dmz to cardholder.",
        EVERY,
        _before(
            'iifname "dmz" oifname "cardholder" ip saddr 10.10.0.0/24 accept\n'
            '    iifname "dmz" oifname "cardholder" ip6 saddr fd00:10::/64 accept'
        ),
        pairs(("dmz", "cardholder")),
        named=("rule 3 of inet ringfence forward",),
    ),
    Fault(
        "rule-order",
        "An accept for databases stands before the drop that should have come first.",
        EVERY,
        _before('tcp dport 5432 accept\n    iifname "dmz" oifname "cardholder" drop'),
        _every_pair_but(("application", "cardholder")),
        leaves_open=True,
        named=("tcp dport 5432 accept",),
    ),
    Fault(
        "default-accept",
        "The firewall lets pass what no rule matches.",
        EVERY,
        _replaced(
            "hook forward priority filter; policy drop;",
            "hook forward priority filter; policy accept;",
        ),
        _every_pair_but(),
        named=("policy accept", "passes whatever no rule"),
        findings=("firewall.default-deny",),
    ),
    Fault(
        "ipv6-unfiltered",
        "The rules are for IPv4 only, and the firewall forwards IPv6.",
        EVERY,
        _with_rules(_four_only),
        _every_pair_but(),
        named=("meets no rule", "no rule for IPv6"),
        findings=("firewall.default-deny",),
    ),
    Fault(
        "source-port",
        "Whatever comes from port 53 over UDP is taken for an answer.",
        EVERY,
        _before("udp sport 53 accept"),
        _every_pair_but(),
        named=("udp sport 53 accept",),
    ),
    Fault(
        "acknowledged",
        "TCP packets with ACK are taken for answers, without looking at connections.",
        EVERY,
        _before('iifname "dmz" ip saddr 10.10.0.0/24 tcp flags & (syn | ack) == ack accept'),
        pairs(("dmz", "application"), ("dmz", "cardholder"), ("dmz", "management")),
        named=("tcp flags & syn,ack == ack accept",),
    ),
    Fault(
        "wide-prefix",
        "The rule for the database matches 10.0.0.0/8, from whatever interface.",
        EVERY,
        _before("ip saddr 10.0.0.0/8 ip daddr 10.30.0.0/24 tcp dport 5432 ct state new accept"),
        pairs(("dmz", "cardholder"), ("management", "cardholder")),
        named=("ip saddr 10.0.0.0/8",),
    ),
    Fault(
        "wide-ports",
        "The rule for the web service ends at port 8480 in place of 8443.",
        EVERY,
        _with_rules(lambda rules: rules.replace("tcp dport 8443", "tcp dport 8443-8480")),
        pairs(("dmz", "application")),
        named=("tcp dport 8443-8480",),
    ),
    Fault(
        "forged-source",
        "The firewall believes every source address, and its rules do not ask for interfaces.",
        EVERY,
        _believing,
        pairs(
            ("dmz", "cardholder"),
            ("dmz", "application"),
            ("application", "dmz"),
            ("application", "cardholder"),
            ("cardholder", "dmz"),
            ("cardholder", "application"),
            ("management", "application"),
            ("management", "cardholder"),
        ),
        leaves_open=True,
        named=("firewall lets it through by rule", "no reverse-path filter on dmz"),
        findings=("firewall.source-addresses",),
    ),
    Fault(
        "port-forwarding",
        "Port 2222 of the firewall leads dmz to the remote login of cardholder-1.",
        EVERY,
        _with_rules(
            lambda rules: rules.replace(
                _STATE,
                f'{_STATE}    iifname "dmz" oifname "cardholder" ip saddr 10.10.0.0/24 '
                "ip daddr 10.30.0.11 tcp dport 22 ct state new accept\n",
            ).replace(
                "  chain input {",
                "  chain translate {\n"
                "    type nat hook prerouting priority dstnat; policy accept;\n"
                '    iifname "dmz" ip daddr 10.10.0.1 tcp dport 2222 dnat ip to 10.30.0.11:22\n'
                "  }\n  chain input {",
            )
        ),
        pairs(("dmz", "cardholder")),
        leaves_open=True,
        named=("ip daddr 10.30.0.11 tcp dport 22",),
    ),
    Fault(
        "open-device",
        "The firewall's own remote login answers every zone.",
        EVERY,
        _replaced('iifname "management" tcp dport 22 accept', "tcp dport 22 accept"),
        pairs(*((zone, "management") for zone in _ALL[:3])),
        named=("inet ringfence input: tcp dport 22 accept",),
    ),
    Fault(
        "missing-rule",
        "The rules for the database were deleted.",
        EVERY,
        _without('iifname "application" oifname "cardholder"'),
        pairs(("application", "cardholder"), by="flow"),
        named=("firewall refuses it by inet ringfence forward: policy drop",),
    ),
)
