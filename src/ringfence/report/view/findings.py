"""Findings in the order a reader needs: by checklist item, then severity, then object."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import msgspec

from ringfence.audit.finding import Audit, ChecklistItem, CheckResult, Finding, Undecided
from ringfence.model.change import Change
from ringfence.report.view.summary import SEVERITIES
from ringfence.report.view.wording import change_text

ITEMS: Final[dict[ChecklistItem, str]] = {
    "management-isolation": "Isolate the management network",
    "host-consistency": "Keep hosts consistent",
    "layer-2-security": "Set layer-2 security",
    "separation-of-duties": "Separate duties",
    "resource-management": "Manage resources",
    "regular-audit": "Audit regularly",
}


@dataclass(frozen=True, slots=True)
class ItemView:
    """One checklist item: its number and title, and what the audit says of it."""

    number: int
    item: ChecklistItem
    title: str
    results: tuple[CheckResult, ...]

    @property
    def findings(self) -> tuple[Finding, ...]:
        """The findings that nobody has accepted, the most severe first."""
        return tuple(finding for finding in self._all() if finding.accepted is None)

    @property
    def accepted(self) -> tuple[Finding, ...]:
        """The findings accepted by an exception of the policy."""
        return tuple(finding for finding in self._all() if finding.accepted is not None)

    @property
    def undecided(self) -> tuple[Undecided, ...]:
        """The objects for which a check is UNKNOWN."""
        return tuple(each for result in self.results for each in result.undecided)

    @property
    def passed(self) -> tuple[CheckResult, ...]:
        """The checks that found every object as it should be."""
        return tuple(result for result in self.results if result.status == "passed")

    @property
    def not_applicable(self) -> tuple[CheckResult, ...]:
        """The checks that matched no object; they never pass."""
        return tuple(result for result in self.results if result.status == "not-applicable")

    @property
    def unknown(self) -> tuple[CheckResult, ...]:
        """The checks that could not be decided for want of facts."""
        return tuple(result for result in self.results if result.status == "unknown")

    def _all(self) -> list[Finding]:
        found = [finding for result in self.results for finding in result.findings]
        return sorted(
            found,
            key=lambda each: (SEVERITIES.index(each.severity), each.check, each.name, each.object),
        )


def placed_name(finding: Finding) -> str:
    """Return the name of a finding's object, with its host where it is on one."""
    if not finding.host or finding.host in finding.name:
        return finding.name
    return f"{finding.name} on {finding.host}"


def fix_text(finding: Finding, change: Change) -> str:
    """Return a change of a finding's fix as a sentence that names the host as well."""
    if change.object == finding.object:
        change = msgspec.structs.replace(change, name=placed_name(finding))
    return change_text(change)


def by_item(audit: Audit) -> tuple[ItemView, ...]:
    """Return the six checklist items in their order, each with its checks."""
    return tuple(
        ItemView(
            number=number,
            item=item,
            title=title,
            results=tuple(result for result in audit.results if result.item == item),
        )
        for number, (item, title) in enumerate(ITEMS.items(), start=1)
    )


def all_findings(audit: Audit) -> Iterator[Finding]:
    """Yield every finding, the accepted ones too, by checklist item and severity."""
    for view in by_item(audit):
        yield from sorted(
            (*view.findings, *view.accepted),
            key=lambda each: (SEVERITIES.index(each.severity), each.check, each.name, each.object),
        )
