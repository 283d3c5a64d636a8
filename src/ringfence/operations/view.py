"""What a verb found, as something that a console draws in the width and colour it has."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.padding import Padding
from rich.text import Text

from ringfence.foundation.text import counted
from ringfence.operations.report import told
from ringfence.operations.result import Result
from ringfence.policy.document import Policy
from ringfence.reach.results import Proof, Verdict
from ringfence.report.terminal.findings import FindingsView
from ringfence.report.terminal.marks import STYLES, marks, plain
from ringfence.report.terminal.matrix import MatrixView
from ringfence.report.terminal.page import (
    PairView,
    ProofView,
    ReportView,
    StoppedPromises,
    UnreadView,
)
from ringfence.report.view.summary import (
    audit_sentence,
    configuration_sentences,
    foundation_sentence,
    headlines,
    settling,
    verdict_sentence,
)

_MOST_FINDINGS: Final = 3
_MOST_MISSING: Final = 5
# How many pairs of each verdict get their sentence: many that are UNKNOWN lack the same facts.
_NOT_PROVED: Final[dict[Verdict, int | None]] = {"VIOLATED": None, "UNKNOWN": 3}


def view(result: Result, *, full: bool = False) -> RenderableType:
    """Return what a console draws of ``result``: only what was asked for.

    A whole matrix has one sentence for each pair that is not PROVED; ``full`` adds every packet
    with its path, every missing fact and every finding. Some pairs out of a matrix always have
    everything.
    """
    proof, audit = result.proof, result.audit
    if full and proof is not None and audit is not None:
        return ReportView(told(result))
    parts: list[RenderableType] = []
    if proof is not None:
        policy = result.subject.required_policy()
        if len(proof.pairs) < len(proof.zones) * (len(proof.zones) - 1):
            parts.append(Group(*_pairs(proof, policy)))
        else:
            parts.append(ProofView(proof, policy) if full else _BriefProof(proof, policy))
    if audit is not None:
        parts += [Text()] if parts else []
        parts.append(Text(audit_sentence(audit), style="bold"))
        alone = proof is None
        parts.append(FindingsView(audit, None if alone else _MOST_FINDINGS))
        parts += [Text(), UnreadView(told(result))] if alone else []
    return Group(*parts)


def _pairs(proof: Proof, policy: Policy) -> Iterator[RenderableType]:
    """Yield some pairs out of a matrix, each with its evidence, the PROVED ones too."""
    yield Text(verdict_sentence(proof), style="bold")
    yield Text(foundation_sentence(proof, policy))
    for pair in proof.pairs:
        yield Text()
        yield PairView(pair)
    yield _Assumptions(proof)


@dataclass(frozen=True, slots=True)
class _BriefProof:
    """Draws a proof on one screen: the matrix, and a sentence for each pair that is not PROVED."""

    proof: Proof
    policy: Policy

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        proof = self.proof
        yield Text(verdict_sentence(proof), style="bold")
        yield Text(foundation_sentence(proof, self.policy))
        for sentence in configuration_sentences(proof):
            yield Text(plain(sentence, options))
        yield Text()
        yield MatrixView(proof, self.policy)
        arrow = "->" if options.ascii_only else "→"
        for verdict, most in _NOT_PROVED.items():
            found = list(headlines(proof, verdict))
            for pair, sentence in found[:most]:
                head = f"{marks(options)[verdict]} {pair.source} {arrow} {pair.destination}"
                yield Text()
                yield Text(plain(head, options), style=STYLES[verdict])
                yield Padding(Text(plain(sentence, options)), (0, 0, 0, 2))
            if most is not None and len(found) > most:
                yield Text()
                yield Text(f"and {counted(len(found) - most, 'more pair')} {verdict}")
        yield StoppedPromises(proof)
        yield from self._misplaced(options)
        yield from self._missing(options)
        yield _Assumptions(proof)
        if any(pair.verdict != "PROVED" for pair in proof.pairs):
            yield Text()
            yield Text("'ringfence explain FROM TO' shows the packet, hop by hop.", style="dim")

    def _misplaced(self, options: ConsoleOptions) -> RenderResult:
        proof = self.proof
        sentences = (*(each.sentence for each in proof.misplacements), *proof.bypasses)
        yield from _listed("Places that are not where they belong", sentences, options)

    def _missing(self, options: ConsoleOptions) -> RenderResult:
        found = settling(self.proof)
        sentences = [
            f"{each.sentence} ({counted(each.pairs, 'zone pair')})"
            for each in found[:_MOST_MISSING]
        ]
        if len(found) > _MOST_MISSING:
            sentences.append(f"and {counted(len(found) - _MOST_MISSING, 'more fact')}")
        yield from _listed("What would settle what is UNKNOWN", sentences, options)


@dataclass(frozen=True, slots=True)
class _Assumptions:
    """Draws what a proof rests on besides the facts that were read."""

    proof: Proof

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        yield from _listed("Assumptions", self.proof.assumptions, options)


def _listed(heading: str, sentences: Sequence[str], options: ConsoleOptions) -> RenderResult:
    """Yield a heading and the sentences below it, nothing where there are none."""
    if sentences:
        yield Text()
        yield Text(heading, style="bold")
    for sentence in sentences:
        yield Padding(Text(plain(sentence, options)), (0, 0, 0, 2))
