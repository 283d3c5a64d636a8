"""Network namespaces of this machine, which one thread enters and leaves again."""

from __future__ import annotations

import ctypes
import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Final

WHERE: Final = Path("/run/netns")
_CLONE_NEWNET: Final = 0x40000000  # setns(2)


@contextmanager
def inside(namespace: str) -> Iterator[None]:
    """Work inside a namespace; sockets that are opened there stay there.

    Raises ``FileNotFoundError`` where there is no such namespace, another ``OSError`` where this
    user may not enter it.
    """
    before = os.open("/proc/thread-self/ns/net", os.O_RDONLY | os.O_CLOEXEC)
    try:
        there = os.open(WHERE / namespace, os.O_RDONLY | os.O_CLOEXEC)
        try:
            _set_namespace(there)
        finally:
            os.close(there)
        try:
            yield
        finally:
            _set_namespace(before)
    finally:
        os.close(before)


@cache
def _c_library() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def _set_namespace(file: int) -> None:
    # os.setns came with Python 3.12.
    if _c_library().setns(file, _CLONE_NEWNET) != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
