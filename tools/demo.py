"""Take the bundled datacenter, with its planted faults, through collect, prove, audit and report.

Usage: demo.py [FOLDER], the folder for what is written; build/demo where absent. Nothing is asked
of a network, and nothing but that folder is written.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from environment import ROOT, say

SAVED = ROOT / "examples" / "harbour" / "faulty"
POLICY = ROOT / "examples" / "harbour" / "policy-faulty.yaml"
# What the commands end with when they did their work: clean, unknown, or the worst severity.
RESULTS = {0, *range(10, 15)}


def ringfence(*words: str | Path) -> None:
    """Show a command as one would type it, and run it; stop where it could not do its work."""
    shown = [as_typed(word) for word in words]
    say(f"\n$ ringfence {' '.join(shown)}")
    script = Path(sys.executable).parent / "ringfence"
    code = subprocess.run([script, *shown], check=False).returncode
    if code not in RESULTS:
        sys.exit(code)


def as_typed(word: str | Path) -> str:
    """The word as it would be typed here: a path below the current folder without that folder."""
    here = Path.cwd()
    return str(word.relative_to(here) if isinstance(word, Path) and here in word.parents else word)


def main(folder: Path) -> None:
    """Run the four commands, and say where the report is."""
    folder.mkdir(parents=True, exist_ok=True)
    snapshot, report = folder / "harbour.ringfence", folder / "report.html"
    ringfence("collect", SAVED, "--policy", POLICY, "--output", snapshot)
    ringfence("prove", snapshot, "--policy", POLICY)
    ringfence("audit", snapshot, "--policy", POLICY)
    ringfence("report", snapshot, "--policy", POLICY, "--output", report)
    say(f"\nThe report is {report.resolve()}; open it in a browser.")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "build" / "demo")
