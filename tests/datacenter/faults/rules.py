"""Faults of the inner firewall's rules."""

from __future__ import annotations

from datacenter.devices import between, edit_rules, forward_rule
from datacenter.faults.fault import Fault
from datacenter.scenario import Part, Scenario

COUNTER: Part = {"counter": {"packets": 0, "bytes": 0}}
ACCEPT: Part = {"accept": None}
APPLICATION, CARDHOLDER = "ens224", "ens256"
TCP: Part = {"match": {"op": "==", "left": {"meta": {"key": "l4proto"}}, "right": "tcp"}}


def _denies_administration(rule: Part) -> bool:
    return any("drop" in e for e in rule["expr"]) and str(rule["expr"]).find("3389") >= 0


def rule_shadows_deny(scenario: Scenario) -> None:
    """All TCP from application to cardholder is accepted above the rule that denies SSH."""
    accept = forward_rule(
        *between(APPLICATION, CARDHOLDER), TCP, COUNTER, ACCEPT, comment="ticket 4711, temporary"
    )

    def edit(rules: list[Part]) -> None:
        at = next(n for n, rule in enumerate(rules) if _denies_administration(rule))
        rules.insert(at, accept)

    edit_rules(scenario, edit)


def any_any_permit(scenario: Scenario) -> None:
    """Everything is accepted just above the default deny."""
    edit_rules(scenario, lambda rules: rules.append(forward_rule(COUNTER, ACCEPT)))


FAULTS = (
    Fault(
        "rule-shadows-deny",
        "An accept of all TCP from application to cardholder stands above the deny of SSH and RDP.",
        rule_shadows_deny,
    ),
    Fault(
        "any-any-permit",
        "The inner firewall accepts everything above its default deny.",
        any_any_permit,
    ),
)
