"""The whole report on a terminal, and as plain text for a file or a pipe."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import Final

from rich.console import Console, ConsoleOptions, RenderResult
from rich.padding import Padding
from rich.text import Text

from ringfence.foundation.text import counted, listed
from ringfence.policy.document import Policy
from ringfence.reach.results import Obligation, PairResult, Proof
from ringfence.report.format import ReportInput
from ringfence.report.terminal.findings import FindingsView
from ringfence.report.terminal.marks import STYLES, marks, plain
from ringfence.report.terminal.matrix import MatrixView
from ringfence.report.terminal.witness import StoppedView, WitnessView
from ringfence.report.view.summary import (
    DIRECT,
    audit_sentence,
    configuration_sentences,
    foundation_sentence,
    headlines,
    missing_of,
    settling,
    settling_sentence,
    step_by_step,
    verdict_sentence,
    worst_obligations,
)
from ringfence.report.view.unread import unread_groups
from ringfence.report.view.witness import more_ways, together, way_title
from ringfence.report.view.wording import as_sentence, moment

WIDTH: Final = 80


def render(told: ReportInput) -> str:
    """Return the report as plain text of 80 columns, without colour."""
    text = io.StringIO()
    console = Console(file=text, width=WIDTH, color_system=None, legacy_windows=False)
    console.print(ReportView(told))
    return "".join(f"{line.rstrip()}\n" for line in text.getvalue().splitlines())


@dataclass(frozen=True, slots=True)
class ReportView:
    """Draws a whole report; give it to a console, which decides on colour and width."""

    told: ReportInput

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Yield the proof, the audit, and what was not read."""
        told = self.told
        yield Text(f"Ringfence: {plain(told.policy.name, options)}", style="bold")
        yield Text(f"written at {moment(told.generated)}", style="dim")
        yield Text()
        if told.proof is not None:
            yield ProofView(told.proof, told.policy)
        else:
            yield Text("No proof was made.")
        yield Text()
        if told.audit is not None:
            yield Text(audit_sentence(told.audit), style="bold")
            yield FindingsView(told.audit)
        else:
            yield Text("No audit was made.")
        yield Text()
        yield UnreadView(told)


@dataclass(frozen=True, slots=True)
class ProofView:
    """Draws a proof: the verdicts with their whole, the matrix, and why for each wrong pair."""

    proof: Proof
    policy: Policy

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Yield the summary, the matrix, and every pair that is not PROVED."""
        proof = self.proof
        yield Text(verdict_sentence(proof), style="bold")
        yield Text(plain(foundation_sentence(proof, self.policy), options))
        for sentence in configuration_sentences(proof):
            yield Text(plain(sentence, options))
        yield Text()
        yield MatrixView(proof, self.policy)
        for pair in proof.pairs:
            if pair.verdict == "VIOLATED":
                yield Text()
                yield PairView(pair)
        yield from self._unknown(options)
        yield StoppedPromises(proof)
        for heading, told in (
            (
                "Places that are not where they belong",
                [each.sentence for each in proof.misplacements],
            ),
            ("Beside the networks", proof.bypasses),
        ):
            if told:
                yield Text()
                yield Text(heading, style="bold")
            for sentence in told:
                yield Padding(Text(plain(sentence, options)), (0, 0, 0, 2))
        if proof.assumptions:
            yield Text()
            yield Text("Assumptions", style="bold")
        for phrase in proof.assumptions:
            yield Padding(Text(plain(as_sentence(phrase), options)), (0, 0, 0, 2))

    def _unknown(self, options: ConsoleOptions) -> RenderResult:
        """Yield each UNKNOWN pair in a sentence, then once what would settle them."""
        unknown = list(headlines(self.proof, "UNKNOWN"))
        if unknown:
            yield Text()
        for pair, sentence in unknown:
            line = Text(f"{marks(options)['UNKNOWN']} UNKNOWN", style=STYLES["UNKNOWN"])
            line.append(f"  {_ends(pair, options)}", style="bold default")
            line.append(f"  {plain(sentence, options)}", style="not bold default")
            yield line
        settled = settling(self.proof)
        if settled:
            yield Text("What would settle it", style="bold")
        for each in settled:
            told = f"{each.sentence} ({counted(each.pairs, 'zone pair')})"
            yield Padding(Text(plain(told, options)), (0, 0, 0, 2))


@dataclass(frozen=True, slots=True)
class StoppedPromises:
    """Draws each promised service that cannot work now, with the way up to where it ends."""

    proof: Proof

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Yield a head line and the services; pairs that are violated tell theirs themselves."""
        found = [
            each
            for pair in self.proof.pairs
            if pair.verdict != "VIOLATED"
            for each in pair.obligations
            if each.kind == "flow" and each.verdict == "VIOLATED"
        ]
        if found:
            yield Text()
            yield Text("Promised services that cannot work now", style="bold")
        for each in found:
            yield Padding(Text(plain(each.sentence, options)), (0, 0, 0, 2))
            if each.stopped is not None:
                yield Padding(StoppedView(each.stopped), (0, 0, 0, 4))


