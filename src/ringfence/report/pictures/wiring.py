"""A host's wiring as a picture, from the physical network below to the machines on top."""

from __future__ import annotations

from collections.abc import Mapping

from ringfence.foundation.text import counted, listed
from ringfence.report.pictures import layout
from ringfence.report.pictures.canvas import Canvas, text_width
from ringfence.report.pictures.layout import Bar, Nic, Plan, Tab
from ringfence.report.view.attached import Chip, Gate
from ringfence.report.view.differences import MISSING
from ringfence.report.view.shape import UNDECLARED, KernelShape, TabShape
from ringfence.report.view.wiring import Drawing
from ringfence.report.view.zones import ZoneLook

_WIDE_GATE = 700.0
"""Wider ones have their name at the left, where a narrow window shows it."""
_LETTERS = ("P", "M", "F")
_ROLES = {"active": "wire", "standby": "wire-standby", "not read": "wire-thin"}
_NIC_BOXES = {"active": "box-filled", "standby": "box-dashed", "unused": "box-hollow"}


def wiring_picture(drawing: Drawing, looks: Mapping[str, ZoneLook], identity: str) -> str:
    """Return the wiring of the hosts of one drawing as SVG; ``identity`` starts its ids."""
    plan = layout.plan(drawing)
    canvas = Canvas(
        identity=identity,
        width=plan.width,
        height=plan.height,
        title=f"Wiring of {listed(drawing.hosts, most=12)}",
        description=_description(drawing),
    )
    _captions(canvas, plan)
    _physical_network(canvas, plan)
    for bar in plan.bars:
        _bar(canvas, plan, bar, looks)
    for nic in plan.nics:
        _nic(canvas, plan, nic)
    for index, gate in enumerate(drawing.attached.gates):
        _gate(canvas, plan, (index, gate), looks)
    return canvas.markup()


def _description(drawing: Drawing) -> str:
    parts = []
    for switch in drawing.shape.switches:
        nics = listed((f"{nic.name} ({nic.role})" for nic in switch.nics), most=8) or "no NIC"
        groups = listed((f"{tab.name} {tab.network}" for tab in switch.tabs), most=12)
        parts.append(f"{switch.name} on {nics} carries {groups or 'no port group'}.")
    if drawing.other:
        parts.append(f"It differs from the other hosts in {counted(len(drawing.other), 'point')}.")
    return " ".join(parts) or "No switch was read."


def _captions(canvas: Canvas, plan: Plan) -> None:
    rows = [
        (plan.tabs_top - 10, "machines"),
        (plan.tabs_top + 16, "port groups"),
        (plan.bars_top + 17, "switches"),
        (plan.nics_top + 17, "physical NICs"),
        (plan.domains_top + 15, "layer-2 domains"),
    ]
    if plan.drawing.attached.gates:
        rows.append((plan.gates_top + 17, "between zones"))
    for y, words in rows:
        canvas.text((0, y), words, look="text-muted", size=11)
    canvas.line((0, plan.boundary), (plan.width, plan.boundary), "boundary")
    canvas.text((0, plan.boundary - 5), "virtual", look="text-muted", size=10)
    canvas.text((0, plan.boundary + 12), "physical", look="text-muted", size=10)
    if plan.apart is not None:
        canvas.line((plan.apart, 2), (plan.apart, plan.bars_top), "boundary")
        canvas.text((plan.apart - 8, 13), "management", look="text-muted", size=11, anchor="end")


