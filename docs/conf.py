"""How Sphinx builds the documentation. Nothing here asks a network."""

import ringfence

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
html_static_path: list[str] = []
# Where the pages come from is not told: a build shows no path of the machine it was made on.
html_copy_source = False
html_show_sourcelink = False
