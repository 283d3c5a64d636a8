"""Hosts of a cluster compared: what most of them have is expected of all."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Hashable, Iterator, Mapping
from dataclasses import dataclass
from typing import TypeVar

from ringfence.audit.context import AuditContext
from ringfence.model.facts import NotRead
from ringfence.model.hosts import Host
from ringfence.model.network import PortGroup
from ringfence.model.places import Cluster

Value = TypeVar("Value", bound=Hashable)
Key = TypeVar("Key")


@dataclass(frozen=True, slots=True)
class ClusterHosts:
    """A cluster of several hosts."""

    cluster: Cluster
    hosts: tuple[Host, ...]


def clusters_of_several(context: AuditContext) -> Iterator[ClusterHosts]:
    """Yield the clusters with two hosts or more, since one host agrees with itself."""
    for cluster in context.inventory.clusters.values():
        hosts = tuple(h for h in context.inventory.hosts.values() if h.cluster == cluster.id)
        if len(hosts) > 1:
            yield ClusterHosts(cluster, hosts)


def standard_groups(
    context: AuditContext, together: ClusterHosts
) -> Mapping[str, Mapping[str, PortGroup]]:
    """Return the standard port groups of a cluster by name, then by host id.

    Names are equal only letter by letter, as migration compares them.
    """
    members = {host.id for host in together.hosts}
    found: dict[str, dict[str, PortGroup]] = defaultdict(dict)
    for group in context.port_groups:
        if group.host in members and group.host is not None:
            found[group.name][group.host] = group
    return found


def usual(values: Mapping[Key, Value]) -> Value:
    """Return the value that most have; of several, the one that the first of all has."""
    count = Counter(values.values())
    most = max(count.values())
    return next(value for value in values.values() if count[value] == most)


def networks_unread(context: AuditContext) -> Mapping[str, NotRead]:
    """Return why the port groups of hosts were not read, by host id; hosts that told are absent."""
    found: dict[str, NotRead] = {}
    for entry in context.snapshot.unread:
        words = entry.property.casefold().replace("_", "")
        if words == "everything" or "portgroup" in words:
            found[entry.object] = entry.why
    for host in context.inventory.hosts.values():
        for fact in (host.physical_nics, host.kernel_interfaces):
            if isinstance(fact, NotRead):
                found[host.id] = fact
    return found
