"""What is installed: the version, the marker for type checkers, the console script."""

import subprocess
import sys
from importlib.metadata import metadata, version
from importlib.resources import files
from pathlib import Path

import ringfence


def test_the_metadata_agrees_with_the_package() -> None:
    assert version("ringfence") == ringfence.__version__
    assert metadata("ringfence")["License-Expression"] == "Apache-2.0"


def test_type_checkers_may_read_the_package() -> None:
    assert files("ringfence").joinpath("py.typed").is_file()


def test_importing_ringfence_imports_no_library() -> None:
    code = "import sys, ringfence; print(*sys.modules)"
    printed = subprocess.check_output([sys.executable, "-c", code], text=True)
    assert {"pydantic", "lxml", "numpy", "oxidd"} & set(printed.split()) == set()


def test_the_console_script_tells_its_version() -> None:
    script = Path(sys.executable).parent / "ringfence"
    printed = subprocess.check_output([script, "--version"], text=True)
    assert ringfence.__version__ in printed