def _physical_network(canvas: Canvas, plan: Plan) -> None:
    for row, domain in enumerate(plan.domains):
        y = plan.domains_top + row * (layout.DOMAIN + layout.DOMAIN_GAP)
        members = [nic for nic in plan.nics if nic.shape and nic.shape.domain == domain]
        for nic in members:
            start = (nic.centre, plan.nics_top + layout.NIC_HEIGHT)
            canvas.line(start, (nic.centre, y), "wire")
        left, right = members[0].x, members[-1].x + layout.NIC
        look = "box-dashed" if domain == UNDECLARED else "bar"
        canvas.rect((left, y, right - left, layout.DOMAIN), look, rx="11")
        words = "domain not declared" if domain == UNDECLARED else domain
        canvas.text(((left + right) / 2, y + 15), words, anchor="middle", width=right - left - 12)
        for nic in members:
            canvas.circle((nic.centre, y), 3, "dot")


def _bar(canvas: Canvas, plan: Plan, bar: Bar, looks: Mapping[str, ZoneLook]) -> None:
    y = plan.bars_top
    for nic in bar.nics:
        if nic.shape is not None and nic.shape.role in _ROLES:
            end = (nic.centre, plan.nics_top)
            canvas.line((nic.centre, y + layout.BAR), end, _ROLES[nic.shape.role])
    for tab in bar.tabs:
        _tab(canvas, plan, tab, looks)
    other = plan.drawing.other.get(("switch", bar.shape.name))
    canvas.rect((bar.x, y, bar.width, layout.BAR), "box-strong" if other else "bar")
    kind = bar.shape.kind.replace("-", " ")
    canvas.text((bar.x + 10, y + 17), bar.shape.name, size=13, bold=True, width=bar.width - 20)
    told = f"others: {other}" if other else kind
    told = told if bar.shape.nics_read else f"{told}, uplinks not read"
    room = bar.width - 30 - text_width(bar.shape.name, 13, bold=True)
    if room > 40 and (other or text_width(told, 11) <= room):
        at = (bar.x + bar.width - 10, y + 17)
        canvas.text(at, told, look="text-muted", size=11, anchor="end", width=room)


def _tab(canvas: Canvas, plan: Plan, tab: Tab, looks: Mapping[str, ZoneLook]) -> None:
    y = plan.tabs_top
    box = (tab.x, y, layout.TAB, layout.TAB_HEIGHT)
    room = layout.TAB - 16
    if tab.folded:
        canvas.rect(box, "box-hollow")
        more = f"{len(tab.folded)} more"
        canvas.text((tab.x + 8, y + 17), more, bold=True, width=room)
        canvas.text((tab.x + 8, y + 34), "port groups with", look="text-muted", size=11)
        canvas.text((tab.x + 8, y + 49), "nothing attached here", look="text-muted", size=11)
        return
    if tab.shape is None:
        canvas.rect(box, "ghost")
        canvas.text((tab.x + 8, y + 17), tab.key[1], bold=True, width=room)
        canvas.text((tab.x + 8, y + 35), "missing on this host", size=11)
        vlan = plan.drawing.other[("vlan", *tab.key)]
        canvas.text((tab.x + 8, y + 52), f"others: VLAN {vlan}", size=11, width=room)
        return
    unlike = plan.drawing.other.get(("vlan", *tab.key)) == MISSING
    canvas.rect(box, "box-strong" if unlike else "box")
    canvas.text((tab.x + 8, y + 17), tab.shape.name, bold=True, width=room)
    zones = plan.drawing.zones.get(tab.key, ())
    for index, name in enumerate(zones[:2]):
        canvas.swatch((tab.x + 8 + index * 14, y + 23, 11, 11), looks.get(name))
    if zones:
        left = 12 + 14 * min(len(zones), 2)
        words = " / ".join(zones)
        canvas.text(
            (tab.x + left, y + 32.5), words, look="text-muted", size=11, width=room - left + 8
        )
    _vlan(canvas, plan, tab, tab.shape)
    _security(canvas, plan, tab, tab.shape)
    foot = y - 6
    for kernel in tab.shape.kernels:
        foot -= layout.KERNEL
        _kernel(canvas, plan, kernel, (tab.x, foot, tab.chip_width))
        foot -= layout.CHIP_GAP
    for chip in tab.chips:
        foot -= layout.CHIP
        _chip(canvas, chip, (tab.x, foot, tab.chip_width), looks)
        foot -= layout.CHIP_GAP


