"""What the other scripts here share: where things are, how uv is called, when work is stale.

Only the standard library is used, for these scripts run before anything is installed.
"""

from __future__ import annotations

import ast
import hashlib
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TOOLS = ROOT / ".tools"
VENV = ROOT / ".venv"
TEST_VENV = ROOT / ".venv-test"
OLDEST, NEWEST = (3, 11), (3, 13)


def say(text: str) -> None:
    """Print one line of progress at once, in order with what child processes print."""
    print(text, flush=True)


def run(*command: str | Path, env: dict[str, str] | None = None, quiet: bool = False) -> None:
    """Run a command from the root of the project; stop with its exit code if it fails.

    `quiet` drops what it prints on its standard output; errors are still seen.
    """
    output = subprocess.DEVNULL if quiet else None
    words = [str(word) for word in command]
    done = subprocess.run(words, cwd=ROOT, env=env, stdout=output, check=False)
    if done.returncode != 0:
        sys.exit(done.returncode)


def pip_settings() -> dict[str, str]:
    """What pip is configured with on this machine, by option name; the environment wins."""
    listed = subprocess.run(
        [TOOLS / "bin" / "python", "-m", "pip", "config", "list"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    found: dict[str, dict[str, str]] = {"global": {}, "install": {}, ":env:": {}}
    for line in listed.splitlines():
        name, _, value = line.partition("=")
        section, _, option = name.partition(".")
        if section in found:
            found[section][option] = ast.literal_eval(value)
    return found["global"] | found["install"] | found[":env:"]


def uv_environment() -> dict[str, str]:
    """The environment for uv: it reads no pip configuration, so this says the same to it.

    Registries are found here at run time and are never written to a file of the project.
    A variable that the caller has set stays as it is.
    """
    pip = pip_settings()
    here = {"UV_PYTHON_DOWNLOADS": "never", "UV_NO_PROGRESS": "1"}
    if "index-url" in pip:
        here["UV_DEFAULT_INDEX"] = pip["index-url"]
    if "extra-index-url" in pip:
        here["UV_INDEX"] = " ".join(pip["extra-index-url"].split())
        # As pip does: the best match of all registries. What is installed is fixed by its hash.
        here["UV_INDEX_STRATEGY"] = "unsafe-best-match"
    if "find-links" in pip:
        here["UV_FIND_LINKS"] = ",".join(
            place for place in pip["find-links"].split() if "://" in place or Path(place).exists()
        )
    if "cert" in pip:
        here["SSL_CERT_FILE"] = pip["cert"]
    return here | dict(os.environ) | {"UV_PYTHON_DOWNLOADS": "never"}


def uv(*words: str | Path, env: dict[str, str] | None = None) -> None:
    """Run the pinned uv."""
    run(TOOLS / "bin" / "uv", *words, env=env or uv_environment())


def digest(*parts: Path | str) -> str:
    """A hash over files (by content) and words, for a stamp."""
    total = hashlib.sha256()
    for part in parts:
        total.update(part.read_bytes() if isinstance(part, Path) else part.encode())
        total.update(b"\0")
    return total.hexdigest()


def is_fresh(folder: Path, stamp: str, value: str) -> bool:
    """Whether the work that the stamp in this folder names was last done for this value."""
    path = folder / f".{stamp}.stamp"
    return path.exists() and path.read_text() == value


def mark(folder: Path, stamp: str, value: str) -> None:
    """Remember in the folder itself, so that both go together, what the work was done for."""
    (folder / f".{stamp}.stamp").write_text(value)


def make_pinned_environment(venv: Path, *, pins: str = "develop", exact: bool = False) -> None:
    """Make a virtual environment of what a file of requirements pins.

    `exact` removes what was installed beside it, so that nothing undeclared is found by chance.
    """
    path = ROOT / "requirements" / f"{pins}.txt"
    interpreter = digest(sys.executable, sys.version)
    if not is_fresh(venv, "python", interpreter):
        say(f"Making {venv.name}: Python {sys.version.split()[0]}")
        uv("venv", "--quiet", "--clear", "--python", sys.executable, venv)
        mark(venv, "python", interpreter)
    value = digest(path)
    if not is_fresh(venv, "pins", value):
        say(f"Installing into {venv.name} what requirements/{pins}.txt pins")
        python = venv / "bin" / "python"
        install = ("pip", "install", "--quiet", "--require-hashes", *(["--exact"] if exact else []))
        uv(*install, "--python", python, "-r", path)
        mark(venv, "pins", value)
