"""What a command is: a manifest that says so little that telling of all of them costs nothing."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Command:
    """A command, found as the constant ``COMMAND`` of a package in ``cli.commands``.

    ``run`` is the import string of its function, whose docstring and annotations are its help;
    it returns the exit code. ``order`` is its place in the overview, which follows the work.
    ``examples`` are shown by its ``--help``.
    """

    name: str
    summary: str
    run: str
    examples: tuple[str, ...]
    order: int
