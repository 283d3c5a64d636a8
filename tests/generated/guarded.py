"""A comparison that ends with a difference, and its seed, whatever it runs into."""

from __future__ import annotations

import signal
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

LIMIT = 300.0
"""Seconds of processor time in which a comparison has ended; it takes a few at most."""


class _HungError(BaseException):
    """Nothing that the compared code catches by chance."""


def guarded(problem: Callable[[int], str | None], seed: int, limit: float = LIMIT) -> str | None:
    """Return what a comparison finds; what it raises, or that it hangs, is a difference too.

    It is what uses the processor on and on that counts as hanging. Only in the main thread.
    """
    try:
        with _limited(limit):
            return problem(seed)
    except _HungError as hung:
        return f"seed {seed}: does not end, and was seen in {_where(hung)}"
    except Exception as error:  # noqa: BLE001 (whatever is raised is what is looked for)
        return f"seed {seed}: {type(error).__name__} ({error}) in {_where(error)}"


@contextmanager
def _limited(limit: float) -> Iterator[None]:
    def stop(_signal: int, _frame: FrameType | None) -> None:
        raise _HungError

    before = signal.signal(signal.SIGPROF, stop)
    signal.setitimer(signal.ITIMER_PROF, limit)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)


def _where(error: BaseException) -> str:
    """Return the last calls before an error, the innermost last."""
    frames = [one for one in traceback.extract_tb(error.__traceback__) if one.name != "stop"]
    return ", ".join(f"{one.name} ({one.filename}:{one.lineno})" for one in frames[-4:])
