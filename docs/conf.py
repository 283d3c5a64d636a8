"""How Sphinx builds the documentation. Nothing here asks a network."""

from pathlib import Path

from sphinx.application import Sphinx

import ringfence
from ringfence.audit.discovery import ITEMS, all_checks
from ringfence.audit.explain import explain

project = "Ringfence"
author = "The Ringfence maintainers"
copyright = "The Ringfence maintainers, Apache-2.0"
version = release = ringfence.__version__

extensions = ["myst_parser"]
exclude_patterns = ["_build"]
nitpicky = True

myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3

html_theme = "furo"
html_title = "Ringfence"
html_copy_source = False
html_show_sourcelink = False


def write_checks(app: Sphinx) -> None:
    """Write the reference of the checks from the checks themselves."""
    checks = all_checks()
    intro = (
        f"The {len(checks)} checks of this version, by checklist item. `ringfence explain` tells"
        " the same on the terminal. This page is made from the checks themselves."
    )
    parts = ["# Checks", intro]
    for item in ITEMS:
        parts += [explain(check).strip() for check in checks if check.item == item]
    page = Path(app.srcdir) / "reference" / "checks.md"
    text = "\n\n".join(parts) + "\n"
    if not page.exists() or page.read_text("utf-8") != text:
        page.write_text(text, "utf-8")


def setup(app: Sphinx) -> None:
    """Have the generated page written before the pages are read."""
    app.connect("builder-inited", write_checks)
