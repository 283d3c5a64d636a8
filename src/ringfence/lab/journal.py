"""What was made, written down before it is: so that all of it can be removed, also after a crash.

A lab's folder holds its journal (one JSON object a line), its layout, the databases and sockets of
its switches, and whatever else belongs to it. Making the folder is what takes the lab's name.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final, Literal

import msgspec

from ringfence.foundation.errors import LabError
from ringfence.model.facts import Record

JOURNAL: Final = "journal.jsonl"


class Made(Record, frozen=True):
    """A thing that was, or was about to be, made: a namespace's name, or a daemon's pid file."""

    kind: Literal["namespace", "daemon"]
    name: str


def begin(folder: Path) -> None:
    """Take the folder of a new lab; raises ``LabError`` where there is one, or none can be."""
    try:
        folder.mkdir(parents=True, mode=0o755)
    except FileExistsError as error:
        message = f"A lab is there already, in {folder}."
        raise LabError(message, "'ringfence lab down' removes it.") from error
    except OSError as error:
        message = f"The folder {folder} cannot be made: {error.strerror}."
        raise LabError(message, "The lab needs root.") from error
    (folder / JOURNAL).touch()


def record(folder: Path, *made: Made) -> None:
    """Write down what is about to be made."""
    with (folder / JOURNAL).open("ab") as file:
        file.write(b"".join(msgspec.json.encode(one) + b"\n" for one in made))


def recorded(folder: Path) -> Iterator[Made]:
    """Yield what was written down, first made first; a line that was cut off made nothing yet."""
    try:
        lines = (folder / JOURNAL).read_bytes().splitlines()
    except FileNotFoundError:
        return
    for line in lines:
        try:
            yield msgspec.json.decode(line, type=Made)
        except msgspec.DecodeError:
            return
