"""``ringfence`` as a process of its own, as a user or a script calls it."""

import os
import subprocess
import sys
from pathlib import Path

RINGFENCE = Path(sys.executable).parent / "ringfence"


def environment(**settings: str) -> dict[str, str]:
    """The environment of a pipe in a Unicode locale, without colour."""
    here = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    return here | {"NO_COLOR": "1", "PYTHONUTF8": "1", "COLUMNS": "100"} | settings


def ringfence(
    *arguments: str | Path, cwd: Path | None = None, **settings: str
) -> subprocess.CompletedProcess[str]:
    """Run ``ringfence`` to its end; nothing it does may end in a traceback."""
    done = subprocess.run(
        [RINGFENCE, *map(str, arguments)],
        cwd=cwd,
        env=environment(**settings),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert "Traceback" not in done.stdout + done.stderr, done.stderr
    return done
