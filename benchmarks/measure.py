"""What a benchmark is, and how a command is measured."""

from __future__ import annotations

import resource
import statistics
import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Value:
    """One measured number, and the most that it may be (``None``: told, not judged).

    ``at_least`` turns the bar around, as for "times faster than the reference".
    """

    name: str
    amount: float
    unit: str
    bar: float | None = None
    at_least: bool = False

    @property
    def holds(self) -> bool:
        """Whether the bar is met; a number without a bar always is."""
        if self.bar is None:
            return True
        return self.amount >= self.bar if self.at_least else self.amount <= self.bar


@dataclass(frozen=True)
class Benchmark:
    """One name of `make bench`; ``run`` does the work and returns what it measured."""

    name: str
    work: str
    run: Callable[[], Sequence[Value]]


def seconds(work: Callable[[], object]) -> float:
    """Wall-clock seconds that one call takes."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def command_seconds(command: Sequence[str], times: int = 10) -> float:
    """Median wall-clock seconds of a command, after one run that warms the file cache.

    Raises ``CalledProcessError`` where the command fails: a failure is not fast.
    """

    def once() -> None:
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)

    once()
    return statistics.median(seconds(once) for _ in range(times))


def peak_memory(*, children: bool = False) -> float:
    """The most memory that this process (or one of its children) has had, in GB."""
    who = resource.RUSAGE_CHILDREN if children else resource.RUSAGE_SELF
    return resource.getrusage(who).ru_maxrss * 1024 / 1e9
