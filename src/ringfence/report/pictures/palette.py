"""Colours and strokes of every picture and page: one table, from which the style sheets come."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

Palette = Mapping[str, str]

_ZONES: Final[Palette] = {
    # Okabe and Ito's set for all kinds of colour vision. Its orange and vermilion are left out:
    # they would be taken for UNKNOWN and VIOLATED.
    "zone-1": "#56b4e9",
    "zone-2": "#009e73",
    "zone-3": "#cc79a7",
    "zone-4": "#0072b2",
    "zone-5": "#f0e442",
    "zone-6": "#999999",
    "zone-pattern": "#14171a",
}
LIGHT: Final[Palette] = {
    "paper": "#ffffff",
    "wash": "#f3f4f6",
    "ink": "#1b1f24",
    "muted": "#565e68",
    "line": "#818a94",
    "hair": "#d5d9de",
    "link": "#0b5394",
    "red": "#b5121b",
    "red-text": "#a40f18",
    "on-red": "#ffffff",
    "amber": "#8a5a00",
    "amber-wash": "#fff3d1",
    "amber-hatch": "#d9a227",
    "zone-0": "#1b1f24",
    "zone-0-pattern": "#ffffff",
    **_ZONES,
}
DARK: Final[Palette] = {
    "paper": "#14171a",
    "wash": "#1e2226",
    "ink": "#e7e9ec",
    "muted": "#a7aeb7",
    "line": "#78818b",
    "hair": "#343a41",
    "link": "#8cc2f5",
    "red": "#c8262e",
    "red-text": "#ff8a8a",
    "on-red": "#ffffff",
    "amber": "#f2c14e",
    "amber-wash": "#33290f",
    "amber-hatch": "#8a6a1d",
    "zone-0": "#e7e9ec",
    "zone-0-pattern": "#14171a",
    **_ZONES,
}

LOOKS: Final[Mapping[str, Mapping[str, str]]] = {
    # Values that name a colour of the palette take it; the others stand as they are.
    "text": {"fill": "ink"},
    "text-muted": {"fill": "muted"},
    "text-on-red": {"fill": "on-red"},
    "text-amber": {"fill": "amber"},
    "box": {"fill": "paper", "stroke": "line", "stroke-width": "1"},
    "box-strong": {"fill": "paper", "stroke": "ink", "stroke-width": "2.5"},
    "box-hollow": {"fill": "none", "stroke": "line", "stroke-width": "1"},
    "box-dashed": {
        "fill": "paper",
        "stroke": "line",
        "stroke-width": "1",
        "stroke-dasharray": "4 3",
    },
    "box-filled": {"fill": "wash", "stroke": "ink", "stroke-width": "1"},
    "ghost": {
        "fill": "none",
        "stroke": "ink",
        "stroke-width": "1.5",
        "stroke-dasharray": "2 3",
    },
    "bar": {"fill": "wash", "stroke": "ink", "stroke-width": "1"},
    "gate": {"fill": "paper", "stroke": "ink", "stroke-width": "1.5"},
    "wire": {"fill": "none", "stroke": "ink", "stroke-width": "1.5"},
    "wire-thin": {"fill": "none", "stroke": "line", "stroke-width": "1"},
    "wire-standby": {
        "fill": "none",
        "stroke": "ink",
        "stroke-width": "1.5",
        "stroke-dasharray": "5 4",
    },
    "boundary": {
        "fill": "none",
        "stroke": "line",
        "stroke-width": "1",
        "stroke-dasharray": "10 3 2 3",
    },
    "dot": {"fill": "ink", "stroke": "paper", "stroke-width": "1"},
    "dot-hollow": {"fill": "paper", "stroke": "line", "stroke-width": "1.25"},
    "mark-on": {"fill": "ink", "stroke": "ink", "stroke-width": "1"},
    "mark-off": {"fill": "none", "stroke": "line", "stroke-width": "1"},
    "mark-on-text": {"fill": "paper"},
    "inside": {"fill": "wash", "stroke": "none"},
    "PROVED": {"fill": "paper", "stroke": "line", "stroke-width": "0.75"},
    "VIOLATED": {"fill": "red", "stroke": "red", "stroke-width": "1"},
    "UNKNOWN": {"fill": "amber-wash", "stroke": "amber", "stroke-width": "1"},
    "plate": {"fill": "amber-wash", "stroke": "none"},
    "hatch": {"fill": "none", "stroke": "amber-hatch", "stroke-width": "2.5"},
    "tick": {"fill": "none", "stroke": "muted", "stroke-width": "1.5"},
    "cross": {"fill": "none", "stroke": "on-red", "stroke-width": "2.5"},
    "swatch": {"fill": "none", "stroke": "ink", "stroke-width": "0.75"},
    "pattern": {"fill": "none", "stroke": "zone-pattern", "stroke-width": "1.5"},
    "pattern-0": {"fill": "none", "stroke": "zone-0-pattern", "stroke-width": "1.5"},
    **{f"zone-{index}": {"fill": f"zone-{index}", "stroke": "none"} for index in range(7)},
}


def attributes(look: str) -> Mapping[str, str]:
    """Return the light colours of a look as SVG attributes, for a picture copied elsewhere."""
    return {key: LIGHT.get(value, value) for key, value in LOOKS[look].items()}


def style_sheet() -> str:
    """Return the palettes as CSS variables, and a class ``d-<look>`` for each look."""
    rules = [
        _variables(":root", LIGHT),
        "@media screen and (prefers-color-scheme:dark){" + _variables(":root", DARK) + "}",
    ]
    for name, look in LOOKS.items():
        body = ";".join(
            f"{key}:{f'var(--{value})' if value in LIGHT else value}" for key, value in look.items()
        )
        rules.append(f".d-{name}{{{body}}}")
    return "\n".join(rules) + "\n"


def _variables(selector: str, palette: Palette) -> str:
    return selector + "{" + ";".join(f"--{key}:{value}" for key, value in palette.items()) + "}"
