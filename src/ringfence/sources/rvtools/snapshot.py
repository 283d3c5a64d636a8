"""A snapshot put together from the sheets of a workbook."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass
from operator import attrgetter
from pathlib import Path
from typing import Final, TypeVar

import msgspec

from ringfence.foundation.progress import Progress
from ringfence.model.facts import NOT_COLLECTED, NotRead
from ringfence.model.hosts import Host
from ringfence.model.machines import Machine
from ringfence.model.network import PortGroup, VirtualSwitch
from ringfence.model.places import Cluster, Datacenter, Folder, ResourcePool
from ringfence.model.snapshot import ReadingSource, Snapshot, Unread
from ringfence.sources.rvtools.hosts import host_ids, hosts
from ringfence.sources.rvtools.machines import allocation, folders, machines
from ringfence.sources.rvtools.names import Key, server_of
from ringfence.sources.rvtools.networks import Networks
from ringfence.sources.rvtools.rows import Row
from ringfence.sources.rvtools.switches import distributed_switches, standard_switches
from ringfence.sources.rvtools.workbook import SHEETS, Workbook, open_workbook

R = TypeVar("R", Datacenter, Folder, Cluster, Host, VirtualSwitch, PortGroup, Machine, ResourcePool)
_UPLINK_GROUP: Final = "-DVUplinks-"
_NEVER_TOLD: Final = (
    "live ports",
    "mirror sessions",
    "passthrough devices",
    "tags",
    "roles and permissions",
    "host services, firewall and lockdown mode",
)


def read_saved(path: Path, progress: Progress) -> Snapshot:
    """Return the snapshot of a workbook, as ``read_workbook``."""
    progress.step("Reading the workbook")
    return read_workbook(path)


def read_workbook(path: Path) -> Snapshot:
    """Return the snapshot that an RVTools workbook holds; what it lacks is ``NotRead``.

    Raises ``SourceError`` where it is damaged or no export of RVTools.
    """
    workbook = open_workbook(path)
    host_of, cluster_of = host_ids(workbook), _cluster_ids(workbook)
    pools, pool_of = _pools(workbook, cluster_of)
    standard, standard_groups = standard_switches(workbook, host_of)
    distributed, distributed_groups = distributed_switches(workbook, host_of)
    switches, groups = standard + distributed, standard_groups + distributed_groups
    networks = Networks.of(switches, groups)
    every_host = hosts(workbook, host_of, cluster_of, networks)
    every_machine = machines(workbook, host_of, pool_of, networks)
    return Snapshot(
        sources=_sources(workbook),
        datacenters=_sorted(_datacenters(workbook)),
        folders=_sorted(folders(workbook)),
        clusters=_sorted(_clusters(workbook, every_host)),
        hosts=_sorted(every_host),
        switches=_sorted(switches),
        port_groups=_sorted(_with_uplink_groups(groups, every_machine, every_host)),
        machines=_sorted(every_machine),
        pools=_sorted(pools),
        unread=_unread(workbook),
    )


def _sorted(records: tuple[R, ...] | list[R]) -> tuple[R, ...]:
    """Return records by id, the first of those with the same."""
    return tuple(
        sorted({record.id: record for record in reversed(records)}.values(), key=attrgetter("id"))
    )


def _sources(workbook: Workbook) -> tuple[ReadingSource, ...]:
    made = ""
    for row in workbook.rows("vMetaData"):
        made = _moment(row.text("xlsx creation datetime")) or made
    servers = {server_of(row): row for row in workbook.rows("vSource")}
    return tuple(
        ReadingSource(
            kind="rvtools",
            name=workbook.path.name,
            server_id=row.text("VI SDK UUID"),
            product=row.text("Fullname"),
            api_version=row.text("API version"),
            started=made,
            finished=made,
            # Nothing in a workbook tells whether things changed while it was written.
            stable=False,
        )
        for row in servers.values() or (Row({}, ()),)
    )


def _moment(text: str) -> str:
    """Return a date and time in ISO 8601, "" for anything else. The zone is not told."""
    try:
        return datetime.datetime.fromisoformat(text).isoformat()
    except ValueError:
        return ""


def _datacenters(workbook: Workbook) -> list[Datacenter]:
    keys = {
        Key.of(row, "Datacenter") for sheet in ("vHost", "vInfo") for row in workbook.rows(sheet)
    }
    return [
        Datacenter(id=key.id("datacenter"), name=key.name, path=f"/{key.name}")
        for key in keys
        if key.name
    ]


def _cluster_ids(workbook: Workbook) -> dict[Key, str]:
    named = {Key.of(row, "Name"): row.text("Object ID") for row in workbook.rows("vCluster")}
    # A cluster whose sheet is missing is still named by its hosts.
    for row in workbook.rows("vHost"):
        named.setdefault(Key.of(row, "Cluster"), "")
    return {key: key.id("cluster", stable) for key, stable in named.items() if key.name}


def _clusters(workbook: Workbook, every_host: tuple[Host, ...]) -> list[Cluster]:
    rows = {Key.of(row, "Name"): row for row in workbook.rows("vCluster")}
    clusters = []
    for key, own in _cluster_ids(workbook).items():
        row = rows.get(key)
        clusters.append(
            Cluster(
                id=own,
                name=key.name,
                hosts=tuple(sorted(host.id for host in every_host if host.cluster == own)),
                moves_machines=row.truth("DRS enabled") if row else NOT_COLLECTED,
                restarts_machines=row.truth("HA enabled") if row else NOT_COLLECTED,
            )
        )
    return clusters


@dataclass(frozen=True, slots=True)
class _Pool:
    key: Key
    id: str
    row: Row


def _pools(
    workbook: Workbook, clusters: Mapping[Key, str]
) -> tuple[list[ResourcePool], dict[Key, str]]:
    """Return the pools, and their ids by path."""
    found = {}
    for row in workbook.rows("vRP"):
        key = Key.of(row, "Resource Pool path")
        if key.name:
            found[key] = _Pool(key, key.id("pool", row.text("Object ID")), row)
    records = []
    for pool in found.values():
        above = Key(pool.key.server, pool.key.name.rpartition("/")[0])
        records.append(
            ResourcePool(
                id=pool.id,
                name=pool.row.text("Resource Pool name") or pool.key.name.rpartition("/")[2],
                parent=found[above].id if above in found else None,
                owner=_owner(pool.key, clusters),
                cpu=allocation(pool.row, "CPU "),
                memory=allocation(pool.row, "Mem "),
            )
        )
    return records, {key: pool.id for key, pool in found.items()}


def _owner(path: Key, clusters: Mapping[Key, str]) -> str | None:
    """Return the cluster that stands in the path of a pool."""
    named = (clusters.get(Key(path.server, part)) for part in path.name.split("/"))
    return next(filter(None, named), None)


def _with_uplink_groups(
    groups: list[PortGroup], every_machine: tuple[Machine, ...], every_host: tuple[Host, ...]
) -> list[PortGroup]:
    """Mark the port groups of uplinks: by the name they are made with, if nothing is attached."""
    used: set[object] = set()
    for machine in every_machine:
        used.update(
            () if isinstance(machine.nics, NotRead) else (n.port_group for n in machine.nics)
        )
    for host in every_host:
        interfaces = host.kernel_interfaces
        used.update(() if isinstance(interfaces, NotRead) else (i.port_group for i in interfaces))
    return [
        msgspec.structs.replace(group, uplink=True)
        if _UPLINK_GROUP in group.name and group.id not in used
        else group
        for group in groups
    ]


def _unread(workbook: Workbook) -> tuple[Unread, ...]:
    """Return what no workbook tells, and the sheets that this one lacks."""
    name = workbook.path.name
    lacking = sorted(SHEETS - workbook.sheets.keys())
    never = NotRead(reason="not-supported", detail="RVTools does not tell it")
    absent = NotRead(reason="not-collected", detail="the workbook has no such sheet")
    return (
        *(Unread(object=name, name=name, property=what, why=never) for what in _NEVER_TOLD),
        *(Unread(object=name, name=name, property=sheet, why=absent) for sheet in lacking),
    )
