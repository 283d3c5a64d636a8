"""The zone matrix as a picture: who may reach whom, at a glance."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final
from xml.etree.ElementTree import Element

from ringfence.foundation.text import counted
from ringfence.reach.results import Verdict
from ringfence.report.pictures.canvas import Canvas, text_width
from ringfence.report.view.matrix import Band, Cell, Matrix, counts
from ringfence.report.view.wording import short_services
from ringfence.report.view.zones import ZoneLook

_GAP: Final = 3
_LEGEND: Final = 44


@dataclass(frozen=True, slots=True)
class _Scale:
    """Sizes for a number of zones: a cell with words, with services only, or with a mark."""

    width: float
    height: float
    words: bool
    services: bool


def _scale(bands: int) -> _Scale:
    if bands <= 8:
        return _Scale(112, 46, words=True, services=True)
    if bands <= 14:
        return _Scale(62, 38, words=False, services=True)
    return _Scale(25, 25, words=False, services=False)


def matrix_picture(
    matrix: Matrix,
    looks: Mapping[str, ZoneLook],
    places: Mapping[str, int],
    target: Callable[[Cell], str],
) -> str:
    """Return the matrix as SVG; each cell links to ``target(cell)``.

    ``places`` counts the places of each zone, shown on the diagonal.
    """
    scale = _scale(len(matrix.bands))
    head = _head_width(matrix.bands, looks)
    top = 52.0 if scale.words else 30 + min(head, 180) * 0.98
    side = len(matrix.bands)
    grid = (side * (scale.width + _GAP), side * (scale.height + _GAP))
    canvas = Canvas(
        identity="matrix",
        width=max(head + grid[0] + 8, head + 500),
        height=top + grid[1] + _LEGEND,
        title="Zone matrix: from the rows to the columns",
        description=_description(matrix),
        interactive=True,
    )
    _axes(canvas, head, top)
    for index, band in enumerate(matrix.bands):
        y = top + index * (scale.height + _GAP)
        _row_head(canvas, band, looks, (y, scale.height), (head, index))
        x = head + index * (scale.width + _GAP)
        _column_head(canvas, band, looks, (x, top, scale.width), (index, scale))
    for line in matrix.cells:
        for cell in line:
            box = (
                head + cell.column * (scale.width + _GAP),
                top + cell.row * (scale.height + _GAP),
                scale.width,
                scale.height,
            )
            href = target(cell) if cell.pairs else ""
            _cell(canvas, matrix, cell, box, (scale, places, href))
    _legend(canvas, (head, top + grid[1] + 20), [cell for line in matrix.cells for cell in line])
    return canvas.markup()


def cell_label(matrix: Matrix, cell: Cell) -> str:
    """Return a cell as words: zones, verdict, what is declared and what cannot work."""
    source, destination = matrix.bands[cell.row].name, matrix.bands[cell.column].name
    verdict = cell.verdict
    if verdict is None:
        return f"inside {source}"
    words = verdict if len(cell.pairs) == 1 else _shares(cell)
    declared = f"declared {', '.join(cell.declared)}" if cell.declared else "nothing declared"
    stopped = "; a promised service cannot work" if cell.stopped else ""
    return f"{source} to {destination}: {words}; {declared}{stopped}"


def _shares(cell: Cell) -> str:
    return ", ".join(f"{count} {verdict}" for verdict, count in counts(cell.pairs).items() if count)


def _description(matrix: Matrix) -> str:
    pairs = [pair for line in matrix.cells for cell in line for pair in cell.pairs]
    found = counts(pairs)
    shares = ", ".join(f"{count} {verdict}" for verdict, count in found.items())
    wrong = [
        f"{pair.source} to {pair.destination} is {pair.verdict}"
        for pair in pairs
        if pair.verdict != "PROVED"
    ]
    listed = f" {'; '.join(wrong[:20])}{'; and more' if len(wrong) > 20 else ''}." if wrong else ""
    return f"{counted(len(pairs), 'zone pair')}: {shares}.{listed}"


def _head_width(bands: tuple[Band, ...], looks: Mapping[str, ZoneLook]) -> float:
    widths = [90.0]
    for band in bands:
        widths.append(text_width(band.name, 13, bold=True))
        look = _look(band, looks)
        if look is not None:
            widths.append(text_width(_note(look), 10.5))
    return min(max(widths), 190) + 36


def _note(look: ZoneLook) -> str:
    return f"trust {look.trust}{', ' if look.note else ''}{look.note}"


def _axes(canvas: Canvas, head: float, top: float) -> None:
    canvas.text((head, 13), "to →", look="text-muted", size=11)
    canvas.text((0, top - 8), "from ↓", look="text-muted", size=11)


def _look(band: Band, looks: Mapping[str, ZoneLook]) -> ZoneLook | None:
    return looks.get(band.zones[0]) if not band.folded else None


def _row_head(
    canvas: Canvas,
    band: Band,
    looks: Mapping[str, ZoneLook],
    across: tuple[float, float],
    place: tuple[float, int],
) -> None:
    (y, height), (head, index) = across, place
    group = canvas.group(class_="head", data_row=str(index))
    look = _look(band, looks)
    middle = y + height / 2
    if look is not None:
        canvas.swatch((0, middle - 7, 14, 14), look, group)
    tall = height > 40 and look is not None
    canvas.text(
        (22, middle + (-1 if tall else 4.5)),
        band.name,
        size=13,
        bold=True,
        width=head - 30,
        parent=group,
    )
    if tall and look is not None:
        canvas.text(
            (22, middle + 13),
            _note(look),
            look="text-muted",
            size=10.5,
            width=head - 30,
            parent=group,
        )


def _column_head(
    canvas: Canvas,
    band: Band,
    looks: Mapping[str, ZoneLook],
    box: tuple[float, float, float],
    place: tuple[int, _Scale],
) -> None:
    (x, top, width), (index, scale) = box, place
    group = canvas.group(class_="head", data_column=str(index))
    look = _look(band, looks)
    if scale.words:
        if look is not None:
            canvas.swatch((x, top - 22, 10, 10), look, group)
        canvas.text((x + 15, top - 13), band.name, bold=True, width=width - 16, parent=group)
        return
    middle = x + width / 2
    if look is not None:
        canvas.swatch((middle - 6, top - 18, 12, 12), look, group)
    canvas.text(
        (middle + 4, top - 24),
        band.name,
        bold=True,
        width=min(180, top - 40),
        parent=group,
        transform=f"rotate(-90 {middle + 4:g} {top - 24:g})",
    )


def _cell(
    canvas: Canvas,
    matrix: Matrix,
    cell: Cell,
    box: tuple[float, float, float, float],
    rest: tuple[_Scale, Mapping[str, int], str],
) -> None:
    scale, places, href = rest
    x, y, width, height = box
    verdict = cell.verdict
    if verdict is None:
        canvas.rect(box, "inside")
        if scale.words:
            band = matrix.bands[cell.row]
            count = sum(places.get(zone, 0) for zone in band.zones)
            if count:
                words = counted(count, "place")
                at = (x + width / 2, y + height / 2 + 4)
                canvas.text(at, words, look="text-muted", size=11, anchor="middle")
        return
    link = canvas.link(
        href,
        cell_label(matrix, cell),
        class_="cell",
        data_row=str(cell.row),
        data_column=str(cell.column),
    )
    _form(canvas, verdict, box, link)
    _words(canvas, cell, verdict, box, (scale, link))
    if cell.stopped:
        canvas.circle((x + width - 7, y + 7), 3.75, "dot", link)


def _form(
    canvas: Canvas,
    verdict: Verdict,
    box: tuple[float, float, float, float],
    parent: Element,
) -> None:
    if verdict == "UNKNOWN":
        canvas.hatched(box, parent)
    else:
        canvas.rect(box, verdict, parent)


def _words(
    canvas: Canvas,
    cell: Cell,
    verdict: Verdict,
    box: tuple[float, float, float, float],
    rest: tuple[_Scale, Element],
) -> None:
    scale, parent = rest
    x, y, width, height = box
    services = short_services(cell.declared, 2 if scale.words else 1) if scale.services else ""
    middle = y + height / 2
    wordy = scale.words and verdict != "PROVED"
    two_lines = bool(services) and (wordy or not scale.words)
    mark_x = x + (14 if scale.services else width / 2)
    mark_y = middle - (8 if two_lines else 0)
    if not scale.words and not services:
        mark_x = x + width / 2
    mark(canvas, verdict, (mark_x, mark_y), parent)
    look = {"VIOLATED": "text-on-red", "UNKNOWN": "text-amber", "PROVED": "text"}[verdict]
    if wordy:
        if verdict == "UNKNOWN":
            canvas.rect((x + 22, mark_y - 8, 70, 16), "plate", parent)
        canvas.text((x + 25, mark_y + 4), verdict, look=look, size=11.5, bold=True, parent=parent)
    if not services:
        return
    if two_lines:
        left, at = x + 7, middle + 14
    else:
        left, at = x + 25, middle + 4
    room = width - (left - x) - 6
    if verdict == "UNKNOWN":
        canvas.rect(
            (left - 2, at - 11, min(text_width(services, 11.5), room) + 4, 15), "plate", parent
        )
    canvas.text((left, at), services, look=look, size=11.5, width=room, parent=parent)


def mark(
    canvas: Canvas, verdict: Verdict, at: tuple[float, float], parent: Element | None = None
) -> None:
    """Draw the mark of a verdict, about 10 pixels wide, around ``at``."""
    x, y = at
    match verdict:
        case "PROVED":
            canvas.path(f"M{x - 4:g} {y:g}l3 3.5l5.5 -7", "tick", parent)
        case "VIOLATED":
            data = f"M{x - 4.5:g} {y - 4.5:g}l9 9m0 -9l-9 9"
            canvas.path(data, "cross", parent)
        case "UNKNOWN":
            canvas.rect((x - 7, y - 8, 14, 16), "plate", parent)
            canvas.text(
                (x, y + 5),
                "?",
                look="text-amber",
                size=14,
                bold=True,
                anchor="middle",
                parent=parent,
            )


def _legend(canvas: Canvas, at: tuple[float, float], cells: list[Cell]) -> None:
    """Explain the forms that are there, so that a clean picture has no red in its legend."""
    x, y = at
    shown = {cell.verdict for cell in cells}
    verdicts: tuple[Verdict, ...] = ("PROVED", "VIOLATED", "UNKNOWN")
    for verdict in verdicts:
        if verdict not in shown:
            continue
        box = (x, y, 22.0, 16.0)
        _form(canvas, verdict, box, canvas.root)
        mark(canvas, verdict, (x + 11, y + 8))
        canvas.text((x + 28, y + 12), verdict, size=11)
        x += 42 + text_width(verdict, 11)
    if any(cell.stopped for cell in cells):
        canvas.circle((x + 5, y + 8), 3.75, "dot")
        canvas.text((x + 14, y + 12), "a promised service cannot work", size=11)
