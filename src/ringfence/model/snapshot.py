"""A snapshot: everything that was read of one or more systems, at one time."""

from __future__ import annotations

from ringfence.model.facts import NOT_COLLECTED, Fact, NotRead, Record, Setting
from ringfence.model.hosts import Host
from ringfence.model.machines import Machine
from ringfence.model.network import MirrorSession, Port, PortGroup, VirtualSwitch
from ringfence.model.places import Cluster, Datacenter, Folder, ResourcePool, Site
from ringfence.model.rights import Permission, PrincipalGroup, Role
from ringfence.model.rules import Device, PortFilter


class ReadingSource(Record, frozen=True):
    """A system or saved file that was read.

    ``started`` and ``finished`` are UTC in ISO 8601; for saved files they are when those were
    made, where that is known. ``stable`` tells whether its versions before and after agreed.
    """

    kind: str
    name: str
    server_id: str = ""
    product: str = ""
    api_version: str = ""
    account: str = ""
    started: str = ""
    finished: str = ""
    stable: bool = True


class Unread(Record, frozen=True):
    """Something that was asked for and not read: which object, which property, and why."""

    object: str
    name: str
    property: str
    why: NotRead


class Snapshot(Record, frozen=True):
    """Everything that was read; each tuple is sorted by id, references between records are ids.

    Tuples that could not be listed at all are ``NotRead``: an empty tuple means that there is
    none.
    """

    sources: tuple[ReadingSource, ...]
    sites: tuple[Site, ...] = ()
    datacenters: tuple[Datacenter, ...] = ()
    folders: tuple[Folder, ...] = ()
    clusters: tuple[Cluster, ...] = ()
    hosts: tuple[Host, ...] = ()
    switches: tuple[VirtualSwitch, ...] = ()
    port_groups: tuple[PortGroup, ...] = ()
    ports: Fact[tuple[Port, ...]] = NOT_COLLECTED
    port_filters: tuple[PortFilter, ...] = ()
    mirror_sessions: Fact[tuple[MirrorSession, ...]] = NOT_COLLECTED
    machines: tuple[Machine, ...] = ()
    pools: tuple[ResourcePool, ...] = ()
    devices: tuple[Device, ...] = ()
    roles: Fact[tuple[Role, ...]] = NOT_COLLECTED
    permissions: Fact[tuple[Permission, ...]] = NOT_COLLECTED
    global_permissions: Fact[tuple[Permission, ...]] = NOT_COLLECTED
    groups: Fact[tuple[PrincipalGroup, ...]] = NOT_COLLECTED
    settings: Fact[tuple[Setting, ...]] = NOT_COLLECTED
    unread: tuple[Unread, ...] = ()
