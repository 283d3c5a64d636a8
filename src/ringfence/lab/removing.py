"""A lab is removed: its daemons, its namespaces and its folder, exactly as its journal has them."""

from __future__ import annotations

import os
import shutil
import signal
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from ringfence.foundation.errors import LabError
from ringfence.lab import namespaces
from ringfence.lab.journal import recorded
from ringfence.lab.place import LabPlace
from ringfence.lab.programs import run

_PATIENCE: Final = 2.0  # seconds that a daemon gets to end by itself


class Removed:
    """What was removed of a lab."""

    def __init__(self, namespaces: int, daemons: int) -> None:
        self.namespaces = namespaces
        self.daemons = daemons


def remove(place: LabPlace) -> Removed | None:
    """Remove what a lab made, also one that was never finished; ``None`` where there is no lab.

    Raises ``LabError`` where something cannot be removed; then its journal stays.
    """
    if not place.exists():
        return None
    made = tuple(recorded(place.folder))
    daemons = _end_daemons({one.name for one in made if one.kind == "daemon"})
    names = [one.name for one in made if one.kind == "namespace" and namespaces.exists(one.name)]
    if names:
        run("ip", "-batch", "-", given="".join(f"netns delete {name}\n" for name in names))
    try:
        shutil.rmtree(place.folder)
    except OSError as error:
        message = f"The folder {place.folder} cannot be removed: {error.strerror}."
        raise LabError(message, "The lab needs root.") from error
    return Removed(len(names), daemons)


def _end_daemons(pid_files: Iterable[str]) -> int:
    """End the processes that were started with these pid files, and wait until they are gone."""
    wanted = frozenset(f"--pidfile={name}".encode() for name in pid_files)
    if not wanted:
        return 0
    found = _started_with(wanted)
    for number, kind in ((signal.SIGTERM, "end"), (signal.SIGKILL, "be killed")):
        running = _started_with(wanted)
        for process in running:
            _signal(process, number, kind)
        end = time.monotonic() + _PATIENCE
        while time.monotonic() < end and _started_with(wanted):
            time.sleep(0.01)
    return len(found)


def _started_with(words: frozenset[bytes]) -> list[int]:
    """Return the processes that have one of the words on their command line.

    A pid file alone would not do: a daemon may not have written it yet, and a number is given to
    another process in time.
    """
    found = []
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                line = (folder / "cmdline").read_bytes()
            except OSError:
                continue  # it has ended meanwhile
            if not words.isdisjoint(line.split(b"\0")):
                found.append(int(folder.name))
    return found


def _signal(process: int, number: int, kind: str) -> None:
    try:
        os.kill(process, number)
    except ProcessLookupError:
        return
    except PermissionError as error:
        message = f"The process {process} of the lab cannot {kind}."
        raise LabError(message, "The lab needs root.") from error
