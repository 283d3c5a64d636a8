"""The console script: hands the arguments to a command, and turns every end into an exit code."""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Sequence
from pathlib import Path
from typing import TextIO

from ringfence import __version__
from ringfence.cli import commands
from ringfence.cli.command import Command
from ringfence.cli.exit_codes import ExitCode
from ringfence.cli.overview import overview
from ringfence.cli.screen import locale_has_unicode
from ringfence.foundation.discovery import find_parts
from ringfence.foundation.errors import NothingCollectedError, RingfenceError, UsageError

_OVERVIEW = {(), ("--help",), ("-h",)}


def main() -> None:
    """Run the command that the process was called with, and end the process."""
    sys.stdout, sys.stderr = _usable(sys.stdout), _usable(sys.stderr)
    code = run(sys.argv[1:])
    try:
        sys.stdout.flush()
    except OSError as error:
        code = _output_failed(error)
    sys.exit(code)


def run(arguments: Sequence[str]) -> ExitCode:
    """Run one command; tell every error in a sentence on standard error; return the exit code."""
    try:
        return _dispatch(arguments)
    except RingfenceError as error:
        return _tell(error, arguments)
    except KeyboardInterrupt:
        sys.stderr.write("ringfence: stopped.\n")
        return ExitCode.INTERRUPTED
    except OSError as error:
        if isinstance(error, BrokenPipeError) or error.filename is None:
            return _output_failed(error)
        return _tell(_unforeseen(error), arguments)
    # The last fence: what nobody foresaw is told in a sentence too, never as a traceback.
    except Exception as error:  # noqa: BLE001
        return _tell(_unforeseen(error), arguments)


def _dispatch(arguments: Sequence[str]) -> ExitCode:
    if tuple(arguments) == ("--version",):
        sys.stdout.write(f"ringfence {__version__}\n")
        return ExitCode.CLEAN
    found = find_parts(commands, "COMMAND", Command, "ringfence.commands")
    if tuple(arguments) in _OVERVIEW:
        sys.stdout.write(overview(found))
        return ExitCode.CLEAN
    # The parser is imported only where there is something to parse.
    from ringfence.cli.parser import call  # noqa: PLC0415

    return call(found, arguments)


def _tell(error: RingfenceError, arguments: Sequence[str]) -> ExitCode:
    if "--debug" in arguments:
        traceback.print_exception(error)
    sys.stderr.write(f"ringfence: {error}\n")
    if isinstance(error, UsageError):
        return ExitCode.USAGE
    if isinstance(error, NothingCollectedError):
        return ExitCode.NOTHING_COLLECTED
    return ExitCode.ERROR


def _unforeseen(error: Exception) -> RingfenceError:
    unforeseen = RingfenceError(
        f"Something happened that ringfence {__version__} did not foresee:"
        f" {type(error).__name__}: {error}.",
        "Please report it with what '--debug' prints.",
    )
    unforeseen.__cause__ = error
    return unforeseen


def _output_failed(error: OSError) -> ExitCode:
    # What is still in the buffer would be tried again, and fail again, at the end of the process.
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    if isinstance(error, BrokenPipeError):
        return ExitCode.OUTPUT_CLOSED
    sys.stderr.write(f"ringfence: The result cannot be written: {error.strerror}.\n")
    return ExitCode.ERROR


def _usable(stream: TextIO | None) -> TextIO:
    """Return a stream that takes every character, also where the process was started without.

    What the locale cannot show is written as an escape; whoever draws asks for the encoding.
    """
    if stream is None:
        return Path(os.devnull).open("w", encoding="utf-8")
    reconfigure = getattr(stream, "reconfigure", None)
    if reconfigure is not None:
        encoding = stream.encoding if locale_has_unicode() else "ascii"
        reconfigure(encoding=encoding, errors="backslashreplace")
    return stream
