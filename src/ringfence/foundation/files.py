"""What a person named to be read: whatever keeps it from being read is told in a sentence."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ringfence.foundation.errors import SourceError
from ringfence.foundation.text import for_terminal


@contextmanager
def reading(path: Path) -> Iterator[None]:
    """Raise ``SourceError`` in place of the ``OSError`` of whatever is looked at inside."""
    try:
        yield
    except OSError as error:
        named = for_terminal(str(error.filename or path))
        message = f"{named} cannot be read: {error.strerror or error}."
        raise SourceError(message, "Give yourself the right to read it.") from error


def is_there(path: Path) -> bool:
    """Tell whether something is at ``path``; raises ``SourceError`` where that cannot be seen."""
    with reading(path):
        return path.exists()


def is_regular(path: Path) -> bool:
    """Tell whether ``path`` is a file that ends: no folder, and no pipe on which one would wait.

    Raises ``SourceError`` where that cannot be seen.
    """
    with reading(path):
        return path.is_file()


def is_folder(path: Path) -> bool:
    """Tell whether ``path`` is a folder; raises ``SourceError`` where that cannot be seen."""
    with reading(path):
        return path.is_dir()
