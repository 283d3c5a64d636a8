"""What a verb found, as something that a console draws in the width and colour it has."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import Group, RenderableType
from rich.text import Text

from ringfence.operations.report import told
from ringfence.operations.result import Result
from ringfence.policy.document import Policy
from ringfence.reach.results import Proof
from ringfence.report.terminal.findings import FindingsView
from ringfence.report.terminal.page import PairView, ProofView, ReportView, UnreadView
from ringfence.report.view.summary import (
    audit_sentence,
    foundation_sentence,
    verdict_sentence,
)


def view(result: Result) -> RenderableType:
    """Return what a console draws of ``result``: only what was asked for."""
    if result.proof is not None and result.audit is not None:
        return ReportView(told(result))
    if result.proof is not None:
        policy = result.subject.required_policy()
        if len(result.proof.pairs) < len(result.proof.zones) * (len(result.proof.zones) - 1):
            return Group(*_pairs(result.proof, policy))
        return ProofView(result.proof, policy)
    if result.audit is not None:
        sentence = Text(audit_sentence(result.audit), style="bold")
        return Group(sentence, FindingsView(result.audit), Text(), UnreadView(told(result)))
    return Group()


def _pairs(proof: Proof, policy: Policy) -> Iterator[RenderableType]:
    """Yield some pairs out of a matrix, each with its evidence, the PROVED ones too."""
    yield Text(verdict_sentence(proof), style="bold")
    yield Text(foundation_sentence(proof, policy))
    for pair in proof.pairs:
        yield Text()
        yield PairView(pair)
