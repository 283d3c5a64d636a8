"""The exit codes: a contract with scripts, never renumbered."""

from __future__ import annotations

from enum import IntEnum
from typing import Final

from ringfence.operations.outcome import Outcome


class ExitCode(IntEnum):
    """What ``ringfence`` ends with."""

    CLEAN = 0
    ERROR = 1
    USAGE = 2
    NOTHING_COLLECTED = 3
    UNKNOWN = 10
    LOW = 11
    MEDIUM = 12
    HIGH = 13
    CRITICAL = 14
    INTERRUPTED = 130
    OUTPUT_CLOSED = 141


_OF_OUTCOME: Final = {
    "clean": ExitCode.CLEAN,
    "unknown": ExitCode.UNKNOWN,
    "low": ExitCode.LOW,
    "medium": ExitCode.MEDIUM,
    "high": ExitCode.HIGH,
    "critical": ExitCode.CRITICAL,
}


def of_outcome(outcome: Outcome) -> ExitCode:
    """Return the exit code for how bad a result is."""
    return _OF_OUTCOME[outcome]