def _ends(pair: PairResult, options: ConsoleOptions) -> str:
    arrow = "->" if options.ascii_only else "→"
    return f"{plain(pair.source, options)} {arrow} {plain(pair.destination, options)}"


@dataclass(frozen=True, slots=True)
class PairView:
    """Draws one zone pair: its verdict, what is declared and possible, and the evidence."""

    pair: PairResult

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Yield the head line, then each obligation with its witness or what is missing."""
        pair = self.pair
        head = Text(f"{marks(options)[pair.verdict]} {pair.verdict}", style=STYLES[pair.verdict])
        head.append(f"  {_ends(pair, options)}", style="bold default")
        yield head
        declared = f"declared: {listed(pair.declared, most=8) or 'nothing'}"
        reachable = f"delivered: {listed(pair.reachable, most=8) or 'nothing'}"
        working = f"; works now: {listed(pair.working, most=8)}" if pair.working else ""
        told = plain(f"{declared}; {reachable}{working}", options)
        yield Padding(Text(told, style="dim"), (0, 0, 0, 2))
        if len(pair.chain) > DIRECT:
            yield Padding(Text(plain(step_by_step(pair), options), style="dim"), (0, 0, 0, 2))
        if pair.flows_work is False:
            yield Padding(Text("A promised service cannot work."), (0, 0, 0, 2))
        for obligation in worst_obligations(pair):
            yield from self._obligation(obligation, options)
        if told := together(pair):
            yield Padding(Text(plain(told, options)), (0, 0, 0, 2))
        for missing in missing_of(pair):
            told = plain(f"would settle it: {settling_sentence(missing)}", options)
            yield Padding(Text(told), (0, 0, 0, 4))
        for note in pair.notes:
            yield Padding(Text(plain(note, options), style="dim"), (0, 0, 0, 2))

    def _obligation(self, obligation: Obligation, options: ConsoleOptions) -> RenderResult:
        line = Text()
        if obligation.verdict != self.pair.verdict:
            line.append(f"{obligation.verdict} ", style=STYLES[obligation.verdict])
        line.append(plain(obligation.sentence, options))
        yield Padding(line, (0, 0, 0, 2))
        if obligation.witness is not None:
            yield Padding(WitnessView(obligation.witness), (0, 0, 0, 4))
        for other in obligation.others:
            yield Padding(Text(plain(way_title(other), options)), (0, 0, 0, 2))
            yield Padding(WitnessView(other), (0, 0, 0, 4))
        if told := more_ways(obligation):
            yield Padding(Text(told), (0, 0, 0, 2))
        if obligation.stopped is not None:
            yield Padding(StoppedView(obligation.stopped), (0, 0, 0, 4))


@dataclass(frozen=True, slots=True)
class UnreadView:
    """Draws what was not read, a line for each property and reason."""

    told: ReportInput

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Yield a head line and the gaps, the widest first."""
        groups = unread_groups(self.told)
        if not groups:
            yield Text("Everything that was asked for was read.")
            return
        yield Text("Not read; what depends on it is UNKNOWN", style="bold")
        for group in groups:
            told = f"{group.property} of {listed(group.names)}: {group.why}."
            yield Padding(Text(plain(told, options)), (0, 0, 0, 2))
