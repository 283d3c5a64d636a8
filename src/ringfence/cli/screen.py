"""Where a command writes: results on standard output, all else on standard error."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TextIO

from ringfence.foundation.progress import Progress, SilentProgress

if TYPE_CHECKING:
    from rich.console import RenderableType


@dataclass(frozen=True, slots=True)
class Screen:
    """The two streams of the process."""

    output: TextIO
    errors: TextIO

    def write(self, text: str) -> None:
        """Write ``text`` and a line feed where it does not end in one."""
        self.output.write(text if text.endswith("\n") else f"{text}\n")

    def write_document(self, text: str) -> None:
        """Write a document in UTF-8, whatever the locale: it is for a program, or for a file."""
        buffer = getattr(self.output, "buffer", None)
        if buffer is None:
            self.write(text)
        else:
            self.output.flush()
            buffer.write(text.encode())

    def write_json(self, value: Any) -> None:
        """Write plain ``value`` as JSON for machines, indented so that people can read it too.

        It is ASCII: escapes keep characters of hostile names from steering a terminal.
        """
        self.write(json.dumps(value, indent=2))

    def draw(self, drawing: RenderableType, *, width: int | None = None) -> None:
        """Draw, as wide as the terminal or ``width`` columns, coloured where that is wanted.

        A pipe gets 80 columns, or those of ``COLUMNS``, and no colour; nor does a terminal where
        ``NO_COLOR`` is set (no-color.org).
        """
        from rich.console import Console  # noqa: PLC0415 (what only writes has no use for it)

        console = Console(
            file=self.output, width=width, highlight=False, emoji=False, legacy_windows=False
        )
        if console.is_terminal:
            console.print(drawing)
            return
        with console.capture() as captured:
            console.print(drawing)
        self.write("\n".join(line.rstrip() for line in captured.get().splitlines()))

    def tell(self, text: str) -> None:
        """Write ``text`` on standard error, where it does not mix with the result."""
        self.errors.write(f"{text}\n")


def process_screen() -> Screen:
    """Return the screen of this process."""
    return Screen(output=sys.stdout, errors=sys.stderr)


def locale_has_unicode() -> bool:
    """Tell whether the locale, or an explicit ``PYTHONUTF8=1``, says that Unicode can be shown."""
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
