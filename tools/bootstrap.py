"""Make `.tools` (a pinned uv) and `.venv` (what requirements/develop.txt pins, and ringfence).

Needs a Python with venv, and nothing else. A second run costs nothing: each step remembers
the hash of what it was made from.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import sys

from environment import (
    NEWEST,
    OLDEST,
    ROOT,
    TOOLS,
    VENV,
    digest,
    is_fresh,
    make_pinned_environment,
    mark,
    run,
    say,
    uv,
)

INSTALL_VENV = "apt-get install -y --no-install-recommends python3-venv"


def require_python() -> None:
    """Stop with a clear sentence unless this Python is one that Ringfence runs on."""
    if not OLDEST <= sys.version_info[:2] <= NEWEST:
        oldest, newest = (".".join(map(str, version)) for version in (OLDEST, NEWEST))
        sys.exit(
            f"{sys.executable} is Python {sys.version.split()[0]}; Ringfence needs Python {oldest}"
            f" to {newest}. Name one of these: make PYTHON=/path/to/python{newest}"
        )


def require_venv() -> None:
    """Install Debian's python3-venv as root where it is missing; tell anyone else how."""
    if importlib.util.find_spec("ensurepip") and importlib.util.find_spec("venv"):
        return
    if os.geteuid() == 0 and shutil.which("apt-get"):
        run("apt-get", "update", "-qq")
        run(*INSTALL_VENV.split(), env=os.environ | {"DEBIAN_FRONTEND": "noninteractive"})
        return
    sys.exit(
        f"{sys.executable} has no venv module. Install it, then try again: sudo {INSTALL_VENV}"
    )


def make_tools() -> None:
    """Make `.tools`, a virtual environment that holds uv as requirements/tools.txt pins it."""
    pins = ROOT / "requirements" / "tools.txt"
    value = digest(pins, sys.executable, sys.version)
    if is_fresh(TOOLS, "uv", value):
        return
    say("Making .tools: the pinned uv")
    run(sys.executable, "-m", "venv", "--clear", TOOLS)
    pip = (TOOLS / "bin" / "python", "-m", "pip", "--disable-pip-version-check", "-qq")
    run(*pip, "install", "--require-hashes", "--only-binary=:all:", "-r", pins)
    mark(TOOLS, "uv", value)


def install_editable() -> None:
    """Install ringfence itself into `.venv`, so that an edit under src is seen at once."""
    value = digest(ROOT / "pyproject.toml")
    if is_fresh(VENV, "editable", value):
        return
    say("Installing ringfence from src")
    python = VENV / "bin" / "python"
    offline = ("--no-deps", "--no-build-isolation")
    uv("pip", "install", "--quiet", *offline, "--python", python, "--editable", ROOT)
    mark(VENV, "editable", value)


if __name__ == "__main__":
    require_python()
    require_venv()
    make_tools()
    make_pinned_environment(VENV)
    install_editable()
