"""A snapshot put together from the bundles of hosts."""

from __future__ import annotations

from collections.abc import Iterable
from operator import attrgetter
from pathlib import Path
from typing import Final, TypeVar

import msgspec

from ringfence.foundation.errors import SourceError
from ringfence.foundation.progress import Progress
from ringfence.model.facts import NotRead
from ringfence.model.hosts import Host
from ringfence.model.machines import Machine
from ringfence.model.network import MirrorSession, Port, PortGroup, VirtualSwitch
from ringfence.model.places import Cluster
from ringfence.model.rules import Device, PortFilter
from ringfence.model.snapshot import Snapshot
from ringfence.sources.linux.bundle import Bundle
from ringfence.sources.linux.bundle_folder import bundle_folders, read_bundle
from ringfence.sources.linux.clusters import libvirt_cluster, machines_in
from ringfence.sources.linux.hosts_to_read import LinuxHosts, gather_hosts
from ringfence.sources.linux.labels import Labels
from ringfence.sources.linux.reading import read_host

_RIGHTS: Final = NotRead(
    reason="not-collected", detail="who may change a Linux host is not asked for"
)
_NO_SERVER: Final = NotRead(reason="not-supported", detail="Linux hosts have no management server")

R = TypeVar("R", VirtualSwitch, PortGroup, Port, MirrorSession, Machine, Device, PortFilter)


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
    labels = Labels.of(by_name.values())
    readings = [read_host(by_name[name], labels) for name in sorted(by_name)]
    cluster = libvirt_cluster(readings)
    records = [reading.records for reading in readings]
    return Snapshot(
        sources=tuple(reading.source for reading in readings),
        hosts=tuple(_in_cluster(reading.host, cluster) for reading in readings),
        clusters=() if cluster is None else (cluster,),
        switches=_sorted(one for each in records for one in each.switches),
        port_groups=_sorted(one for each in records for one in each.groups.values()),
        ports=_sorted(one for each in records for one in each.ports),
        port_filters=_sorted(one for each in records for one in each.filters),
        mirror_sessions=_sorted(one for each in records for one in each.mirrors),
        machines=_sorted(one for reading in readings for one in machines_in(cluster, reading)),
        devices=_sorted(one for reading in readings for one in reading.devices),
        roles=_RIGHTS,
        permissions=_RIGHTS,
        global_permissions=_RIGHTS,
        groups=_RIGHTS,
        settings=_NO_SERVER,
        unread=tuple(unread for reading in readings for unread in reading.unread),
    )


def _in_cluster(host: Host, cluster: Cluster | None) -> Host:
    if cluster is None or host.id not in cluster.hosts:
        return host
    return msgspec.structs.replace(host, cluster=cluster.id)


def _sorted(records: Iterable[R]) -> tuple[R, ...]:
    return tuple(sorted(records, key=attrgetter("id")))