def _vlan(canvas: Canvas, plan: Plan, tab: Tab, shape: TabShape) -> None:
    y = plan.tabs_top + 51
    words = shape.network
    other = plan.drawing.other.get(("vlan", *tab.key))
    if other is None or other == MISSING:
        canvas.text((tab.x + 8, y), words, size=11.5, width=layout.TAB - 16)
        if other == MISSING:
            canvas.text((tab.x + 124, y), "only here", size=10.5, anchor="end")
        return
    wide = min(text_width(words, 11, bold=True), 70.0) + 7
    canvas.rect((tab.x + 5, y - 12, wide, 17), "box-strong")
    canvas.text((tab.x + 9, y), words, size=11, bold=True, width=70)
    room = layout.TAB - wide - 11
    canvas.text((tab.x + wide + 9, y), f"others {other}", size=10, width=room)


def _security(canvas: Canvas, plan: Plan, tab: Tab, shape: TabShape) -> None:
    y = plan.tabs_top + 59
    other = plan.drawing.other.get(("security", *tab.key))
    if other:
        canvas.rect((tab.x + 5, y - 3, 58, 21), "box-strong")
    for index, (letter, state) in enumerate(zip(_LETTERS, shape.security, strict=True)):
        box = (tab.x + 8 + index * 18, y, 15.0, 15.0)
        look = {"accept": "mark-on", "reject": "mark-off"}.get(state, "box-dashed")
        canvas.rect(box, look)
        text_look = "mark-on-text" if state == "accept" else "text-muted"
        shown = letter if state in ("accept", "reject") else "?"
        at = (box[0] + 7.5, y + 11.5)
        canvas.text(at, shown, look=text_look, size=10, anchor="middle", bold=state == "accept")
    if other:
        words = "others reject" if other == "all rejected" else "others differ"
        canvas.text((tab.x + 67, y + 11.5), words, size=10, width=layout.TAB - 70)
    elif ("teaming", *tab.key) in plan.drawing.other:
        canvas.text((tab.x + 67, y + 11.5), "uplinks differ", size=10, width=layout.TAB - 70)


def _kernel(
    canvas: Canvas, plan: Plan, kernel: KernelShape, place: tuple[float, float, float]
) -> None:
    x, y, width = place
    right, low = x + width, y + layout.KERNEL
    other = plan.drawing.other.get(("kernel", kernel.name))
    canvas.path(
        f"M{x + 8:g} {y:g}H{right - 8:g}L{right:g} {y + 8:g}V{low:g}H{x:g}V{y + 8:g}Z",
        "box-strong" if other else "box",
    )
    canvas.text((x + 10, y + 18), kernel.name, bold=True, width=width - 20)
    services = ", ".join(kernel.services) or "no service"
    told = f"others: {other}" if other else services
    canvas.text((x + 10, y + 34), told, look="text-muted", size=11, width=width - 18)


def _chip(
    canvas: Canvas, chip: Chip, place: tuple[float, float, float], looks: Mapping[str, ZoneLook]
) -> None:
    x, y, width = place
    canvas.rect((x, y, width, layout.CHIP), "box-strong" if chip.remark else "box", rx="2")
    canvas.swatch((x, y, 9, layout.CHIP), looks.get(chip.zone or ""))
    count = f"{chip.count}" if chip.count > 1 else ""
    room = width - 18
    if count:
        at = (x + width - 5, y + 15)
        canvas.text(at, count, size=11.5, bold=True, anchor="end")
        room -= text_width(count, 11.5, bold=True) + 6
    label = f"{chip.label}, {chip.remark}" if chip.remark else chip.label
    canvas.text((x + 14, y + 15), label, size=11, width=room)


