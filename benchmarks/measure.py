"""What a benchmark is, what it measured, and how a command is measured."""

from __future__ import annotations

import json
import resource
import statistics
import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Value:
    """One measured number, and the most that it may be (``None``: told, not judged).

    ``peak_mb`` is the most memory that the measured process had, in MB, and ``most_mb`` its bar.
    ``reference`` is what another way of doing the same took in the same run, and ``times`` how
    many times faster than it this has to be.
    """

    name: str
    amount: float
    unit: str
    bar: float | None = None
    peak_mb: float | None = None
    most_mb: float | None = None
    reference: float | None = None
    times: float | None = None

    @property
    def ratio(self) -> float | None:
        """How many times less than the reference it is: higher is better."""
        return None if self.reference is None else self.reference / self.amount

    @property
    def holds(self) -> bool:
        """Whether every bar is met; a number without a bar always is."""
        return (
            (self.bar is None or self.amount <= self.bar)
            and (
                self.most_mb is None or (self.peak_mb is not None and self.peak_mb <= self.most_mb)
            )
            and (self.times is None or (self.ratio is not None and self.ratio >= self.times))
        )

    def line(self) -> str:
        """The number as one line of JSON."""
        return json.dumps(
            {
                "name": self.name,
                "value": _rounded(self.amount),
                "unit": self.unit,
                "bar": self.bar,
                "holds": self.holds,
                "peak_mb": _rounded(self.peak_mb),
                "reference": _rounded(self.reference),
                "ratio": _rounded(self.ratio),
            }
        )


@dataclass(frozen=True)
class Benchmark:
    """One name of `make bench`; ``run`` does the work and returns what it measured."""

    name: str
    work: str
    run: Callable[[], Sequence[Value]]


def _rounded(number: float | None) -> float | None:
    return None if number is None else float(f"{number:.4g}")


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
    """The most memory that this process (or one of its children) has had, in MB."""
    who = resource.RUSAGE_CHILDREN if children else resource.RUSAGE_SELF
    return resource.getrusage(who).ru_maxrss * 1024 / 1e6
