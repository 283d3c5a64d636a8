"""``generate``: the flows of a policy in the words of another vendor's firewall, proved if read."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from ringfence.enforce import vendors
from ringfence.enforce.vendors.target import Target
from ringfence.enforce.vendors.writing import written
from ringfence.foundation.discovery import find_parts
from ringfence.foundation.errors import UsageError
from ringfence.foundation.files import reading
from ringfence.foundation.progress import Progress
from ringfence.foundation.text import close_match, listed
from ringfence.operations.gateway import described, with_device
from ringfence.operations.prove import prove
from ringfence.operations.result import Result
from ringfence.operations.subject import Subject
from ringfence.sources.devices.saved import read_device


@dataclass(frozen=True, slots=True)
class Generated:
    """The rules of one firewall for one kind of firewall.

    ``text`` is the whole configuration with them in force where ``whole``, else the rules alone.
    ``left_out`` are flows, or parts of them, that stay refused.
    """

    device: str
    target: Target
    text: str
    left_out: tuple[str, ...]
    whole: bool = False

    def as_plain(self) -> dict[str, Any]:
        """Return it as JSON would hold it."""
        return {
            "device": self.device,
            "target": self.target.name,
            "left_out": self.left_out,
            "whole": self.whole,
            "text": self.text,
        }

    def lines(self) -> Iterator[str]:
        """Yield what has to be known of it, in sentences."""
        if self.left_out:
            said = listed(self.left_out)
            yield f"For {self.target.label} is not written, and stays refused: {said}."
        if self.target.exchanged is None:
            yield f"Not proved: what is written for {self.target.label} is not read back here."
        elif not self.whole:
            yield "Not proved: give the configuration that it goes into with --into."


def targets() -> tuple[Target, ...]:
    """Return every kind of firewall that rules can be written for."""
    return tuple(find_parts(vendors, "TARGET", Target, "ringfence.vendors"))


def generate(subject: Subject, name: str, device: str = "", into: Path | None = None) -> Generated:
    """Return the rules of one of the policy's firewalls, the only one where none is named.

    They are put in force in the saved configuration ``into`` where it is given. Raises
    ``UsageError`` for a target or device that is none, ``EnforceError`` for what cannot be said,
    ``SourceError`` where ``into`` is no configuration that is read.
    """
    target = _target(name)
    gateway = described(subject, device)
    made = written(gateway, target)
    if into is None:
        return Generated(gateway.device, target, made.text, made.left_out)
    if target.exchanged is None:
        message = f"A configuration of {target.label} is not read, so nothing can be put into it."
        raise UsageError(message, "Leave --into out.")
    # What is wrong with it is told by its own name, before anything is put into it.
    read_device(gateway.device, [into])
    with reading(into):
        running = into.read_text(encoding="utf-8")
    text = target.exchanged(running, made.text)
    return Generated(gateway.device, target, text, made.left_out, whole=True)


def proved(subject: Subject, made: Generated, progress: Progress) -> Result:
    """Read the whole configuration back, and prove the snapshot with it in force.

    Raises ``SourceError`` where it is not read.
    """
    device = subject.inventory.devices[made.device]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / made.target.name
        path.write_text(made.text, encoding="utf-8")
        read = read_device(
            device.id, [path], kind=device.kind, physical=device.physical, machine=device.machine
        )
    read = msgspec.structs.replace(read, name=device.name)
    return prove(with_device(subject, read), progress)


def _target(name: str) -> Target:
    there = {one.name: one for one in targets()}
    if name not in there:
        near = close_match(name, there)
        advice = f"Did you mean {near!r}?" if near else f"There are {listed(sorted(there))}."
        raise UsageError(f"Rules cannot be written for {name!r}.", advice)
    return there[name]
