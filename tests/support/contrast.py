"""Contrast of two colours as WCAG 2.2 defines it (relative luminance, 1.4.3)."""

import re

Colour = tuple[float, float, float]


def parse(text: str) -> Colour:
    """A colour out of ``#rrggbb`` or ``rgb(r, g, b)``, each part from 0 to 1."""
    if text.startswith("#"):
        parts = [int(text[start : start + 2], 16) for start in (1, 3, 5)]
    else:
        parts = [float(part) for part in re.findall(r"[\d.]+", text)[:3]]
    red, green, blue = (part / 255 for part in parts)
    return red, green, blue


def luminance(colour: Colour) -> float:
    """The relative luminance, from 0 for black to 1 for white."""
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in colour
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """The contrast of two colours, from 1 for the same to 21 for black on white."""
    low, high = sorted((luminance(parse(one)), luminance(parse(other))))
    return (high + 0.05) / (low + 0.05)
