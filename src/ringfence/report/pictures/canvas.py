"""A small SVG canvas: shapes by look, text that fits, patterns, and safe text throughout."""

from __future__ import annotations

import unicodedata
from typing import Final, Literal
from xml.etree.ElementTree import Element, SubElement, tostring

from ringfence.foundation.text import for_terminal
from ringfence.report.pictures.palette import attributes
from ringfence.report.view.zones import ZoneLook

Anchor = Literal["start", "middle", "end"]

FONT: Final = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif"
_NAMESPACE: Final = "http://www.w3.org/2000/svg"
# Widths in em of a wide sans serif, so that text fits in narrower ones as well.
_WIDTHS: Final = {
    **dict.fromkeys("iljI|!.,:;'`", 0.33),
    **dict.fromkeys('ftr()[]{}/\\ "-', 0.40),
    **dict.fromkeys("+=<>~^#&→", 0.84),
    **dict.fromkeys("mwMW@%…", 0.98),
}


def text_width(text: str, size: float, *, bold: bool = False) -> float:
    """Return about how wide ``text`` is, in the units of ``size``; rather too wide."""
    return sum(map(_advance, text)) * size * (1.1 if bold else 1.0)


def _advance(character: str) -> float:
    if character in _WIDTHS:
        return _WIDTHS[character]
    if unicodedata.combining(character):
        return 0.0
    if unicodedata.east_asian_width(character) in "WF":
        return 1.1
    return 0.69 if character.isupper() else 0.63


def fitted(text: str, width: float, size: float, *, bold: bool = False) -> str:
    """Return safe ``text``, its middle left out with "…" where it is wider than ``width``.

    Both ends stay, since names of a kind differ at their end.
    """
    safe = for_terminal(text)
    if text_width(safe, size, bold=bold) <= width:
        return safe
    for kept in range(len(safe) - 1, 1, -1):
        head = (kept + 1) // 2
        short = f"{safe[:head]}…{safe[len(safe) - (kept - head) :]}"
        if text_width(short, size, bold=bold) <= width:
            return short
    return f"{safe[:1]}…"


