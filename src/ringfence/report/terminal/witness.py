"""A witness as an indented path, the station that should have stopped it marked."""

from __future__ import annotations

from dataclasses import dataclass

from rich.console import Console, ConsoleOptions, RenderResult
from rich.padding import Padding
from rich.text import Text

from ringfence.reach.results import Hop, Stopped, Witness
from ringfence.report.terminal.marks import STYLES, marks, plain
from ringfence.report.view.witness import ATTACKERS, closing, stations
from ringfence.report.view.wording import header_text

_DEEPEST = 10


@dataclass(frozen=True, slots=True)
class WitnessView:
    """Draws the path of a witness, a station a line, each one step further in."""

    witness: Witness

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Yield who can send it, the path, and below the decisive station what would close it."""
        witness = self.witness
        replayed = (
            "An interpreter that shares no code with the proof delivered it too."
            if witness.replayed
            else "It has not been replayed."
        )
        yield Text(f"{ATTACKERS[witness.attacker]} {replayed}", style="dim")
        if witness.harder:
            yield Text(plain(witness.harder, options), style="dim")
        closed = False
        for depth, station in enumerate(stations(witness)):
            hop = station.hop
            left = 2 * min(depth, _DEEPEST)
            yield Padding(_line(hop, options), (0, 0, 0, left))
            if hop.rule:
                yield Padding(Text(plain(hop.rule, options), style="italic"), (0, 0, 0, left + 4))
            if station.header is not None:
                verb = "sends" if depth == 0 else "makes it"
                header = plain(header_text(station.header), options)
                yield Padding(Text(f"{verb} {header}", style="cyan"), (0, 0, 0, left + 4))
            if hop.decisive and not closed:
                closed = True
                yield from self._closing(options, left + 4)
        if not closed:
            yield from self._closing(options, 0)

    def _closing(self, options: ConsoleOptions, left: int) -> RenderResult:
        how, told = closing(self.witness)
        if told:
            text = f"{how[0].lower()}{how[1:]}: {plain(told, options)}"
            yield Padding(Text(text), (0, 0, 0, left))


@dataclass(frozen=True, slots=True)
class StoppedView:
    """Draws the way of a packet of a promised service up to the station where it ends."""

    stopped: Stopped

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Yield the packet, then its stations, each one step further in."""
        header = plain(header_text(self.stopped.header), options)
        yield Text(f"tried with {header}", style="cyan")
        for depth, hop in enumerate(self.stopped.hops):
            yield Padding(_line(hop, options), (0, 0, 0, 2 * min(depth, _DEEPEST)))


def _line(hop: Hop, options: ConsoleOptions) -> Text:
    """Return a station as one line, marked where it decides."""
    kind = "reached" if hop.kind == "place" else hop.kind.replace("-", " ")
    line = Text()
    if hop.decisive:
        line.append(f"{marks(options)['VIOLATED']} ", style=STYLES["VIOLATED"])
    line.append(f"{kind} ", style="dim")
    line.append(plain(hop.label, options), style="bold red" if hop.decisive else "bold")
    if hop.detail:
        line.append(f", {plain(hop.detail, options)}")
    return line
