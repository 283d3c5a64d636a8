"""Build the wheel, install it into `.venv-test`, and run all tests on it in one pytest run.

Arguments are handed to pytest. What is tested is the installed wheel, not `src`: a file that the
wheel lacks fails here.
"""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

from environment import ROOT, TEST_VENV, VENV, make_pinned_environment, run, say, uv

WHEELS = ROOT / "build" / "wheel"
PYTEST = ("-n", "2", "--dist", "worksteal", "--cov", "--cov-report", "term")


def build_wheel() -> Path:
    """Build the wheel with the pinned hatchling of `.venv`, without a network."""
    shutil.rmtree(WHEELS, ignore_errors=True)
    python = VENV / "bin" / "python"
    uv("build", "--quiet", "--wheel", "--no-build-isolation", "--python", python, "-o", WHEELS)
    (wheel,) = WHEELS.glob("*.whl")
    return wheel


def install_wheel(wheel: Path) -> None:
    """Install the wheel, in the place of an earlier one, beside the pinned requirements."""
    python = TEST_VENV / "bin" / "python"
    uv("pip", "install", "--quiet", "--no-deps", "--reinstall", "--python", python, wheel)


def main() -> None:
    """Test the wheel; the last line printed is pytest's."""
    make_pinned_environment(TEST_VENV, exact=True)
    wheel = build_wheel()
    install_wheel(wheel)
    say(f"Testing {wheel.name}")
    path = f"{TEST_VENV / 'bin'}{os.pathsep}{os.environ['PATH']}"
    # tests/conftest.py refuses to test anything else than the wheel when this is set.
    env = os.environ | {"RINGFENCE_TEST_WHEEL": "1", "PATH": path}
    env.pop("PYTHONPATH", None)
    run(TEST_VENV / "bin" / "pytest", *PYTEST, *sys.argv[1:], env=env)


if __name__ == "__main__":
    main()
