"""What ``ringfence --help`` prints, from the manifests alone: no library is imported for it."""

from __future__ import annotations

from collections.abc import Iterable

from ringfence import __version__
from ringfence.cli.command import Command

_HEAD = f"""\
ringfence {__version__}: keeps trust zones apart on virtual infrastructure, and proves it.

Usage: ringfence COMMAND [OPTIONS]

Commands:
"""
_TAIL = """
Options of every command:
  --help, -h        say what a command does, with examples
  --debug           show where in the program an error came from
  --no-exit-codes   end with 0 whatever was found; errors still end with 1, 2 or 3

Options without a command:
  --version         say the version

Exit codes: 0 clean, 1 error, 2 usage, 3 nothing collected, 10 only unknowns; by the highest
severity among findings and violated pairs 11 low, 12 medium, 13 high, 14 critical.

A first proof:
  ringfence collect saved-datacenter/ --output harbour.ringfence
  ringfence init harbour.ringfence
  ringfence prove harbour.ringfence
"""


def overview(commands: Iterable[Command]) -> str:
    """Return the overview of all commands, in the order of the work."""
    ordered = sorted(commands, key=lambda command: (command.order, command.name))
    width = max(len(command.name) for command in ordered)
    lines = (f"  {command.name:<{width}}   {command.summary}\n" for command in ordered)
    return _HEAD + "".join(lines) + _TAIL
