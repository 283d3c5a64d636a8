"""Where everything of a host's wiring stands: the plan of the drawing, without any drawing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from ringfence.report.view.attached import Chip, Gate, TabKey, chips
from ringfence.report.view.differences import MISSING
from ringfence.report.view.shape import NicShape, SwitchShape, TabShape
from ringfence.report.view.wiring import Drawing

MARGIN: Final = 96.0
TAB: Final = 140.0
TAB_HEIGHT: Final = 82.0
TAB_GAP: Final = 10.0
SWITCH_GAP: Final = 26.0
APART: Final = 24.0
NIC: Final = 96.0
NIC_HEIGHT: Final = 54.0
NIC_GAP: Final = 8.0
CHIP: Final = 22.0
CHIP_GAP: Final = 3.0
KERNEL: Final = 44.0
BAR: Final = 26.0
GATE: Final = 26.0
GATE_GAP: Final = 8.0
LANE: Final = 11.0
WIRES: Final = 54.0
DOMAIN: Final = 22.0
DOMAIN_GAP: Final = 8.0
MOST_TABS: Final = 12
"""From this many port groups on, those without anything attached are drawn as one."""


@dataclass(frozen=True, slots=True)
class Tab:
    """A port group in its place. ``shape`` is ``None`` where the host lacks it (a ghost).

    ``folded`` names the port groups that it stands for, where it stands for several.
    """

    key: TabKey
    shape: TabShape | None
    x: float
    chips: tuple[Chip, ...] = ()
    lanes: tuple[int, ...] = ()
    folded: tuple[str, ...] = ()

    @property
    def stack(self) -> float:
        """The height of what stands on it."""
        kernels = len(self.shape.kernels) if self.shape else 0
        return kernels * (KERNEL + CHIP_GAP) + len(self.chips) * (CHIP + CHIP_GAP)

    @property
    def chip_width(self) -> float:
        """The width that chips may have beside the legs of gates."""
        return TAB - LANE * len(self.lanes) - (3 if self.lanes else 0)

    def lane_x(self, gate: int) -> float:
        """Return where the leg of a gate comes down on it."""
        return self.x + TAB - LANE * (len(self.lanes) - self.lanes.index(gate)) + LANE / 2


@dataclass(frozen=True, slots=True)
class Nic:
    """A physical NIC in its place; ``shape`` is ``None`` where only the other hosts have it."""

    name: str
    shape: NicShape | None
    x: float

    @property
    def centre(self) -> float:
        """The middle, where its wires end."""
        return self.x + NIC / 2


@dataclass(frozen=True, slots=True)
class Bar:
    """A virtual switch as a bar that spans its port groups and physical NICs."""

    shape: SwitchShape
    x: float
    width: float
    tabs: tuple[Tab, ...]
    nics: tuple[Nic, ...]


@dataclass(frozen=True)
class Plan:
    """The whole drawing, from top to bottom: gates, machines, tabs, bars, NICs, domains."""

    drawing: Drawing
    bars: tuple[Bar, ...]
    loose: tuple[Nic, ...]
    gate_rows: tuple[int, ...]
    apart: float | None

    @cached_property
    def tabs(self) -> Mapping[TabKey, Tab]:
        """Tabs by switch and port group."""
        return {tab.key: tab for bar in self.bars for tab in bar.tabs}

    @property
    def gates_top(self) -> float:
        """The upper edge of the first row of gates."""
        return 24.0

    @property
    def machines_top(self) -> float:
        """Below the gates."""
        rows = max(self.gate_rows, default=-1) + 1
        return self.gates_top + rows * (GATE + GATE_GAP) + (6 if rows else 0)

    @property
    def tabs_top(self) -> float:
        """The upper edge of the port groups, where machines stand."""
        stacks = (tab.stack for tab in self.tabs.values())
        return self.machines_top + max(max(stacks, default=0.0), CHIP) + 6

    @property
    def bars_top(self) -> float:
        """The upper edge of the switches."""
        return self.tabs_top + TAB_HEIGHT

    @property
    def boundary(self) -> float:
        """The line between virtual and physical."""
        return self.bars_top + BAR + WIRES / 2

    @property
    def nics_top(self) -> float:
        """The upper edge of the physical NICs."""
        return self.bars_top + BAR + WIRES

    @property
    def domains_top(self) -> float:
        """The upper edge of the physical network."""
        return self.nics_top + NIC_HEIGHT + 26

    @cached_property
    def domains(self) -> tuple[str, ...]:
        """The layer-2 domains in the order of their first NIC."""
        found = (nic.shape.domain for nic in self.nics if nic.shape is not None)
        return tuple(dict.fromkeys(found))

    @cached_property
    def nics(self) -> tuple[Nic, ...]:
        """Every physical NIC from left to right."""
        return (*(nic for bar in self.bars for nic in bar.nics), *self.loose)

    @property
    def width(self) -> float:
        """The width of the drawing."""
        ends = [bar.x + bar.width for bar in self.bars]
        ends += [nic.x + NIC for nic in self.loose]
        return max([*ends, MARGIN + 420]) + 6

    @property
    def height(self) -> float:
        """The height of the drawing."""
        return self.domains_top + max(len(self.domains), 1) * (DOMAIN + DOMAIN_GAP) + 4


def plan(drawing: Drawing) -> Plan:
    """Return the plan of a drawing; management stands apart on the left."""
    gates = drawing.attached.gates
    bars: list[Bar] = []
    x = MARGIN
    apart = None
    for switch in drawing.shape.switches:
        bar, edge = _bar(drawing, switch, x, gates)
        bars.append(bar)
        apart = edge if apart is None else apart
        x += bar.width + SWITCH_GAP
    loose = []
    for shape in drawing.shape.loose_nics:
        loose.append(Nic(shape.name, shape, x))
        x += NIC + NIC_GAP
    for name in _absent_nics(drawing):
        loose.append(Nic(name, None, x))
        x += NIC + NIC_GAP
    return Plan(
        drawing=drawing,
        bars=tuple(bars),
        loose=tuple(loose),
        gate_rows=_gate_rows(gates, {tab.key: tab.x for bar in bars for tab in bar.tabs}),
        apart=apart,
    )


def _bar(
    drawing: Drawing, switch: SwitchShape, x: float, gates: list[Gate]
) -> tuple[Bar, float | None]:
    tabs: list[Tab] = []
    at = x
    apart = None
    shapes, empty = _drawn(drawing, switch)
    for index, shape in enumerate(shapes):
        if index and shapes[index - 1].serves_management and not shape.serves_management:
            apart = at - TAB_GAP / 2 + APART / 2
            at += APART
        key = (switch.name, shape.name)
        tabs.append(
            Tab(
                key=key,
                shape=shape,
                x=at,
                chips=chips(drawing.attached.on_tab.get(key, ())),
                lanes=tuple(i for i, gate in enumerate(gates) if key in gate.tabs),
            )
        )
        at += TAB + TAB_GAP
    for name in _absent_tabs(drawing, switch):
        tabs.append(Tab(key=(switch.name, name), shape=None, x=at))
        at += TAB + TAB_GAP
    if empty:
        tabs.append(Tab(key=(switch.name, ""), shape=None, x=at, folded=tuple(empty)))
        at += TAB + TAB_GAP
    nics_width = len(switch.nics) * (NIC + NIC_GAP) - NIC_GAP
    width = max(at - TAB_GAP - x, nics_width, TAB)
    start = x + (width - nics_width) / 2
    nics = tuple(
        Nic(nic.name, nic, start + index * (NIC + NIC_GAP)) for index, nic in enumerate(switch.nics)
    )
    return Bar(switch, x, width, tuple(tabs), nics), apart


def _drawn(drawing: Drawing, switch: SwitchShape) -> tuple[list[TabShape], list[str]]:
    """Return the tabs to draw, and the names of the empty ones to draw as one."""
    if len(switch.tabs) <= MOST_TABS:
        return list(switch.tabs), []
    used = set(drawing.attached.on_tab) | {
        key for gate in drawing.attached.gates for key in gate.tabs
    }
    told = {key[1:3] for key in drawing.other if key[0] in ("vlan", "security", "teaming")}
    shown = [
        tab
        for tab in switch.tabs
        if tab.kernels or (switch.name, tab.name) in used or (switch.name, tab.name) in told
    ]
    return shown, [tab.name for tab in switch.tabs if tab not in shown]


def _absent_tabs(drawing: Drawing, switch: SwitchShape) -> list[str]:
    here = {tab.name for tab in switch.tabs}
    return [
        key[2]
        for key, value in drawing.other.items()
        if key[0] == "vlan" and key[1] == switch.name and key[2] not in here and value != MISSING
    ]


def _absent_nics(drawing: Drawing) -> list[str]:
    shape = drawing.shape
    here = {nic.name for switch in shape.switches for nic in switch.nics}
    here |= {nic.name for nic in shape.loose_nics}
    return [
        key[1]
        for key, value in drawing.other.items()
        if key[0] == "nic" and key[2] == "switch" and key[1] not in here and value != MISSING
    ]


def _gate_rows(gates: list[Gate], places: Mapping[TabKey, float]) -> tuple[int, ...]:
    """Give each gate the first row in which it overlaps no other."""
    rows: list[list[tuple[float, float]]] = []
    chosen = []
    for gate in gates:
        edges = [places[tab] for tab in gate.tabs if tab in places]
        first, last = min(edges, default=0.0), max(edges, default=0.0) + TAB
        for number, row in enumerate(rows):
            if all(last < left or right < first for left, right in row):
                row.append((first, last))
                chosen.append(number)
                break
        else:
            rows.append([(first, last)])
            chosen.append(len(rows) - 1)
    return tuple(chosen)
