"""Puts objects together: sources found, files opened, a policy held against what was read."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from ringfence import sources
from ringfence.foundation.discovery import find_parts
from ringfence.foundation.errors import SourceError
from ringfence.foundation.files import is_regular, is_there, reading
from ringfence.foundation.progress import Progress
from ringfence.foundation.text import listed
from ringfence.model.inventory import Inventory
from ringfence.model.snapshot import Snapshot
from ringfence.model.snapshot_file import FORMAT, read_snapshot
from ringfence.operations.clock import today
from ringfence.operations.devices import with_devices
from ringfence.operations.subject import Subject
from ringfence.policy.load import load_policy
from ringfence.policy.members import memberships
from ringfence.policy.unmatched import unmatched
from ringfence.sources import source as source_parts
from ringfence.sources.source import Source

_POLICY_NAMES: Final = ("ringfence.yaml", "policy.yaml")
_HEADER_START: Final = f'{{"format":"{FORMAT}"'.encode()


def all_sources() -> tuple[Source, ...]:
    """Return every source that is installed, in order of module name."""
    return tuple(find_parts(sources, "SOURCE", Source, source_parts.GROUP))


def snapshot_at(path: Path, progress: Progress) -> Snapshot:
    """Return the snapshot in the file ``path``, or what a source reads from what was saved there.

    Raises ``SnapshotFileError`` where the snapshot file cannot be believed, ``SourceError`` where
    nothing is there, or no source knows what it is.
    """
    if not is_there(path):
        message = f"There is nothing at {path}."
        raise SourceError(message, "Name a snapshot file, a saved folder or a workbook.")
    if is_regular(path) and _begins_as_snapshot(path):
        progress.step(f"Loading {path.name}")
        return read_snapshot(path)
    with reading(path):
        for source in all_sources():
            if source.recognises(path):
                return source.read_saved(path, progress)
    known = listed(source.accepts for source in all_sources() if source.reader)
    message = f"{path} is not a snapshot, and no source knows what it is."
    raise SourceError(message, f"Besides snapshots there can be read: {known}.")


def _begins_as_snapshot(path: Path) -> bool:
    with reading(path), path.open("rb") as file:
        return file.read(len(_HEADER_START)) == _HEADER_START


def subject(snapshot: Path, policy: Path | None, progress: Progress) -> Subject:
    """Return what a verb works on: what was read, with the devices that the policy declares.

    ``policy`` is ``None`` where none was named: then one in the current folder is taken, if there
    is one. Raises ``PolicyError`` with every mistake of the policy, and as ``snapshot_at`` does.
    """
    path = policy or next(filter(is_regular, map(Path, _POLICY_NAMES)), None)
    if path is None:
        return Subject(inventory=Inventory(snapshot_at(snapshot, progress)))
    # A mistake in the policy is told before anything long is done.
    loaded = load_policy(path, today())
    read = with_devices(snapshot_at(snapshot, progress), loaded)
    inventory = Inventory(read)
    return Subject(
        inventory=inventory,
        policy=loaded.policy,
        memberships=memberships(loaded.policy, inventory),
        warnings=(*loaded.warnings, *unmatched(loaded, inventory)),
    )
