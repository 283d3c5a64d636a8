"""Hygiene: rules of firewalls that do nothing, or not what they seem to, and what causes it."""

from __future__ import annotations

from collections.abc import Iterator

from ringfence.foundation.text import counted, listed
from ringfence.model.facts import NotRead
from ringfence.operations.subject import Subject
from ringfence.operations.table import Table, TableKind
from ringfence.reach.hygiene import Needs, RuleFinding, rule_findings
from ringfence.reach.leaks import Leaks
from ringfence.reach.question import Question

_COLUMNS = {
    "device": "Device",
    "chain": "Chain",
    "rule": "Rule",
    "text": "Text",
    "fault": "Fault",
    "causes": "Caused by",
    "finding": "Finding",
}


def _make(subject: Subject) -> Table:
    findings = tuple(_findings(subject))
    unread = [one.name for one in subject.snapshot.devices if isinstance(one.chains, NotRead)]
    note = f"{counted(len(findings), 'rule')} to look at."
    if unread:
        note = f"{note} The rules of {listed(unread)} were not read."
    elif not subject.snapshot.devices:
        note = "No firewall was read: name its configuration under devices in the policy."
    rows = tuple(
        (
            one.device,
            one.chain,
            one.rule.number,
            one.rule.text,
            one.fault,
            tuple(map(str, one.causes)),
            one.sentence,
        )
        for one in findings
    )
    return Table(name="hygiene", columns=_COLUMNS, rows=rows, note=note)


def _findings(subject: Subject) -> Iterator[RuleFinding]:
    if subject.policy is None:
        for device in subject.snapshot.devices:
            yield from rule_findings(device)
        return
    question = Question(subject.snapshot, subject.policy, subject.memberships.every)
    needs = Needs(question.space, Leaks(question).allowed(subject.policy.flows))
    for device in question.inventory.snapshot.devices:
        yield from rule_findings(device, needs)


TABLE = TableKind(
    name="hygiene",
    summary="rules of firewalls that are shadowed, redundant, contradictory, never hit or wide",
    make=_make,
)
