"""Write docs/proof/soak.md from the summary that ``make soak`` leaves in build/soak.json.

The summary is kept beside the page: a run that was interrupted goes on by it, copied back to build.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
SUMMARY = ROOT / "build" / "soak.json"
PAGE = ROOT / "docs" / "proof" / "soak.md"
KEPT = ROOT / "docs" / "proof" / "soak.json"
TOP = """# The last long run

Generated networks and games, each made from its seed and [compared](checking.md) with what shares
no code with the engine. `make soak COUNT=n SEED=n` runs them again; this page is written from the
summary of the last long run by `tools/soak_page.py`.

"""


def page(told: dict[str, Any]) -> str:
    """Return the page of one run."""
    rows = "".join(
        f"| {kind['kind']} | {kind['first']} to {kind['first'] + kind['count'] - 1} | "
        f"{kind['count']} | {', '.join(map(str, kind['differing'])) or 'none'} |\n"
        for kind in told["kinds"]
    )
    compared = sum(kind["count"] for kind in told["kinds"])
    differing = sum(len(kind["differing"]) for kind in told["kinds"])
    minutes = round(told["seconds"] / 60)
    return (
        f"{TOP}Run on {told['date']}, in {minutes} minutes on {told['processes']} processes, with "
        f"{told['version']}: {compared:,} compared, {differing} differed.\n\n"
        f"| kind | seeds | compared | seeds that differed |\n| --- | --- | --- | --- |\n{rows}"
    )


def main() -> int:
    """Write the page."""
    told = json.loads(SUMMARY.read_text("utf-8"))
    PAGE.write_text(page(told), "utf-8")
    KEPT.write_text(json.dumps(told, indent=1) + "\n", "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
