"""The three configurations as figures: what is virtual above the line, physical below it."""

from __future__ import annotations

from itertools import pairwise
from typing import Final

from ringfence.policy.document import Configuration
from ringfence.report.pictures.canvas import Canvas
from ringfence.report.view.zones import ZoneLook

WIDTH: Final = 324.0
HEIGHT: Final = 188.0
_LINE: Final = 132.0
_HOSTS: Final = (48.0, 118.0, 188.0)
_HOST: Final = 54.0
_BANDS: Final = (36.0, 66.0, 96.0)
_BAND: Final = 15.0
_SEGMENTS: Final = 168.0

DESCRIPTIONS: Final[dict[Configuration, str]] = {
    "physical-separation": "Each zone has hosts of its own; physical firewalls stand between.",
    "virtual-separation": "Zones share hosts, kept apart by virtual switches and VLANs; a physical "
    "firewall stands between.",
    "full-collapse": "Zones share hosts, and the firewalls between them are virtual as well.",
}


def configuration_figure(
    kind: Configuration, zones: tuple[ZoneLook, ...], *, captions: bool
) -> str:
    """Return one figure as SVG, with up to three of the policy's ``zones`` as bands.

    The line between physical and virtual is at the same height in all three, so that they form
    one line where they stand side by side; ``captions`` names its two sides.
    """
    canvas = Canvas(
        identity=f"figure-{kind}",
        width=WIDTH,
        height=HEIGHT,
        title=kind,
        description=DESCRIPTIONS[kind],
    )
    canvas.line((0, _LINE), (WIDTH, _LINE), "boundary")
    if captions:
        canvas.text((2, _LINE - 5), "virtual", look="text-muted", size=10)
        canvas.text((2, _LINE + 12), "physical", look="text-muted", size=10)
    _management(canvas)
    bands = zones[: len(_BANDS)]
    if kind == "physical-separation":
        _own_hosts(canvas, bands)
    else:
        _shared_hosts(canvas, bands, virtual=kind == "full-collapse")
    return canvas.markup()


def _management(canvas: Canvas) -> None:
    x = 266.0
    canvas.rect((x, 20, 40, 96), "box-dashed")
    canvas.text((x + 20, 14), "management", look="text-muted", size=10, anchor="middle")
    canvas.line((x + 20, 116), (x + 20, _SEGMENTS), "wire-thin")
    canvas.line((x - 4, _SEGMENTS), (x + 44, _SEGMENTS), "wire-thin")


def _host(canvas: Canvas, x: float) -> None:
    canvas.rect((x, 20, _HOST, 104), "box-hollow")


def _own_hosts(canvas: Canvas, bands: tuple[ZoneLook, ...]) -> None:
    for x, zone in zip(_HOSTS, bands, strict=False):
        _host(canvas, x)
        canvas.swatch((x + 4, 58, _HOST - 8, 26), zone)
        centre = x + _HOST / 2
        canvas.line((centre, 84), (centre, _SEGMENTS), "wire")
        canvas.swatch((x, _SEGMENTS - 3, _HOST, 6), zone)
    _between(canvas, len(bands))


def _shared_hosts(canvas: Canvas, bands: tuple[ZoneLook, ...], *, virtual: bool) -> None:
    left, right = _HOSTS[0] - 8, _HOSTS[-1] + _HOST + 8
    for y, zone in zip(_BANDS, bands, strict=False):
        canvas.swatch((left, y, right - left, _BAND), zone)
    for x in _HOSTS:
        _host(canvas, x)
    if virtual:
        for index in range(len(bands) - 1):
            middle = (_BANDS[index] + _BAND + _BANDS[index + 1]) / 2
            _firewall(canvas, (_HOSTS[1] + _HOST / 2, middle))
        canvas.line((_HOSTS[0] + _HOST / 2, 124), (_HOSTS[0] + _HOST / 2, _SEGMENTS), "wire")
        canvas.line((left, _SEGMENTS), (right, _SEGMENTS), "wire")
        return
    for x, zone in zip(_HOSTS, bands, strict=False):
        centre = x + _HOST / 2
        canvas.line((centre, 124), (centre, _SEGMENTS), "wire")
        canvas.swatch((x, _SEGMENTS - 3, _HOST, 6), zone)
    _between(canvas, len(bands))


def _between(canvas: Canvas, zones: int) -> None:
    """Draw a physical firewall between the segments of each two zones."""
    for left, right in pairwise(_HOSTS[:zones]):
        _firewall(canvas, ((left + _HOST + right) / 2, _SEGMENTS))


def _firewall(canvas: Canvas, centre: tuple[float, float]) -> None:
    width, height = 24.0, 18.0
    x, y = centre[0] - width / 2, centre[1] - height / 2
    canvas.rect((x, y, width, height), "gate")
    for row in (1, 2):
        canvas.line((x, y + row * 6), (x + width, y + row * 6), "wire-thin")
    for row, joints in enumerate(((8, 16), (4, 12, 20), (8, 16))):
        for joint in joints:
            top = y + row * 6
            canvas.line((x + joint, top), (x + joint, top + 6), "wire-thin")