class Canvas:
    """One picture with title and description; ``identity`` starts the ids inside it.

    Coordinates and sizes are in CSS pixels of a picture shown at its own size.
    """

    def __init__(
        self,
        *,
        identity: str,
        width: float,
        height: float,
        title: str,
        description: str,
        interactive: bool = False,
    ) -> None:
        self.identity = identity
        self.root = Element(
            "svg",
            {
                "xmlns": _NAMESPACE,
                "viewBox": f"0 0 {_number(width)} {_number(height)}",
                "width": _number(width),
                "height": _number(height),
                "class": "drawing",
                "role": "group" if interactive else "img",
                "aria-labelledby": f"{identity}-title {identity}-desc",
                "font-family": FONT,
                "font-size": "12",
            },
        )
        for tag, words in (("title", title), ("desc", description)):
            element = SubElement(self.root, tag, {"id": f"{identity}-{tag}"})
            element.text = for_terminal(words)
        self._definitions = SubElement(self.root, "defs")
        self._patterns: set[str] = set()

    def group(self, parent: Element | None = None, **rest: str) -> Element:
        """Return a new group."""
        return SubElement(self._in(parent), "g", _named(rest))

    def link(self, href: str, label: str, parent: Element | None = None, **rest: str) -> Element:
        """Return a new link within the page, with ``label`` as its name and tool tip."""
        given = {"href": href, "aria-label": for_terminal(label), **_named(rest)}
        element = SubElement(self._in(parent), "a", given)
        SubElement(element, "title").text = for_terminal(label)
        return element

    def rect(
        self,
        box: tuple[float, float, float, float],
        look: str,
        parent: Element | None = None,
        **rest: str,
    ) -> Element:
        """Draw a rectangle: x, y, width, height."""
        keys = ("x", "y", "width", "height")
        place = dict(zip(keys, map(_number, box), strict=True))
        return self._shape("rect", look, parent, {**place, **rest})

    def line(
        self,
        start: tuple[float, float],
        end: tuple[float, float],
        look: str,
        parent: Element | None = None,
    ) -> Element:
        """Draw a straight line."""
        (x1, y1), (x2, y2) = start, end
        place = {"x1": x1, "y1": y1, "x2": x2, "y2": y2}
        return self._shape("line", look, parent, {k: _number(v) for k, v in place.items()})

    def path(self, data: str, look: str, parent: Element | None = None, **rest: str) -> Element:
        """Draw a path in SVG's own path language."""
        return self._shape("path", look, parent, {"d": data, **rest})

    def circle(
        self,
        centre: tuple[float, float],
        radius: float,
        look: str,
        parent: Element | None = None,
    ) -> Element:
        """Draw a circle."""
        place = {"cx": centre[0], "cy": centre[1], "r": radius}
        return self._shape("circle", look, parent, {k: _number(v) for k, v in place.items()})

    def text(
        self,
        at: tuple[float, float],
        words: str,
        *,
        look: str = "text",
        size: float = 12,
        anchor: Anchor = "start",
        bold: bool = False,
        width: float | None = None,
        parent: Element | None = None,
        **rest: str,
    ) -> Element:
        """Write text with its base line at ``at``, shortened to ``width`` where that is given.

        Shortened text keeps the whole as its tool tip.
        """
        shown = for_terminal(words) if width is None else fitted(words, width, size, bold=bold)
        given = {"x": _number(at[0]), "y": _number(at[1]), **_named(rest)}
        if size != 12:
            given["font-size"] = _number(size)
        if anchor != "start":
            given["text-anchor"] = anchor
        if bold:
            given["font-weight"] = "600"
        element = self._shape("text", look, parent, given)
        if shown != for_terminal(words):
            SubElement(element, "title").text = for_terminal(words)
            SubElement(element, "tspan").text = shown
        else:
            element.text = shown
        return element

    def swatch(
        self,
        box: tuple[float, float, float, float],
        zone: ZoneLook | None,
        parent: Element | None = None,
    ) -> None:
        """Fill a rectangle with a zone's colour and pattern; hollow where there is no zone."""
        if zone is not None:
            self.rect(box, f"zone-{zone.colour}", parent)
            if zone.pattern:
                reference = self._pattern(zone)
                self._plain_rect(box, reference, parent)
        self.rect(box, "swatch", parent)

    def hatched(
        self, box: tuple[float, float, float, float], parent: Element | None = None
    ) -> None:
        """Draw a rectangle in the form of UNKNOWN: amber with diagonal lines."""
        self.rect(box, "UNKNOWN", parent)
        name = f"{self.identity}-hatch"
        if name not in self._patterns:
            self._patterns.add(name)
            pattern = self._new_pattern(name, 8, "rotate(45)")
            self.line((2, 0), (2, 8), "hatch", pattern)
        self._plain_rect(box, name, parent)

    def markup(self) -> str:
        """Return the picture as SVG text."""
        if not len(self._definitions):
            self.root.remove(self._definitions)
        return tostring(self.root, encoding="unicode")

    def _pattern(self, zone: ZoneLook) -> str:
        kind = "0" if zone.colour == 0 else "1"
        name = f"{self.identity}-p{zone.pattern}-{kind}"
        if name in self._patterns:
            return name
        self._patterns.add(name)
        look = "pattern-0" if zone.colour == 0 else "pattern"
        pattern = self._new_pattern(name, 5)
        if zone.pattern in (1, 4):
            self.line((0, 2.5), (5, 2.5), look, pattern)
        if zone.pattern in (3, 4):
            self.line((2.5, 0), (2.5, 5), look, pattern)
        if zone.pattern == 2:
            self.circle((2.5, 2.5), 0.75, look, pattern)
        return name

    def _new_pattern(self, name: str, size: int, transform: str = "") -> Element:
        given = {
            "id": name,
            "width": str(size),
            "height": str(size),
            "patternUnits": "userSpaceOnUse",
        }
        if transform:
            given["patternTransform"] = transform
        return SubElement(self._definitions, "pattern", given)

    def _plain_rect(
        self, box: tuple[float, float, float, float], reference: str, parent: Element | None
    ) -> None:
        keys = ("x", "y", "width", "height")
        place = dict(zip(keys, map(_number, box), strict=True))
        SubElement(self._in(parent), "rect", {**place, "fill": f"url(#{reference})"})

    def _shape(self, tag: str, look: str, parent: Element | None, given: dict[str, str]) -> Element:
        styled = {"class": f"d-{look}", **attributes(look), **given}
        return SubElement(self._in(parent), tag, styled)

    def _in(self, parent: Element | None) -> Element:
        return self.root if parent is None else parent


def _number(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".")


def _named(given: dict[str, str]) -> dict[str, str]:
    """Python's names as attributes: ``class_`` is ``class``, ``data_row`` is ``data-row``."""
    return {key.rstrip("_").replace("_", "-"): value for key, value in given.items()}
