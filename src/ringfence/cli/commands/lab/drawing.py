"""A lab drawn in the terminal: a box for each host, side by side where they fit."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from rich.box import ASCII2, SQUARE
from rich.cells import cell_len
from rich.columns import Columns
from rich.console import Console, ConsoleOptions, RenderResult
from rich.panel import Panel
from rich.text import Text

from ringfence.foundation.text import for_terminal
from ringfence.operations.lab_picture import BoxPicture, LabPicture, PortLine, SwitchPicture

_STYLES: Final = ("cyan", "green", "magenta", "blue", "yellow", "bright_cyan")
"""Styles of zones in turn; their names always stand beside them."""


@dataclass(frozen=True, slots=True)
class LabDrawing:
    """Draws a lab as wide as the console allows; what a fault changed has a mark at its line."""

    lab: LabPicture

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Yield the hosts, the physical switches below them, and a line for each firewall."""
        styles = {zone: _STYLES[n % len(_STYLES)] for n, zone in enumerate(self.lab.zones)}
        for physical in (False, True):
            boxes = [box for box in self.lab.boxes if box.physical == physical]
            yield from _row([_box(box, styles, options) for box in boxes], options)
        for firewall in self.lab.firewalls:
            mark, style = ("! ", "bold red") if firewall.changed else ("", "default")
            yield Text(f"{mark}{for_terminal(firewall.sentence)}", style=style)
        if self.lab.is_broken:
            yield Text("! is what the fault changed", style="bold red")


def _row(panels: Sequence[Panel], options: ConsoleOptions) -> Iterator[Columns | Panel]:
    """Yield panels beside each other, all as wide as the widest; below each other if need be."""
    widest = max((panel.width or 0 for panel in panels), default=0)
    fit = max(1, (options.max_width + 1) // (widest + 1))
    for panel in panels:
        panel.width = min(widest, options.max_width)
    for first in range(0, len(panels), fit):
        yield Columns(panels[first : first + fit], padding=(0, 1, 0, 0))


def _box(box: BoxPicture, styles: dict[str, str], options: ConsoleOptions) -> Panel:
    words = "physical switches" if box.physical else "host"
    title = for_terminal(f"{words} {box.name}")
    lines = [line for one in box.switches for line in one.lines]
    vlans = max((cell_len(line.vlans) for line in lines), default=0)
    text = Text(no_wrap=True, overflow="ellipsis")
    for switch in box.switches:
        _switch(text, switch, vlans, styles, options)
    text.rstrip()
    width = max(map(cell_len, text.plain.splitlines()), default=0) + 4
    return Panel(
        text,
        title=Text(title, style="bold"),
        title_align="left",
        box=ASCII2 if options.ascii_only else SQUARE,
        border_style="dim",
        width=max(width, cell_len(title) + 6),
    )


def _switch(
    text: Text,
    switch: SwitchPicture,
    vlans: int,
    styles: dict[str, str],
    options: ConsoleOptions,
) -> None:
    text.append(for_terminal(switch.name), style="bold")
    text.append(f" {switch.kind}\n", style="dim")
    for line in switch.lines:
        text.append_text(_line(line, vlans, styles, options))
        text.append("\n")


def _line(line: PortLine, vlans: int, styles: dict[str, str], options: ConsoleOptions) -> Text:
    text = Text("! " if line.changed else "  ", style="bold red")
    text.append(f"{line.vlans:<{vlans}} ", style="bold red" if line.changed else "dim")
    shown = line.what.replace("──", "--") if options.ascii_only else line.what
    text.append(for_terminal(shown), style=styles.get(line.zone, "default"))
    # What is called after its zone need not say it twice.
    if line.zone and line.zone not in line.what:
        text.append(f" ({for_terminal(line.zone)})", style=styles.get(line.zone, "default"))
    return text