def _gate(
    canvas: Canvas, plan: Plan, numbered: tuple[int, Gate], looks: Mapping[str, ZoneLook]
) -> None:
    # Legs that pass behind the gate of another row have no dot at its edge.
    index, gate = numbered
    tabs = [plan.tabs[key] for key in gate.tabs if key in plan.tabs]
    if not tabs:
        return
    y = plan.gates_top + plan.gate_rows[index] * (layout.GATE + layout.GATE_GAP)
    left = min(tab.x for tab in tabs)
    right = max(tab.x for tab in tabs) + layout.TAB
    for tab in tabs:
        x = tab.lane_x(index)
        canvas.line((x, y + layout.GATE), (x, plan.tabs_top), "wire")
    device = gate.kind == "device"
    canvas.rect((left, y, right - left, layout.GATE), "gate" if device else "box-strong")
    if device:
        for edge in (left, right - 10):
            _bricks(canvas, (edge, y, 10.0, layout.GATE))
    else:
        canvas.swatch((left, y, 9, layout.GATE), looks.get(gate.zone or ""))
    for tab in tabs:
        canvas.circle((tab.lane_x(index), y + layout.GATE), 3, "dot")
        canvas.circle((tab.lane_x(index), plan.tabs_top), 3, "dot")
    names = listed(tab.key[1] for tab in tabs)
    own = "" if gate.name == gate.device else f" is {gate.device}"
    role = own if device else f" ({gate.zone or 'no zone'}) joins {names}"
    where = f", on {gate.host}" if len(plan.drawing.hosts) > 1 else ""
    words = f"{gate.name}{role}{where}"
    if right - left > _WIDE_GATE:
        canvas.text((left + 20, y + 17), words, bold=device, width=_WIDE_GATE)
    else:
        at = ((left + right) / 2, y + 17)
        canvas.text(at, words, bold=device, anchor="middle", width=right - left - 30)


def _bricks(canvas: Canvas, box: tuple[float, float, float, float]) -> None:
    x, y, width, height = box
    canvas.rect(box, "box-filled")
    rows = 4
    step = height / rows
    for row in range(rows):
        level = y + row * step
        if row:
            canvas.line((x, level), (x + width, level), "wire-thin")
        joint = x + width * (0.35 if row % 2 else 0.65)
        canvas.line((joint, level), (joint, level + step), "wire-thin")


def _nic(canvas: Canvas, plan: Plan, nic: Nic) -> None:
    y = plan.nics_top
    box = (nic.x, y, layout.NIC, layout.NIC_HEIGHT)
    other = {
        key[2]: value for key, value in plan.drawing.other.items() if key[:2] == ("nic", nic.name)
    }
    room = layout.NIC - 14
    if nic.shape is None:
        canvas.rect(box, "ghost")
        canvas.text((nic.x + 7, y + 17), nic.name, bold=True, width=room)
        canvas.text((nic.x + 7, y + 33), "missing here", size=11, width=room)
        return
    look = _NIC_BOXES.get(nic.shape.role, "box-dashed")
    canvas.rect(box, "box-strong" if other else look)
    canvas.text((nic.x + 7, y + 17), nic.name, bold=True, width=room)
    canvas.text((nic.x + 7, y + 33), nic.shape.speed, size=10, width=room)
    words: str = "" if nic.shape.role == "active" else nic.shape.role
    if other:
        told = next(iter(other.values()))
        words = "only here" if told == MISSING else f"others {told}"
    canvas.text((nic.x + 7, y + 47), words, size=10.5, width=room)
    if nic.shape.role == "unused":
        canvas.circle((nic.centre, y), 3.5, "dot-hollow")
    if nic.shape.speed == "link down":
        middle = y + layout.NIC_HEIGHT + 11
        data = f"M{nic.centre - 5:g} {middle - 5:g}l10 10m0 -10l-10 10"
        canvas.path(data, "wire")
