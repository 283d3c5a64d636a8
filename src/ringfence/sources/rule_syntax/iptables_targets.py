"""The targets of iptables: which of them decide, which only pass by, and which change packets."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from ringfence.model.rules import Action
from ringfence.sources.rule_syntax.iptables_rule import ParsedRule

TARGETS: Final[Mapping[str, Action]] = {
    "ACCEPT": "accept",
    "DROP": "drop",
    "REJECT": "reject",
    "RETURN": "return",
    "TARPIT": "drop",
}
LOGGING: Final = frozenset(("LOG", "NFLOG", "ULOG"))
PASSING: Final = LOGGING | frozenset(
    (
        "AUDIT",
        "CHECKSUM",
        "CLASSIFY",
        "CONNMARK",
        "CONNSECMARK",
        "CT",
        "DSCP",
        "ECN",
        "HL",
        "IDLETIMER",
        "LED",
        "MARK",
        "NOTRACK",
        "RATEEST",
        "SECMARK",
        "SET",
        "TCPMSS",
        "TCPOPTSTRIP",
        "TOS",
        "TRACE",
        "TTL",
    )
)
"""Targets after which the next rule is looked at, and which change nothing that is modelled."""
_REWRITING: Final[Mapping[str, str]] = {
    "DNAT": "the destination is translated",
    "REDIRECT": "the destination is translated",
    "SNAT": "the source is translated",
    "MASQUERADE": "the source is translated",
    "SAME": "the source is translated",
    "NETMAP": "addresses are translated",
    "DNPT": "addresses are translated",
    "SNPT": "addresses are translated",
    "TPROXY": "packets are handed to a local program",
    "SYNPROXY": "connections are answered in place of their destination",
    "CLUSTERIP": "packets are shared among several devices",
    "MIRROR": "packets are sent back",
    "TEE": "packets are copied to elsewhere",
    "QUEUE": "a program decides",
    "NFQUEUE": "a program decides",
}


_OF_TARGETS: Final[Mapping[str, frozenset[str]]] = {
    "REJECT": frozenset(("--reject-with",)),
    "TARPIT": frozenset(("--tarpit", "--honeypot", "--reset")),
}


def strange_options(rule: ParsedRule) -> tuple[str, ...]:
    """Return what is said of a verdict or a chain, and belongs to neither."""
    known = _OF_TARGETS.get(rule.target, frozenset())
    return tuple(str(option) for option in rule.target_options if option.name not in known)


def concern(rule: ParsedRule) -> str | None:
    """Return what a target does that is not modelled, where that is known to matter."""
    names = {option.name for option in rule.target_options}
    if rule.target == "NOTRACK" or "--notrack" in names:
        return "packets are kept out of connection tracking, so they are not new"
    if rule.target == "CT" and names & {"--helper", "--expevents"}:
        return "a helper may open further ports"
    return _REWRITING.get(rule.target)
