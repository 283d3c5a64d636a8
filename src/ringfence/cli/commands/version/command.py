"""``ringfence version``: what runs here."""

from __future__ import annotations

import platform

from ringfence import __version__
from ringfence.cli.exit_codes import ExitCode
from ringfence.cli.options import JsonOption
from ringfence.cli.screen import process_screen
from ringfence.model import snapshot_file


def version(*, json: JsonOption = False) -> ExitCode:
    """Say the version of Ringfence, of Python, and of snapshot files."""
    screen = process_screen()
    versions = {
        "ringfence": __version__,
        "python": platform.python_version(),
        "snapshot": snapshot_file.VERSION,
    }
    if json:
        screen.write_json(versions)
    else:
        for name, number in versions.items():
            screen.write(f"{name} {number}")
    return ExitCode.CLEAN
