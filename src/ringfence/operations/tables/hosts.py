"""Hosts: what they are, their physical NICs and kernel interfaces."""

from __future__ import annotations

from ringfence.foundation.text import counted
from ringfence.model.facts import NotRead
from ringfence.model.hosts import Host
from ringfence.operations.subject import Subject
from ringfence.operations.table import Table, TableKind, Value


def _make(subject: Subject) -> Table:
    clusters = subject.snapshot.clusters
    names = {cluster.id: cluster.name for cluster in clusters}
    rows = tuple(
        (
            host.name,
            names.get(host.cluster or "", host.cluster),
            host.connection,
            host.lockdown,
            _physical_nics(host),
            _kernel_interfaces(host),
        )
        for host in sorted(subject.snapshot.hosts, key=lambda host: host.name)
    )
    return Table(
        name="hosts",
        columns={
            "name": "Host",
            "cluster": "Cluster",
            "connection": "State",
            "lockdown": "Lockdown",
            "physical_nics": "Physical NICs",
            "kernel_interfaces": "Kernel interfaces",
        },
        rows=rows,
        note=f"{counted(len(rows), 'host')} in {counted(len(clusters), 'cluster')}.",
    )


def _physical_nics(host: Host) -> Value:
    nics = host.physical_nics
    return nics if isinstance(nics, NotRead) else tuple(nic.name for nic in nics)


def _kernel_interfaces(host: Host) -> Value:
    interfaces = host.kernel_interfaces
    if isinstance(interfaces, NotRead):
        return interfaces
    return tuple(f"{interface.name} ({_services(interface.services)})" for interface in interfaces)


def _services(services: object) -> str:
    if isinstance(services, tuple):
        return "+".join(services) or "no service"
    return "services not read"


TABLE = TableKind(
    name="hosts",
    summary="hosts with their physical NICs and kernel interfaces",
    make=_make,
)
