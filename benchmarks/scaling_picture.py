"""The picture of how costs grow: a panel for time and one for memory, for each thing that grows."""

from __future__ import annotations

from math import ceil, floor, log10
from typing import TYPE_CHECKING, Final

from ringfence.report.pictures.canvas import Canvas

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from benchmarks.scaling import Cost

_PANEL: Final = (150.0, 110.0)
_GAP: Final = 34.0
_LEFT, _TOP, _BELOW = 64.0, 34.0, 30.0


def scaling_picture(costs: Sequence[Cost]) -> str:
    """Return the picture as SVG; both axes of each panel are logarithmic."""
    things = list(dict.fromkeys(one.what for one in costs))
    width = _LEFT + len(things) * (_PANEL[0] + _GAP)
    height = _TOP + 2 * (_PANEL[1] + _BELOW) + 8
    canvas = Canvas(
        identity="scaling",
        width=width,
        height=height,
        title="What a proof costs as the network grows",
        description="Processor time and memory against the number of "
        + ", ".join(things)
        + "; the table beside it holds the same numbers.",
    )
    canvas.rect((0, 0, width, height), "inside")
    measures: tuple[tuple[str, Callable[[Cost], float]], ...] = (
        ("s", lambda one: one.seconds),
        ("MB", lambda one: one.megabytes),
    )
    for row, (unit, of) in enumerate(measures):
        ends = _decades([of(one) for one in costs])
        for column, thing in enumerate(things):
            corner = _LEFT + column * (_PANEL[0] + _GAP), _TOP + row * (_PANEL[1] + _BELOW)
            some = [(one.count, of(one)) for one in costs if one.what == thing]
            _panel(canvas, corner, some, ends, unit if column == 0 else "")
            if row == 0:
                canvas.text((corner[0], corner[1] - 12), thing, bold=True)
    return canvas.markup() + "\n"


def _decades(values: Sequence[float]) -> tuple[int, int]:
    """Return the powers of ten around some values."""
    low, high = floor(log10(min(values))), ceil(log10(max(values)))
    return low, max(high, low + 1)


def _panel(
    canvas: Canvas,
    corner: tuple[float, float],
    points: Sequence[tuple[int, float]],
    ends: tuple[int, int],
    unit: str,
) -> None:
    left, top = corner
    wide, high = _PANEL
    canvas.rect((left, top, wide, high), "PROVED")
    first, last = log10(points[0][0]), log10(points[-1][0])

    def x(count: float) -> float:
        return left + 10 + (wide - 20) * (log10(count) - first) / (last - first)

    def y(value: float) -> float:
        return top + high - high * (log10(value) - ends[0]) / (ends[1] - ends[0])

    for power in range(ends[0], ends[1] + 1):
        level = y(10.0**power)
        canvas.line((left, level), (left + wide, level), "wire-thin")
        if unit:
            words = f"{10.0**power:g} {unit}"
            canvas.text((left - 6, level + 4), words, look="text-muted", size=11, anchor="end")
    places = [(x(count), y(value)) for count, value in points]
    canvas.path("M" + " L".join(f"{one:.1f} {two:.1f}" for one, two in places), "wire")
    for place, (count, _) in zip(places, points, strict=True):
        canvas.circle(place, 3.5, "dot")
        canvas.text(
            (place[0], top + high + 14), _short(count), look="text-muted", size=10, anchor="middle"
        )


def _short(count: int) -> str:
    return f"{count // 1000}k" if count >= 1000 and count % 1000 == 0 else str(count)
