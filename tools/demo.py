"""Take the bundled datacenter, with its planted faults, through collect, prove, audit and report.

As root, where Open vSwitch is installed, the lab joins in: a real datacenter is built, proved and
broken, with real packets, and removed again.

Usage: demo.py [FOLDER], the folder for what is written; build/demo where absent. Nothing is asked
of a network, and nothing but that folder and the lab's own is written.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from environment import ROOT, say

HARBOUR = ROOT / "examples" / "harbour"
SAVED, POLICY = HARBOUR / "faulty", HARBOUR / "policy-faulty.yaml"
TWIN, TWIN_POLICY = HARBOUR / "clean", HARBOUR / "policy.yaml"
# What the commands end with when they did their work: clean, unknown, or the worst severity.
RESULTS = {0, *range(10, 15)}


def ringfence(*words: str | Path, first_line: bool = False) -> None:
    """Show a command as one would type it, and run it; stop where it could not do its work."""
    shown = [as_typed(word) for word in words]
    say(f"\n$ ringfence {' '.join(shown)}{' | head -1' if first_line else ''}")
    script = Path(sys.executable).parent / "ringfence"
    output = subprocess.PIPE if first_line else None
    done = subprocess.run([script, *shown], check=False, stdout=output, text=True)
    if first_line:
        say(done.stdout.partition("\n")[0])
    if done.returncode not in RESULTS:
        sys.exit(done.returncode)


def as_typed(word: str | Path) -> str:
    """The word as it would be typed here: a path below the current folder without that folder."""
    here = Path.cwd()
    return str(word.relative_to(here) if isinstance(word, Path) and here in word.parents else word)


def main(folder: Path) -> None:
    """Run the commands, and say where the report is."""
    folder.mkdir(parents=True, exist_ok=True)
    snapshot, report = folder / "harbour.ringfence", folder / "report.html"
    ringfence("collect", SAVED, "--policy", POLICY, "--output", snapshot)
    ringfence("prove", snapshot, "--policy", POLICY)
    pair = ("cardholder", "application")
    ringfence("explain", *pair, "--snapshot", snapshot, "--policy", POLICY)
    ringfence("audit", snapshot, "--policy", POLICY)
    say("\nThe same datacenter without the faults:")
    ringfence("prove", TWIN, "--policy", TWIN_POLICY, first_line=True)
    ringfence("report", snapshot, "--policy", POLICY, "--output", report)
    if os.geteuid() == 0 and shutil.which("ovs-vswitchd"):
        show_the_lab()
    else:
        say("\nAs root, where Open vSwitch is installed, the lab would join in here.")
    say(f"\nThe report is {report.resolve()}; open it in a browser.")


def show_the_lab() -> None:
    """Build a real datacenter, prove it, break it and remove it; packets agree with the proof."""
    say("\nA real datacenter on this machine, in namespaces, and real packets through it:")
    name = ("--name", "demo")
    folder = Path("/run/ringfence-lab-demo")
    ringfence("lab", "down", *name)
    try:
        ringfence("lab", "up", "full-collapse", *name)
        ringfence("lab", "verify", *name)
        ringfence("lab", "break", "any-rule", *name)
        ringfence("lab", "verify", *name)
        read = ("--snapshot", folder / "lab.ringfence", "--policy", folder / "policy.yaml")
        ringfence("explain", "dmz", "cardholder", *read)
    finally:
        ringfence("lab", "down", *name)


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "build" / "demo")
