"""Where a command writes: results on standard output, all else on standard error."""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TextIO

from ringfence.foundation.progress import Progress, SilentProgress

_NARROWEST = 80


@dataclass(frozen=True, slots=True)
class Screen:
    """The two streams, and what may be drawn on the first.

    ``colour`` is false where the output is a pipe or ``NO_COLOR`` is set (no-color.org);
    ``unicode`` is false where the locale has no Unicode; ``width`` is in columns, ``None`` in a
    pipe, where lines are as long as they need to be.
    """

    output: TextIO
    errors: TextIO
    colour: bool
    unicode: bool
    width: int | None

    def write(self, text: str) -> None:
        """Write ``text`` and a line feed where it does not end in one."""
        self.output.write(text if text.endswith("\n") else f"{text}\n")

    def write_json(self, value: Any) -> None:
        """Write plain ``value`` as JSON for machines, indented so that people can read it too.

        It is ASCII: escapes keep characters of hostile names from steering a terminal.
        """
        self.write(json.dumps(value, indent=2))

    def tell(self, text: str) -> None:
        """Write ``text`` on standard error, where it does not mix with the result."""
        self.errors.write(f"{text}\n")


def process_screen() -> Screen:
    """Return the screen of this process."""
    terminal = sys.stdout.isatty()
    return Screen(
        output=sys.stdout,
        errors=sys.stderr,
        colour=terminal and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb",
        unicode=_locale_has_unicode(),
        width=max(shutil.get_terminal_size().columns, _NARROWEST) if terminal else None,
    )


def _locale_has_unicode() -> bool:
    if os.environ.get("PYTHONUTF8") == "1":
        return True
    names = (os.environ.get(name) for name in ("LC_ALL", "LC_CTYPE", "LANG"))
    locale = next(filter(None, names), "C")
    return locale.lower().replace("-", "").endswith("utf8")


@contextmanager
def progress(screen: Screen) -> Iterator[Progress]:
    """Yield a progress that is drawn on standard error while that is a terminal, else silent."""
    if not screen.errors.isatty():
        yield SilentProgress()
        return
    # Drawing costs an import that a pipe does not need.
    from ringfence.cli.drawn_progress import drawn_progress  # noqa: PLC0415

    with drawn_progress(screen.errors) as drawn:
        yield drawn
