"""What `make demo` runs does what the README says of it."""

import subprocess
import sys
from pathlib import Path

from repository import ROOT


def test_the_demo_goes_from_a_saved_datacenter_to_a_report(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, ROOT / "tools" / "demo.py", tmp_path / "demo"],
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    report = tmp_path / "demo" / "report.html"
    assert str(report) in done.stdout.splitlines()[-1]
    assert "VIOLATED" in report.read_text(encoding="utf-8")
