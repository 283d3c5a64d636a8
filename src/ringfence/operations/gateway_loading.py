"""``gateway apply`` and ``rollback``: a gateway's rules put in force, and those from before."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

import msgspec

from ringfence.connections.commands import LocalRunner, PrefixRunner, Runner
from ringfence.enforce.gateway.loading import Target, difference, instead, listing_of, same
from ringfence.enforce.gateway.trial import tried
from ringfence.foundation.errors import EnforceError, UsageError
from ringfence.foundation.files import is_there, reading
from ringfence.foundation.progress import Progress
from ringfence.model.facts import NotRead
from ringfence.model.rules import Device
from ringfence.operations.gateway import chosen_device, in_force, meant, with_device
from ringfence.operations.prove import prove
from ringfence.operations.result import Result
from ringfence.operations.subject import Subject
from ringfence.sources.devices.live import read_live

SAVED: Final = Path("/var/lib/ringfence/gateway")
"""Where the rules from before are kept, a file for each namespace."""

Became = Literal["not-proved", "unchanged", "shown", "loaded"]
_SENTENCES: Final[dict[Became, str]] = {
    "not-proved": "Nothing was loaded: not every pair of zones is PROVED with these rules.",
    "unchanged": "Nothing was loaded: these rules are in force already.",
    "shown": "Nothing was loaded: it was a dry run. These lines would change:",
    "loaded": "The rules are in force. These lines changed:",
}


@dataclass(frozen=True, slots=True)
class Where:
    """A network namespace, or this machine; ``saved`` holds the rules from before."""

    namespace: str = ""
    saved: Path = SAVED

    def __post_init__(self) -> None:
        """Refuse what is no name of a namespace: a path, or an option to ``ip``."""
        if self.namespace.startswith(("-", ".")) or "/" in self.namespace:
            message = f"{self.namespace!r} is no name of a network namespace."
            raise UsageError(message, "'ip netns' lists those of this machine.")

    @property
    def runner(self) -> Runner:
        """What runs programs there."""
        local = LocalRunner()
        if not self.namespace:
            return local
        return PrefixRunner(("ip", "netns", "exec", self.namespace), local)

    def __str__(self) -> str:
        """Return it as a phrase."""
        return f"in the namespace {self.namespace}" if self.namespace else "on this machine"

    @property
    def target(self) -> Target:
        """The system whose rules are loaded."""
        return Target(self.runner, str(self))

    @property
    def file(self) -> Path:
        """The file with the rules from before."""
        return self.saved / (f"netns-{self.namespace}.nft" if self.namespace else "here.nft")


@dataclass(frozen=True, slots=True)
class Applied:
    """What became of rules that were to be loaded; ``changed`` are lines as ``diff`` has them."""

    result: Result
    became: Became
    changed: tuple[str, ...] = ()
    saved: Path | None = None

    def as_plain(self) -> dict[str, Any]:
        """Return it as JSON would hold it."""
        return {
            "became": self.became,
            "changed": self.changed,
            "saved": None if self.saved is None else str(self.saved),
            "pairs": self.result.verdicts(),
        }

    def lines(self) -> Iterator[str]:
        """Yield what was done as sentences, and the lines that differ."""
        yield _SENTENCES[self.became]
        yield from (f"  {line}" for line in self.changed)
        if self.saved is not None:
            yield f"Those from before are in {self.saved}: 'ringfence gateway rollback' loads them."


@dataclass(frozen=True, slots=True)
class RolledBack:
    """The rules from before, in force again."""

    where: str
    changed: tuple[str, ...]

    def as_plain(self) -> dict[str, Any]:
        """Return it as JSON would hold it."""
        return {"where": self.where, "changed": self.changed}

    def lines(self) -> Iterator[str]:
        """Yield it as a sentence, and the lines that changed."""
        yield f"The rules from before are in force again {self.where}; they were not proved."
        yield from (f"  {line}" for line in self.changed)


def apply(
    subject: Subject, device: str, where: Where, progress: Progress, *, dry_run: bool = False
) -> Applied:
    """Make the rules of a gateway for what it is now, prove them, and load them.

    The device is read where it is, and what was read of it before counts no more. Nothing is
    loaded where any pair of zones is not PROVED. Raises ``EnforceError`` or ``SourceError`` where
    something else is there, or a step fails; the rules from before are in force then.
    """
    return asyncio.run(_apply(subject, device, where, progress, dry_run=dry_run))


async def _apply(
    subject: Subject, name: str, where: Where, progress: Progress, *, dry_run: bool
) -> Applied:
    known = chosen_device(subject, name)
    progress.step(f"Reading {known.name} {where}")
    target = where.target
    live = _as_known(known, await read_live(known.name, where.runner, str(where)), str(where))
    before = await target.listed()
    current = with_device(subject, live)
    made = meant(current, known.id)
    progress.step("Trying the rules in a namespace of their own")
    listing = await tried(made.ruleset, LocalRunner())
    result = prove(in_force(current, made, listing), progress)
    pairs = () if result.proof is None else result.proof.pairs
    if not pairs or any(pair.verdict != "PROVED" for pair in pairs):
        return Applied(result, "not-proved")
    if same(before, listing):
        return Applied(result, "unchanged")
    changed = tuple(difference(before, listing))
    if dry_run:
        return Applied(result, "shown", changed)
    progress.step("Loading the rules")
    _keep(where.file, instead(before))
    await target.load(made.ruleset, before, listing, where.file)
    return Applied(result, "loaded", changed, where.file)


def rollback(where: Where) -> RolledBack:
    """Put the rules in force that were there before the last time that rules were loaded.

    Raises ``EnforceError`` where none were saved, or they cannot be loaded, ``SourceError`` where
    their file cannot be read.
    """
    if not is_there(where.file):
        message = f"No rules from before were saved {where}: there is no {where.file}."
        raise EnforceError(message, "'ringfence gateway apply' saves them.")
    with reading(where.file):
        # What is no text is no table of a gateway either.
        saved = where.file.read_text(encoding="utf-8", errors="replace")
    changed = asyncio.run(_rollback(where, saved))
    try:
        where.file.unlink()
    except OSError as error:
        message = f"The rules from before are in force again {where}, and {where.file} stays"
        raise EnforceError(f"{message}: {error.strerror}.", "Remove it.") from error
    return RolledBack(str(where), changed)


async def _rollback(where: Where, saved: str) -> tuple[str, ...]:
    target, wanted = where.target, listing_of(saved)
    before = await target.listed()
    await target.load(saved, before, wanted, where.file)
    return tuple(difference(before, wanted))


def _as_known(known: Device, live: Device, where: str) -> Device:
    """Return what was read as the device of the snapshot, if it is that one."""
    macs = {name: mac for name, mac in _macs(known).items() if name != "lo"}
    there = _macs(live)
    if not macs:
        message = (
            f"What is {where} cannot be told to be {known.name}: no MAC address of it is known."
        )
        raise EnforceError(message, "Save 'ip -j addr' of it, and collect again.")
    for name, mac in macs.items():
        if there.get(name) != mac:
            found = f"has {there[name]}" if name in there else "is not there"
            message = f"What is {where} is not {known.name}: {name} {found}, expected {mac}."
            raise EnforceError(message, "Name the namespace that it is in, or collect again.")
    return msgspec.structs.replace(
        live, id=known.id, kind=known.kind, physical=known.physical, machine=known.machine
    )


def _macs(device: Device) -> dict[str, str]:
    interfaces = () if isinstance(device.interfaces, NotRead) else device.interfaces
    return {one.name: one.mac.lower() for one in interfaces if one.mac}


def _keep(file: Path, text: str) -> None:
    """Write a file whole or not at all, on the disk before anything else is done."""
    try:
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        new = file.with_suffix(".new")
        with new.open("w", encoding="utf-8") as opened:
            opened.write(text)
            opened.flush()
            os.fsync(opened.fileno())
        new.replace(file)
    except OSError as error:
        message = f"The rules from before cannot be saved in {file}: {error.strerror}."
        raise EnforceError(message, "Name a folder with --saved. Nothing was changed.") from error
