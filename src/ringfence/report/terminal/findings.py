"""The findings of an audit as a tree by checklist item."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from rich.console import Console, ConsoleOptions, RenderResult
from rich.text import Text
from rich.tree import Tree

from ringfence.audit.finding import Audit, CheckResult, Finding, Severity
from ringfence.foundation.text import counted
from ringfence.report.terminal.marks import STYLES, marks, plain
from ringfence.report.view.findings import ItemView, by_item, fix_text
from ringfence.report.view.unread import undecided_sentences
from ringfence.report.view.wording import value_text

_STYLES: Final[dict[Severity, str]] = {
    "critical": "bold reverse",
    "high": "bold",
    "medium": "default",
    "low": "dim",
}


@dataclass(frozen=True, slots=True)
class FindingsView:
    """Draws the six checklist items with their findings, the most severe first.

    ``most`` findings of an item are drawn, the others counted; ``None`` draws all.
    """

    audit: Audit
    most: int | None = None

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Yield a tree for each checklist item."""
        for item in by_item(self.audit):
            yield self._tree(item, options)
        for each in self.audit.expired_exceptions:
            yield Text(f"Exception that no longer applies: {plain(each, options)}")
        for each in self.audit.assumptions:
            yield Text(f"Assumed: {plain(each, options)}")

    def _tree(self, item: ItemView, options: ConsoleOptions) -> Tree:
        tree = Tree(Text(f"{item.number}. {item.title}: {_shares(item)}"), guide_style="dim")
        shown = item.findings[: self.most]
        for finding in shown:
            _finding(tree, finding, options)
        if len(item.findings) > len(shown):
            tree.add(Text(f"and {counted(len(item.findings) - len(shown), 'more finding')}"))
        for result in item.results:
            _undecided(tree, result, options)
        for finding in item.accepted:
            _accepted(tree, finding, options)
        return tree


def _shares(item: ItemView) -> str:
    if not item.results:
        return "no check was run"
    checks = counted(len(item.results), "check")
    parts = [
        counted(len(item.findings), "finding") if item.findings else "",
        f"{len(item.undecided)} UNKNOWN" if item.undecided else "",
        f"{len(item.accepted)} accepted" if item.accepted else "",
        f"{len(item.not_applicable)} not applicable" if item.not_applicable else "",
    ]
    told = ", ".join(filter(None, parts))
    return f"{told} ({checks})" if told else f"{checks} passed"


def _finding(tree: Tree, finding: Finding, options: ConsoleOptions) -> None:
    head = Text()
    head.append(f" {finding.severity} ", style=_STYLES[finding.severity])
    head.append(f" {plain(finding.sentence, options)}")
    branch = tree.add(head)
    found, expected = value_text(finding.found), value_text(finding.expected)
    facts = f"{finding.property}: found {found}, expected {expected}"
    branch.add(Text(plain(f"{finding.check}, {facts}", options), style="dim"))
    for change in finding.fix:
        branch.add(Text(f"fix: {plain(fix_text(finding, change), options)}"))
    if finding.fix_risk:
        branch.add(Text(f"mind: {plain(finding.fix_risk, options)}"))


def _undecided(tree: Tree, result: CheckResult, options: ConsoleOptions) -> None:
    for sentence in undecided_sentences(result.undecided):
        line = Text(f"{marks(options)['UNKNOWN']} UNKNOWN", style=STYLES["UNKNOWN"])
        line.append(plain(f"  {result.check}: {sentence}", options), style="default not bold")
        tree.add(line)


def _accepted(tree: Tree, finding: Finding, options: ConsoleOptions) -> None:
    accepted = finding.accepted
    by = f"by {accepted.owner} until {accepted.expires}" if accepted else ""
    told = f"accepted {by}: {finding.sentence}"
    tree.add(Text(plain(told, options), style="dim"))
