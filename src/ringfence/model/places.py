"""Where things stand: sites, datacenters, folders, clusters, resource pools."""

from __future__ import annotations

from typing import Literal

from ringfence.model.facts import NOT_COLLECTED, Fact, Record, Setting


class Site(Record, frozen=True):
    """A physical place; layer-2 domains of two sites are never the same."""

    id: str
    name: str


class Datacenter(Record, frozen=True):
    """A datacenter of a management server."""

    id: str
    name: str
    path: str
    folder: str | None = None
    site: str | None = None


class Folder(Record, frozen=True):
    """A folder; ``path`` is absolute, as ``/Harbour/vm/dmz``; ``parent`` an object id."""

    id: str
    name: str
    path: str
    parent: str | None = None


class PlacementRule(Record, frozen=True):
    """A rule of a cluster on where machines run; preferences are not ``mandatory``."""

    name: str
    kind: Literal["keep-on-hosts", "keep-off-hosts", "keep-together", "keep-apart"]
    enabled: bool
    mandatory: bool
    machines: tuple[str, ...] = ()
    hosts: tuple[str, ...] = ()


class Cluster(Record, frozen=True, tag="cluster"):
    """Hosts between which machines may move."""

    id: str
    name: str
    parent: str | None = None
    datacenter: str | None = None
    hosts: tuple[str, ...] = ()
    moves_machines: Fact[bool] = NOT_COLLECTED
    restarts_machines: Fact[bool] = NOT_COLLECTED
    rules: Fact[tuple[PlacementRule, ...]] = NOT_COLLECTED
    settings: Fact[tuple[Setting, ...]] = NOT_COLLECTED


class Allocation(Record, frozen=True, tag="allocation"):
    """Shares, reservation and limit of CPU (MHz) or memory (MiB); no limit is ``None``."""

    reservation: int
    expandable: bool
    limit: int | None
    shares: int
    level: str = "custom"


class ResourcePool(Record, frozen=True):
    """A resource pool; ``parent`` is another pool, ``owner`` the cluster or host."""

    id: str
    name: str
    parent: str | None = None
    owner: str | None = None
    cpu: Fact[Allocation] = NOT_COLLECTED
    memory: Fact[Allocation] = NOT_COLLECTED
