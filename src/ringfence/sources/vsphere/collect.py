"""The reading of a live server, made consistent: what moved meanwhile is read again."""

from __future__ import annotations

import gc
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Final

import msgspec

from ringfence.connections.soap import Reference
from ringfence.connections.vsphere import VsphereConnection
from ringfence.foundation.errors import NothingCollectedError
from ringfence.foundation.progress import Progress
from ringfence.foundation.text import counted
from ringfence.model.facts import Fact, NotRead
from ringfence.model.hosts import PhysicalNic
from ringfence.model.snapshot import ReadingSource, Snapshot
from ringfence.sources.vsphere.assembly import SWITCHES, Assembly
from ringfence.sources.vsphere.calls import Calls, hints, neighbour
from ringfence.sources.vsphere.catalogue import READ_ORDER, properties
from ringfence.sources.vsphere.gaps import CHANGED
from ringfence.sources.vsphere.names import Ids, short_server
from ringfence.sources.vsphere.property_reader import PropertyReader
from ringfence.sources.vsphere.rights import roles
from ringfence.sources.vsphere.server_settings import server_settings
from ringfence.sources.vsphere.stability import Markers
from ringfence.sources.vsphere.tags import read_tags

# After so many rounds what still moves is left unread: a busy server must not be read for ever.
_ROUNDS: Final = 3
_NAMES: Final = {
    "HostSystem": "hosts",
    "VirtualMachine": "machines",
    "DistributedVirtualPortgroup": "port groups",
    "ResourcePool": "resource pools",
}


def collect(
    connection: VsphereConnection, progress: Progress, *, observed_vlans: bool = False
) -> Snapshot:
    """Return the snapshot of a live server.

    With ``observed_vlans`` each host is also asked what its physical NICs see, which takes a call
    for each host. Raises ``ConnectionFailedError`` where the server stops answering and
    ``NothingCollectedError`` where the account sees no host and no machine.
    """
    with _without_garbage_collection(), PropertyReader(connection) as reader:
        return _Reading(connection, reader, progress).whole(observed_vlans=observed_vlans)


