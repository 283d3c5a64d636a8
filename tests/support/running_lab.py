"""A lab of a test's own, worked as a user works it: by commands, as root."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

SCRIPT = Path(sys.executable).parent / "ringfence"
NAME = f"t{os.getpid()}"
"""Two tests that run side by side do not share a lab."""
PREFIX = f"rflab-{NAME}-"
FOLDER = Path(f"/run/ringfence-lab-{NAME}")


def as_root() -> list[str]:
    """Return what to put before a command that needs root."""
    return [] if os.geteuid() == 0 else ["sudo", "-n"]


def lab(*words: str, **more: Any) -> subprocess.CompletedProcess[str]:
    """Run ``ringfence lab`` on this test's lab."""
    return subprocess.run(
        [*as_root(), SCRIPT, "lab", *words, "--name", NAME],
        capture_output=True,
        text=True,
        check=False,
        **more,
    )


def lab_json(*words: str) -> dict[str, Any]:
    """Run a verb that must do its work, and return what it found."""
    done = lab(*words, "--json")
    assert done.returncode in {0, *range(10, 15)}, done.stdout + done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def left_behind() -> list[str]:
    """Return everything of this test's lab that is still on the machine."""
    namespaces = [path.name for path in Path("/run/netns").glob(f"{PREFIX}*")]
    processes = [
        path.parent.name
        for path in Path("/proc").glob("[0-9]*/cmdline")
        if f"{FOLDER}/".encode() in _content(path)
    ]
    return [*namespaces, *processes, *([str(FOLDER)] if FOLDER.exists() else [])]


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""
