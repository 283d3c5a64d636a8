"""A snapshot put together from the bundles of hosts."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from ringfence.foundation.errors import SourceError
from ringfence.foundation.progress import Progress
from ringfence.model.facts import NotRead
from ringfence.model.hosts import Host
from ringfence.model.snapshot import ReadingSource, Snapshot, Unread
from ringfence.sources.linux.bundle import Bundle
from ringfence.sources.linux.bundle_folder import bundle_folders, read_bundle
from ringfence.sources.linux.hosts_to_read import LinuxHosts, gather_hosts


def read_folder(path: Path, progress: Progress) -> Snapshot:
    """Return the snapshot of one saved host, or of a folder of them.

    Raises ``SourceError`` where a manifest is damaged or two folders are of one host.
    """
    folders = bundle_folders(path)
    progress.step("Reading saved hosts", len(folders))
    bundles = []
    for folder in folders:
        bundles.append(read_bundle(folder))
        progress.advance()
    return snapshot_of(bundles)


def collect(wanted: LinuxHosts, progress: Progress) -> Snapshot:
    """Return the snapshot of live hosts; raises ``SourceError`` where none was reached."""
    return snapshot_of(gather_hosts(wanted, progress))


def snapshot_of(bundles: Iterable[Bundle]) -> Snapshot:
    """Return the snapshot of hosts; raises ``SourceError`` where two have one name."""
    by_name: dict[str, Bundle] = {}
    for bundle in bundles:
        if by_name.setdefault(bundle.host, bundle) is not bundle:
            message = f"Two of the saved hosts are called {bundle.host}."
            raise SourceError(message, "Give each its own name in its manifest.")
    ordered = [by_name[name] for name in sorted(by_name)]
    return Snapshot(
        sources=tuple(map(_source, ordered)),
        hosts=tuple(Host(id=f"linux:{bundle.host}", name=bundle.host) for bundle in ordered),
        unread=tuple(unread for bundle in ordered for unread in _unread(bundle)),
    )


def _source(bundle: Bundle) -> ReadingSource:
    return ReadingSource(
        kind="linux",
        name=bundle.host,
        started=bundle.started,
        finished=bundle.finished,
        stable=not bundle.changed,
    )


def _unread(bundle: Bundle) -> Iterable[Unread]:
    for name, answer in bundle.answers.items():
        failure = answer.failure()
        if isinstance(failure, NotRead):
            yield Unread(
                object=f"linux:{bundle.host}", name=bundle.host, property=name, why=failure
            )