@contextmanager
def _without_garbage_collection() -> Iterator[None]:
    """Millions of values live for a moment and none is in a cycle: nothing is found by looking."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


class _Reading:
    """One reading of one server."""

    def __init__(
        self, connection: VsphereConnection, reader: PropertyReader, progress: Progress
    ) -> None:
        self._connection = connection
        self._reader = reader
        self._progress = progress
        self._calls = Calls(connection)
        self._markers = Markers()
        self._uuid = connection.about.get("instanceUuid", "")
        self._references = reader.references()
        server = short_server(self._uuid or self._host_uuid(), connection.settings.endpoint.host)
        self._assembly = Assembly(Ids(server))

    def whole(self, *, observed_vlans: bool) -> Snapshot:
        """Read everything and return it."""
        started = self._calls.server_time()
        for kind, references in self._references.items():
            self._read(kind, references, _NAMES.get(kind, "places and networks"))
        if not self._assembly.hosts and not self._assembly.machines:
            raise NothingCollectedError(
                f"{self._connection.endpoint} shows this account no host and no machine; nothing "
                "can be concluded from that.",
                "Give the account the published role on the root folder, propagated.",
            )
        self._read_rights()
        self._read_by_calls(self._references["HostSystem"], observed_vlans=observed_vlans)
        self._read_ports([r for kind in SWITCHES for r in self._references.get(kind, ())])
        self._assembly.tags = read_tags(self._connection)
        stable = self._settle(observed_vlans=observed_vlans)
        self._progress.step("putting it together")
        about = self._connection.about
        return self._assembly.finish(
            ReadingSource(
                kind="vsphere",
                name=self._connection.endpoint,
                server_id=self._uuid,
                product=about.get("fullName", ""),
                api_version=about.get("apiVersion", ""),
                account=self._connection.account,
                started=started,
                finished=self._calls.server_time(),
                stable=stable,
            )
        )

    def _read(self, kind: str, references: Sequence[Reference], step: str) -> None:
        if not references:
            return
        self._progress.step(f"reading {step}", len(references))
        for content in self._reader.read(kind, references, properties(kind)):
            self._assembly.add(content)
            self._markers.remember(content)
            self._progress.advance()

    def _read_rights(self) -> None:
        assembly, managers = self._assembly, self._connection.managers
        self._progress.step("reading roles and permissions")
        unset = NotRead(reason="not-supported", detail="the server has no roles")
        if manager := managers.get("authorizationManager"):
            found = self._reader.values(manager, ("roleList",))
            assembly.roles = found.fact("roleList", lambda v: roles(v, assembly.ids), unset)
        assembly.permission_entries = self._calls.permissions()
        if option_manager := managers.get("setting"):
            found = self._reader.values(option_manager, ("setting",))
            api_type = self._connection.about.get("apiType", "")
            assembly.settings = server_settings([found], api_type)

    def _read_by_calls(self, hosts: Sequence[Reference], *, observed_vlans: bool) -> None:
        self._progress.step("asking hosts", len(hosts))
        for reference in hosts:
            parts = self._assembly.hosts.get(reference.value)
            if parts is not None:
                exceptions = self._calls.lockdown_exceptions(parts.access_manager)
                self._assembly.lockdown_exceptions[reference.value] = exceptions
                if observed_vlans:
                    seen = self._calls.network_hints(parts.network_system)
                    nics = _observed(parts.host.physical_nics, seen)
                    host = msgspec.structs.replace(parts.host, physical_nics=nics)
                    self._assembly.hosts[reference.value] = parts.with_host(host)
            self._progress.advance()

    def _read_ports(self, switches: Sequence[Reference]) -> None:
        groups: dict[str, list[str]] = {}
        for content in self._assembly.of_type("DistributedVirtualPortgroup"):
            switch = content.text("config.distributedVirtualSwitch")
            groups.setdefault(switch, []).append(content.text("key") or content.id)
        self._progress.step("reading live ports", len(switches))
        for reference in switches:
            if reference.value in self._assembly.contents:  # it may be gone by now
                keys = groups.get(reference.value, [])
                self._assembly.add_ports(reference.value, self._calls.live_ports(reference, keys))
            self._progress.advance()

    def _settle(self, *, observed_vlans: bool) -> bool:
        """Read again what moved; return whether everything stood still in the end."""
        for _ in range(_ROUNDS):
            moved, same_rights = self._moved(), self._same_rights()
            if not moved and same_rights:
                return True
            self._read_again(moved, observed_vlans=observed_vlans)
        moved, same_rights = self._moved(), self._same_rights()
        for reference in moved:
            self._assembly.give_up(reference)
        if not same_rights:
            self._assembly.permission_entries = CHANGED
        return not moved and same_rights

    def _same_rights(self) -> bool:
        """Read the permissions again; return whether they are as they were."""
        before = self._assembly.permission_entries
        self._assembly.permission_entries = self._calls.permissions()
        return before == self._assembly.permission_entries

    def _moved(self) -> list[Reference]:
        """Return what changed or appeared since it was read, and forget what is gone."""
        now = self._reader.references()
        listed = {reference.value for references in now.values() for reference in references}
        for moid in self._markers.known() - listed:
            self._assembly.remove(moid)
            self._markers.forget(moid)
        self._progress.step("comparing versions", sum(map(len, now.values())))
        moved: list[Reference] = []
        for kind, references in now.items():
            seen = set()
            for content in self._reader.read(kind, references, self._markers.paths(kind)):
                seen.add(content.id)
                if self._markers.moved(content):
                    moved.append(content.reference)
                self._progress.advance()
            # What was listed a moment ago and is not told of now is about to be gone.
            moved.extend(reference for reference in references if reference.value not in seen)
        return moved

    def _read_again(self, moved: Sequence[Reference], *, observed_vlans: bool) -> None:
        if not moved:
            return
        switches = {reference for reference in moved if reference.type in SWITCHES}
        for kind in READ_ORDER:
            again = [reference for reference in moved if reference.type == kind]
            self._read(kind, again, f"again {counted(len(again), 'object')} that changed")
        hosts = [reference for reference in moved if reference.type == "HostSystem"]
        if hosts:
            self._read_by_calls(hosts, observed_vlans=observed_vlans)
        for content in self._assembly.of_type("DistributedVirtualPortgroup"):
            # A port's setting follows its group's, so the ports are read again with it.
            if any(content.id == reference.value for reference in moved):
                switch = content.text("config.distributedVirtualSwitch")
                above = self._assembly.contents.get(switch)
                if above is not None:
                    switches.add(above.reference)
        machines = any(reference.type == "VirtualMachine" for reference in moved)
        if machines:
            switches.update(content.reference for content in self._assembly.of_type(*SWITCHES))
        if switches:
            self._read_ports(sorted(switches))

    def _host_uuid(self) -> str:
        """Return the hardware's UUID of a single host, which has no instance UUID."""
        hosts = self._references["HostSystem"]
        if self._connection.is_vcenter or not hosts:
            return ""
        path = "summary.hardware.uuid"
        return self._reader.values(hosts[0], (path,)).text(path)


def _observed(
    nics: Fact[tuple[PhysicalNic, ...]], seen: Fact[dict[str, object]]
) -> Fact[tuple[PhysicalNic, ...]]:
    if isinstance(nics, NotRead):
        return nics
    if isinstance(seen, NotRead):
        return tuple(msgspec.structs.replace(nic, neighbour=seen, hints=seen) for nic in nics)
    return tuple(
        msgspec.structs.replace(
            nic, neighbour=neighbour(seen.get(nic.name)), hints=hints(seen.get(nic.name))
        )
        for nic in nics
    )
