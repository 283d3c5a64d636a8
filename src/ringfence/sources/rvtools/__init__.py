"""Workbooks that RVTools exports: a poorer source, for what cannot be read live.

What a workbook does not hold is ``NotRead``: live ports, mirror sessions, passthrough devices,
tags, rights, the order of a standard switch's NICs. It does not tell a private VLAN from a VLAN.
"""

from __future__ import annotations

from typing import Final

from ringfence.sources.source import Source

SOURCE: Final = Source(
    name="rvtools",
    accepts="a workbook exported by RVTools (.xlsx)",
    recogniser="ringfence.sources.rvtools.workbook:recognises",
    reader="ringfence.sources.rvtools.snapshot:read_saved",
)
